"""The main screens through axe-core, on a phone: nothing that keeps somebody from using them."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from notifications.unsubscribing import leave_token
from organizations.models import Membership
from organizations.services.rights import set_territory_rights
from scheduling.models import AppointmentStatus
from scheduling.participation_links import link_token
from scheduling.selectors.slots import Demand, next_slots
from scheduling.services.actors import Actor
from scheduling.services.participants import set_participant_status
from scheduling.services.slot_offers import make_offer
from tests.browsers import DESKTOP, PHONE, seen_by_axe
from tests.factories import (
    make_agent,
    make_appointment,
    make_appointment_elsewhere,
    make_citizen,
    make_desk,
    make_import,
    make_location,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_participation,
    make_partner_type,
    make_public_address,
    make_reference_week,
    make_team,
    make_territory,
    make_unavailability,
    make_unit,
    make_workshop,
)
from tests.scheduling.earlier_slots import make_waiting

LONG = "Accompagnement des personnes âgées et de leurs proches aidants"


@pytest.fixture
def now():
    """The browser's clock runs; so does this one."""
    return timezone.now()


@pytest.fixture
def organization(transactional_db):
    return make_organization(
        territory=make_territory(name="Communauté de communes des Campagnes de l'Artois"),
        name="Maison départementale des solidarités de Saint-Pol-sur-Ternoise",
        open_weekdays=list(range(7)),
    )


@pytest.fixture
def admin(organization):
    """Of the organization, and of its territory."""
    admin = make_agent(
        organization=organization,
        role=Membership.Role.ADMIN,
        first_name="Marie-Antoinette",
        last_name="Vandenbroucke-Delattre-Wattiaux",
    )
    set_territory_rights(territory=organization.territory, agent=admin, is_admin=True)
    return admin


@pytest.fixture
def appointment(organization, admin, now):
    """Two services and two lieux, so that every step of the portal asks; names as long as life makes them."""
    units = [make_unit(territory=organization.territory, name=name) for name in (LONG, "Protection maternelle")]
    motifs = [
        make_motif(organization=organization, units=[unit], name=f"{LONG} {place}")
        for place, unit in enumerate([*units, units[0]])
    ]
    for location in (make_location(organization=organization, name=name) for name in (LONG, "Annexe")):
        make_opening(
            calendar=make_desk(organization=organization, location=location, motifs=motifs).calendar,
            motifs=motifs,
            location=location,
            first_day=timezone.localdate() + timedelta(days=2),
            rrule="FREQ=DAILY",
            now=now,
        )
    make_unavailability(calendar=admin.calendar, title=LONG, first_day=timezone.localdate(), now=now)
    make_reference_week(organization=organization)
    citizen = make_citizen(
        organization=organization, first_name="Anne-Sophie", last_name="de la Rochefoucauld-Montmorency"
    )
    return make_appointment(
        calendar=admin.calendar, motif=motifs[0], citizen=citizen, starts_at=now.replace(minute=0) + timedelta(hours=1)
    )


@pytest.fixture
def offered(appointment, now):
    """Somebody with an RDV in ten days, to whom an earlier slot is offered."""
    wait = make_waiting(motif=appointment.motif, day=timezone.localdate() + timedelta(days=10), now=now)
    slots = next_slots([Demand(appointment.motif)], now=now)
    make_offer(wait=wait, slot=min(slots.values()), now=now)
    return wait.participation


@pytest.fixture
def coming_workshop(appointment, now):
    """Full, with a queue; another has seats."""
    motif = make_motif(organization=appointment.organization, name=LONG, is_collective=True)
    full, _ = (
        make_workshop(motif=motif, title=f"{LONG} {seats}", seats=seats, starts_at=now + timedelta(days=2), now=now)
        for seats in (1, 12)
    )
    for _ in range(2):
        make_participation(workshop=full, now=now)
    return full


