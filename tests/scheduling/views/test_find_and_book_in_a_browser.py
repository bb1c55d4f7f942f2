"""The agent at the counter: finds a slot, books it and moves it, by mouse, by keyboard alone, and without script."""

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Citizen, Membership
from scheduling.models import Appointment
from tests.browsers import DESKTOP, PHONE, Clicks, seen_by_axe, tab_to
from tests.factories import (
    PASSWORD,
    make_agent,
    make_appointment,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_unit,
)

# Choosing the motif, the slot, the person found, and confirming: each is a decision, none is left over.
CLICKS_FOR_A_KNOWN_CITIZEN = 4
# Who is new is typed where the cursor goes by itself or with a tab.
CLICKS_FOR_A_NEW_CITIZEN = 3
# From the RDV's page: that it is moved, where to, and yes (the citizen is told at once).
CLICKS_FOR_A_MOVE = 3


@pytest.fixture
def organization(transactional_db):
    return make_organization(territory=make_territory(), name="Maison des solidarités")


@pytest.fixture
def motif(organization):
    unit = make_unit(territory=organization.territory, name="Service social")
    motif = make_motif(organization=organization, units=[unit], name="Accès aux droits", duration=timedelta(hours=1))
    make_motif(organization=organization, units=[unit], name="Demande d'aide")
    # Today is the browser's own: the hours of tomorrow are all ahead, whatever the day of the week.
    organization.open_weekdays = list(range(7))
    organization.save()
    tomorrow = timezone.localdate() + timedelta(days=1)
    for n, name in enumerate(["Centre social", "Permanence de Bapaume"]):
        make_opening(
            calendar=make_agent(organization=organization, first_name="Inès", last_name=f"Delattre{n}").calendar,
            motifs=[motif],
            location=make_location(organization=organization, name=name),
            first_day=tomorrow,
            rrule="FREQ=DAILY",
            now=timezone.now(),
        )
    return motif


@pytest.fixture
def zoe(organization):
    return make_citizen(
        organization=organization, first_name="Zoé", last_name="D'Hondt", phone="+33612345678", email="zoe@exemple.fr"
    )


@pytest.fixture
def sign_in(organization, live_server, client):
    agent = make_agent(organization=organization, role=Membership.Role.ADMIN)
    assert client.login(email=agent.email, password=PASSWORD)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    return lambda page: page.context.add_cookies([cookie])


def search_address(organization):
    return reverse("scheduling:slot_search", args=[organization.slug])