@pytest.fixture
def portal_pages(appointment, offered, coming_workshop):
    territory, motif = appointment.organization.territory, appointment.motif
    service, location = motif.units.get().pk, motif.openings.first().location.pk

    def address(name, **query):
        return reverse(f"booking_portal:{name}", args=[territory.slug], query=query)

    mine = appointment.participations.get()
    make_opening(organization=make_organization(), rrule="FREQ=WEEKLY;BYDAY=MO")  # Territories to choose from.
    workshop = {"motif": coming_workshop.motif.slug, "mode": "atelier-sur-place"}
    return [
        reverse("booking_portal:home"),
        address("service_choice"),
        address("motif_choice", service=service),
        address("place_choice", service=service, motif=motif.slug),
        address("slot_choice", service=service, motif=motif.slug, lieu=location),
        *(
            reverse(f"booking_portal:{name}", args=[link_token(offered)])
            for name in ("my_appointment", "my_appointment_earlier", "my_appointment_offer")
        ),
        address("workshop_choice", **workshop),
        address("who", **workshop, atelier=coming_workshop.pk, attente=1),
        address("prescriber_identity"),
        address("workshop_full", **workshop, atelier=coming_workshop.pk),
        reverse("booking_portal:my_appointment", args=[link_token(mine)]),
        reverse("booking_portal:my_appointment_contact", args=[link_token(mine)]),
        reverse("booking_portal:my_appointments_territory"),
        reverse("booking_portal:my_appointments_contact", args=[territory.slug]),
        reverse("account_login"),
        reverse("notifications:outbox"),
        reverse("notifications:mail_refusal", args=[leave_token(appointment.participations.get().citizen)]),
    ]


@pytest.fixture
def workshop(appointment, admin, now):
    """Begun, full, with somebody present, somebody in the queue, and somebody who cancelled."""
    organization, begun, before = appointment.organization, now - timedelta(minutes=30), now - timedelta(days=1)
    workshop = make_workshop(organization=organization, title=LONG, seats=2, starts_at=begun, now=before)
    there, *_, gone = (make_participation(workshop=workshop, now=before) for _ in range(4))
    act = {"actor": Actor.of(admin), "now": now}
    set_participant_status(participation=there, status=AppointmentStatus.FULFILLED, **act)
    set_participant_status(participation=gone, status=AppointmentStatus.CANCELLED_BY_CITIZEN, **act)
    return workshop


@pytest.fixture
def pages_of_the_day(appointment, workshop):
    slug = appointment.organization.slug
    citizen = appointment.participations.get().citizen
    opening, motif = appointment.motif.openings.first(), appointment.motif
    elsewhere = make_appointment_elsewhere(
        booked_from=appointment.organization,
        agent=make_agent(last_name=LONG),
        citizen=citizen,
        starts_at=appointment.starts_at,
    )
    part = {"portee": "occurrence", "jour": opening.first_day + timedelta(days=1)}
    return [
        reverse("scheduling:today", args=[slug]),
        reverse("scheduling:waiting_room", args=[slug], query={"lieu": appointment.location_id}),
        reverse("scheduling:walk_in_add", args=[slug], query={"agenda": appointment.calendars.get().pk, "q": "de la"}),
        reverse("scheduling:agenda", args=[slug]),
        reverse("scheduling:agenda", args=[slug], query={"vue": "jour"}),
        reverse("scheduling:agenda", args=[slug], query={"vue": "mois"}),
        reverse("scheduling:agenda_view_list", args=[slug]),
        reverse(
            "scheduling:appointment_place",
            args=[slug],
            query={"agenda": appointment.calendars.get().pk, "debut": "23h"},
        ),
        reverse("scheduling:appointment_shift", args=[slug, appointment.pk]),
        reverse("scheduling:appointment_list", args=[slug]),
        reverse("scheduling:export_list", args=[slug]),
        reverse("notifications:my_notifications", args=[slug]),
        reverse("scheduling:day_sheet", args=[slug]),
        reverse("scheduling:slot_search", args=[slug]),
        reverse("scheduling:slot_search", args=[slug], query={"motif": motif.pk}),
        reverse("scheduling:slot_search", args=[slug], query={"motif": motif.pk, "plusieurs": 1}),
        reverse("scheduling:appointment_elsewhere_detail", args=[slug, elsewhere.pk]),
        reverse("scheduling:appointment_elsewhere_cancel", args=[slug, elsewhere.pk]),
        reverse("organizations:citizen_list", args=[slug]),
        reverse("organizations:citizen_add", args=[slug]),
        reverse("scheduling:citizen_detail", args=[slug, citizen.pk]),
        reverse("organizations:citizen_duplicates", args=[slug]),
        reverse("organizations:citizen_relatives", args=[slug, citizen.pk], query={"q": "de la"}),
        reverse("scheduling:citizen_merge", args=[slug, citizen.pk], query={"q": "de la"}),
        reverse("scheduling:appointment_detail", args=[slug, appointment.pk]),
        reverse("scheduling:appointment_cancel", args=[slug, appointment.pk]),
        reverse("scheduling:appointment_join", args=[slug, appointment.pk], query={"q": "de la"}),
        reverse("scheduling:appointment_edit", args=[slug, appointment.pk]),
        reverse("scheduling:appointment_calendars", args=[slug, appointment.pk]),
        reverse("scheduling:appointment_duplicate", args=[slug, appointment.pk]),
        reverse("scheduling:participant_edit", args=[slug, appointment.participations.get().pk]),
        reverse("scheduling:participant_cancel", args=[slug, appointment.participations.get().pk]),
        reverse("scheduling:workshop_list", args=[slug]),
        reverse("scheduling:workshop_add", args=[slug]),
        reverse("scheduling:appointment_detail", args=[slug, workshop.pk]),
        reverse("scheduling:workshop_edit", args=[slug, workshop.pk]),
        reverse("scheduling:workshop_sheet", args=[slug, workshop.pk]),
        reverse("scheduling:opening_list", args=[slug]),
        reverse("scheduling:opening_scope", args=[slug, opening.pk], query={"action": "supprimer"}),
        reverse("scheduling:opening_edit", args=[slug, opening.pk], query={"portee": "toutes"}),
        reverse("scheduling:opening_edit", args=[slug, opening.pk], query=part),
        reverse("scheduling:opening_delete", args=[slug, opening.pk], query=part),
        reverse("scheduling:unavailability_list", args=[slug]),
        reverse("scheduling:conflict_list", args=[slug]),
    ]