def serious(page):
    found = seen_by_axe(page).response["violations"]
    return [
        f"{item['id']}: {item['nodes'][0]['html'][:200]}" for item in found if item["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize(
    "viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE], ids=["desktop", "phone"]
)
def test_books_for_a_known_citizen(open_page, sign_in, organization, motif, zoe, viewport, capsys):
    page, clicks = open_page(viewport), Clicks()
    sign_in(page)
    page.goto(search_address(organization))
    assert serious(page) == []

    clicks.on(page.get_by_role("link", name="Accès aux droits"))
    expect(page.get_by_role("heading", name="Premiers créneaux, par lieu")).to_be_visible()
    assert serious(page) == []
    clicks.on(page.locator(".next-slot").first)
    expect(page.get_by_role("searchbox", name="Nom, téléphone ou e-mail")).to_be_focused()
    page.keyboard.type("dhondt 0612")
    clicks.on(page.get_by_role("link", name="Zoé D'HONDT"))
    assert serious(page) == []
    clicks.on(page.get_by_role("button", name="Confirmer le rendez-vous"))

    page.wait_for_url("**/rendez-vous/*/")
    assert Appointment.objects.get().participations.get().citizen == zoe
    clicks.make("find and book for a known citizen", CLICKS_FOR_A_KNOWN_CITIZEN, capsys)

    page.goto(search_address(organization))
    press(page, page.get_by_role("link", name="Accès aux droits"))
    expect(page.get_by_role("heading", name="Accès aux droits")).to_be_visible()
    press(page, page.locator(".slot").nth(1))
    expect(page.get_by_role("searchbox", name="Nom, téléphone ou e-mail")).to_be_focused()
    page.keyboard.type("zoe")
    expect(page.get_by_role("link", name="Zoé D'HONDT")).to_be_visible()
    press(page, page.get_by_role("link", name="Zoé D'HONDT"), most=3)
    expect(page.get_by_role("region", name="Usager")).to_contain_text("Zoé D'HONDT")
    press(page, page.get_by_role("button", name="Confirmer le rendez-vous"))
    expect(page.get_by_text("Le rendez-vous est pris")).to_be_visible()
    assert zoe.appointments.count() == 2


def press(page, locator, *, most=150):
    """With the keyboard alone."""
    tab_to(page, locator, most=most)
    page.keyboard.press("Enter")


def test_books_for_a_new_citizen(desktop, sign_in, organization, motif, zoe, capsys):
    page, clicks = desktop, Clicks()
    sign_in(page)
    page.goto(search_address(organization))

    clicks.on(page.get_by_role("link", name="Accès aux droits"))
    clicks.on(page.locator(".slot").first)
    page.get_by_label("Nom", exact=True).fill("Martin")
    page.keyboard.press("Tab")
    page.keyboard.type("Jean-Éric")
    page.keyboard.press("Tab")
    page.keyboard.type("06 98 76 54 32")
    clicks.on(page.get_by_role("button", name="Confirmer le rendez-vous"))

    page.wait_for_url("**/rendez-vous/*/")
    assert str(Appointment.objects.get().participations.get().citizen) == "Jean-Éric MARTIN"
    clicks.make("find and book for a new citizen", CLICKS_FOR_A_NEW_CITIZEN, capsys)

    # With the keyboard alone, and somebody who has a record already: it is shown before another is made.
    page.goto(f"{search_address(organization)}?motif={motif.pk}")
    press(page, page.locator(".slot").first)
    tab_to(page, page.get_by_label("Nom", exact=True))
    page.keyboard.type("d hondt")
    page.keyboard.press("Tab")
    page.keyboard.type("Zoe")
    page.keyboard.press("Enter")
    expect(page.locator("#duplicates")).to_be_focused()
    assert serious(page) == []
    press(page, page.get_by_role("button", name="C'est une autre personne"))
    expect(page.get_by_text("Le rendez-vous est pris")).to_be_visible()
    assert Citizen.objects.count() == 3


def test_moves_by_search(desktop, sign_in, organization, motif, zoe, capsys):
    page, clicks = desktop, Clicks()
    opening = motif.openings.order_by("pk").first()
    tomorrow = timezone.localdate() + timedelta(days=1)
    start = datetime.combine(tomorrow, time(9), organization.zone)
    appointment = make_appointment(
        motif=motif, calendar=opening.calendar, location=opening.location, citizen=zoe, starts_at=start
    )
    sign_in(page)
    detail = reverse("scheduling:appointment_detail", args=[organization.slug, appointment.pk])
    page.goto(detail)

    clicks.on(page.get_by_role("link", name="Déplacer"))
    clicks.on(page.get_by_role("link", name="11\u00a0h").first)
    clicks.on(page.get_by_role("button", name="Déplacer le rendez-vous"))
    expect(page.get_by_text("Le rendez-vous est déplacé.")).to_be_visible()
    appointment.refresh_from_db()
    assert appointment.starts_at == start + timedelta(hours=2)
    clicks.make("move an appointment by search", CLICKS_FOR_A_MOVE, capsys)

    press(page, page.get_by_role("link", name="Déplacer"))
    expect(page.get_by_role("heading", name="Déplacer le rendez-vous")).to_be_visible()
    press(page, page.get_by_role("link", name="10\u00a0h").first)
    expect(page.get_by_role("button", name="Déplacer le rendez-vous")).to_be_visible()
    press(page, page.get_by_role("button", name="Déplacer le rendez-vous"))
    expect(page.get_by_text("Le rendez-vous est déplacé.")).to_be_visible()
    appointment.refresh_from_db()
    assert appointment.starts_at == start + timedelta(hours=1)


def test_books_without_script(open_page, sign_in, organization, motif, zoe):
    page = open_page(PHONE, javascript=False)
    sign_in(page)
    page.goto(search_address(organization))

    page.get_by_role("link", name="Accès aux droits").click()
    page.get_by_label("Centre social").check()
    page.get_by_role("button", name="Appliquer").click()
    assert "lieu=" in page.url
    expect(page.locator(".next-slot")).to_have_count(1)
    page.locator(".slot").first.click()
    page.get_by_role("searchbox", name="Nom, téléphone ou e-mail").fill("06 12 34")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Zoé D'HONDT").click()
    page.get_by_role("button", name="Confirmer le rendez-vous").click()

    page.wait_for_url("**/rendez-vous/*/")
    assert Appointment.objects.get().location.name == "Centre social"


def test_filters_act_at_once_and_stay_in_the_address(desktop, sign_in, organization, motif):
    page = desktop
    sign_in(page)
    page.goto(f"{search_address(organization)}?motif={motif.pk}")

    page.get_by_label("Permanence de Bapaume").check()
    expect(page.locator(".next-slot")).to_have_count(1)
    assert "lieu=" in page.url
    page.get_by_role("link", name="Semaine suivante").click()
    next_week = (timezone.localdate() + timedelta(days=7)).isoformat()
    expect(page.get_by_label("À partir du")).to_have_value(next_week)
    page.get_by_label("Après-midi").check()
    expect(page.get_by_text("Aucun créneau cette semaine")).to_be_visible()
    assert f"du={next_week}" in page.url
    page.get_by_label("Matin").check()
    expect(page.locator(".slot").first).to_be_visible()

    page.reload()
    expect(page.get_by_label("Matin")).to_be_checked()
    expect(page.locator(".next-slot")).to_have_count(1)


def test_searches_citizens_as_one_types_from_anywhere(desktop, sign_in, organization, zoe):
    page = desktop
    sign_in(page)
    page.goto(search_address(organization))

    page.keyboard.press("/")
    page.keyboard.type("hondt")
    page.keyboard.press("Enter")
    page.wait_for_url("**/usagers/?q=hondt")
    field = page.get_by_role("searchbox", name="Nom, téléphone ou e-mail")
    expect(field).to_have_value("hondt")
    field.fill("personne")
    expect(page.get_by_text("Aucun usager trouvé")).to_be_visible()
    field.fill("zoé 06")
    expect(page.get_by_role("link", name="Zoé D'HONDT")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("link", name="Zoé D'HONDT").click()
    expect(page.get_by_role("heading", name="Zoé D'HONDT")).to_be_visible()
    assert serious(page) == []


def test_finds_whom_one_typed_before_the_scripts_were_there(desktop, sign_in, organization, motif, zoe):
    page, held = desktop, []
    sign_in(page)
    page.goto(f"{search_address(organization)}?motif={motif.pk}")
    page.route("**/htmx*.js*", lambda route: held.append(route))
    page.locator(".slot").first.click(no_wait_after=True)
    search = page.get_by_role("searchbox", name="Nom, téléphone ou e-mail")
    search.fill("zoe")
    for route in held:
        route.continue_()
    page.unroute("**/htmx*.js*")

    expect(page.get_by_role("link", name="Zoé D'HONDT")).to_be_visible()