@pytest.fixture
def pages_of_settings(appointment):
    slug, territory = appointment.organization.slug, appointment.organization.territory.slug
    opening, motif = appointment.motif.openings.first(), appointment.motif
    make_public_address(desk=opening.calendar.desk)
    return [
        reverse("scheduling:motif_list", args=[slug]),
        reverse("scheduling:motif_edit", args=[slug, motif.pk]),
        reverse("scheduling:motif_duplicate", args=[slug, motif.pk]),
        reverse("notifications:message_list", args=[slug], query={"du": ""}),
        reverse("notifications:message_figures", args=[slug]),
        reverse("notifications:territory_message_list", args=[territory], query={"du": ""}),
        reverse("notifications:territory_message_figures", args=[territory]),
        reverse("notifications:notification_settings", args=[slug]),
        reverse("notifications:motif_notification_settings", args=[slug, motif.pk]),
        reverse("notifications:motif_text_edit", args=[slug, motif.pk], query={"canal": "sms"}),
        reverse("notifications:territory_notification_settings", args=[territory]),
        reverse("notifications:territory_text_edit", args=[territory]),
        reverse("scheduling:territory_motif_list", args=[territory]),
        reverse("scheduling:territory_motif_add", args=[territory]),
        reverse("scheduling:territory_motif_bulk_edit", args=[territory], query={"champ": "units", "tous": 1}),
        reverse("organizations:location_list", args=[slug]),
        reverse("scheduling:location_close", args=[slug, opening.location_id]),
        reverse("scheduling:location_delete", args=[slug, opening.location_id]),
        reverse("scheduling:desk_list", args=[slug]),
        reverse("scheduling:desk_edit", args=[slug, opening.calendar.desk_id]),
        reverse("scheduling:allowance_list", args=[slug]),
        reverse("scheduling:member_list", args=[slug]),
        reverse("scheduling:first_steps", args=[slug]),
        reverse("scheduling:first_motifs", args=[slug]),
        reverse("scheduling:first_hours", args=[slug]),
        reverse("organizations:invitation_add", args=[slug]),
        reverse("scheduling:member_leave", args=[slug]),
        reverse("scheduling:allowance_edit", args=[slug, opening.calendar_id]),
        reverse("scheduling:reference_week_list", args=[slug]),
        reverse("scheduling:opening_days", args=[slug]),
        reverse("booking_portal:online_booking", args=[slug]),
        reverse("booking_portal:online_booking_addresses", args=[slug]),
        reverse("booking_portal:calendar_address_list", args=[slug]),
        reverse("booking_portal:calendar_address_edit", args=[slug, opening.calendar_id]),
        reverse("booking_portal:calendar_poster", args=[slug, opening.calendar_id]),
        reverse("booking_portal:motif_poster", args=[slug, motif.pk]),
        reverse("scheduling:organization_settings", args=[slug]),
        reverse("scheduling:organization_list", args=[territory]),
        reverse("scheduling:organization_add", args=[territory]),
        reverse("scheduling:organization_edit", args=[territory, appointment.organization.pk]),
        reverse("scheduling:territory_settings", args=[territory]),
        reverse("scheduling:territory_import_add", args=[territory]),
        reverse(
            "scheduling:territory_import_detail",
            args=[territory, make_import(territory=appointment.organization.territory).pk],
        ),
    ]


@pytest.fixture
def territory_pages(appointment, admin):
    """Names as long as life makes them, an agent of several organizations, a service in use."""
    territory = appointment.organization.territory
    team = make_team(territory=territory, name=LONG, agents=[admin])
    kind = make_partner_type(territory=territory, name=LONG)
    unit = appointment.motif.units.get()
    make_membership(agent=admin, organization=make_organization(territory=territory, name=LONG), units=[unit])
    set_territory_rights(territory=territory, agent=admin, is_admin=True)

    def address(name, *arguments):
        return reverse(f"organizations:{name}", args=[territory.slug, *arguments])

    return [
        reverse("scheduling:territory_overview", args=[territory.slug]),
        address("unit_list"),
        address("unit_edit", unit.pk),
        address("unit_delete", unit.pk),
        address("partner_type_list"),
        address("partner_type_delete", kind.pk),
        address("team_list"),
        address("team_edit", team.pk),
        address("rights_list"),
        address("rights_edit", admin.pk),
        address("territory_invitation_add"),
        reverse("scheduling:slot_search", args=[appointment.organization.slug], query={"motif": appointment.motif.pk}),
        reverse("scheduling:agenda", args=[appointment.organization.slug], query={"equipe": team.pk, "vue": "jour"}),
    ]


# What goes on once the page is there: the grid of the agenda, and fragments that ask for themselves.
DRAWS_ITSELF = "#agenda-grid, [hx-trigger*='load']"


def barriers(page, address):
    """What is wrong on that page, in words; nothing where all is well."""
    answer = page.goto(address)
    if page.locator(DRAWS_ITSELF).count():
        page.wait_for_load_state("networkidle")
    if not answer.ok or urlsplit(page.url).path != urlsplit(address).path:
        yield f"{address} answers {answer.status} at {page.url}"
    if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
        yield f"{address} is wider than the phone"
    for violation in seen_by_axe(page).response["violations"]:
        if violation["impact"] in {"serious", "critical"}:
            yield f"{address} {violation['id']}: {violation['nodes'][0]['html']}"


def test_a_citizen_meets_no_barrier(phone, portal_pages):
    assert [barrier for address in portal_pages for barrier in barriers(phone, address)] == []


# 400 % of a window of 1280 px (WCAG 1.4.10).
NARROWEST = {"width": 320, "height": 640}

# A style sheet of ours that the policy lets in: letters twice as large, as phones offer it (1.4.4).
_LARGE_LETTERS = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("html { font-size: 200% !important }");
    document.adoptedStyleSheets = [sheet];
}"""

# What is reached by Tab after something that stands below it.
_BACKWARDS = """() => {
    const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter((it) =>
        it.type !== "hidden" && it.checkVisibility() && !it.closest(".skip-link, .trap, details:not([open]) > div"));
    const box = (it) => it.getBoundingClientRect();
    return stops.slice(1)
        .filter((it, place) => it.tabIndex > 0 || box(it).bottom <= box(stops[place]).top)
        .map((it) => it.outerHTML.slice(0, 120));
}"""


@pytest.mark.parametrize("letters", ["as they are", "large"])
def test_nothing_of_the_portal_scrolls_sideways(open_page, portal_pages, letters):
    page, wide = open_page(NARROWEST), []
    for address in portal_pages:
        page.goto(address)
        if letters == "large":
            page.evaluate(_LARGE_LETTERS)
        if page.evaluate("document.documentElement.scrollWidth") > NARROWEST["width"]:
            wide.append(address)

    assert wide == []


@pytest.mark.parametrize("size", [NARROWEST, DESKTOP], ids=["narrow", "wide"])
def test_the_focus_goes_down_every_page_of_the_portal(open_page, portal_pages, size):
    page, backwards = open_page(size), []
    for address in portal_pages:
        page.goto(address)
        backwards += [f"{address}: {each}" for each in page.evaluate(_BACKWARDS)]

    assert backwards == []


def test_pages_of_one_title_have_one_heading(phone, portal_pages):
    headings = {}
    for address in portal_pages:
        phone.goto(address)
        headings.setdefault(phone.title(), set()).add(phone.locator("h1").inner_text())

    assert [title for title, words in headings.items() if len(words) > 1] == []


def test_a_refused_form_says_so_without_javascript(phone_without_javascript, organization):
    """In the title, and where the page opens: else somebody sees the same page again and knows nothing."""
    page = phone_without_javascript
    page.goto(reverse("booking_portal:my_appointments_contact", args=[organization.territory.slug]))

    page.get_by_role("button", name="Recevoir un code").click()

    expect(page).to_have_title(re.compile("^Erreur – "))
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_be_in_viewport()


def test_a_message_has_no_button_that_does_nothing(phone_without_javascript, appointment):
    page = phone_without_javascript
    page.goto(
        reverse(
            "booking_portal:motif_entry",
            args=[appointment.organization.territory.slug, appointment.organization.slug, "nulle-part"],
        )
    )

    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator("[data-dismiss]")).to_be_hidden()


@pytest.fixture
def agents_phone(phone, admin, client, live_server):
    client.force_login(admin)
    phone.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return phone


def test_an_agent_meets_no_barrier_in_their_day(agents_phone, pages_of_the_day):
    assert [barrier for address in pages_of_the_day for barrier in barriers(agents_phone, address)] == []


def test_an_administrator_meets_no_barrier_in_the_settings(agents_phone, pages_of_settings):
    assert [barrier for address in pages_of_settings for barrier in barriers(agents_phone, address)] == []


def test_an_administrator_meets_no_barrier_in_the_territory(agents_phone, territory_pages):
    assert [barrier for address in territory_pages for barrier in barriers(agents_phone, address)] == []
