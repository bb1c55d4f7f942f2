"""The agent at the counter: finds a slot and books it, by mouse, by keyboard alone, and without script."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Citizen, Membership
from scheduling.models import Appointment
from tests.browsers import DESKTOP, PHONE, Clicks, seen_by_axe
from tests.factories import (
    PASSWORD,
    make_agent,
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
CLICKS_FOR_A_NEW_CITIZEN = 3


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


def test_books_for_a_new_citizen(desktop, sign_in, organization, motif, capsys):
    page, clicks = desktop, Clicks()
    sign_in(page)
    page.goto(search_address(organization))

    clicks.on(page.get_by_role("link", name="Accès aux droits"))
    clicks.on(page.locator(".slot").first)
    page.get_by_label("Nom", exact=True).fill("Martin")
    page.keyboard.press("Tab")
    page.keyboard.type("Jean-Éric")
    page.keyboard.press("Tab")
    page.keyboard.type("06 12 34 56 78")
    clicks.on(page.get_by_role("button", name="Confirmer le rendez-vous"))

    page.wait_for_url("**/rendez-vous/*/")
    assert str(Appointment.objects.get().participations.get().citizen) == "Jean-Éric MARTIN"
    clicks.make("find and book for a new citizen", CLICKS_FOR_A_NEW_CITIZEN, capsys)


def tab_to(page, locator, most=60):
    """As somebody without a mouse gets there: Tab until it has the focus."""
    for _ in range(most):
        if locator.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{locator} is not reached with {most} tabs")


def test_books_with_the_keyboard_alone(desktop, sign_in, organization, motif, zoe):
    page = desktop
    sign_in(page)
    page.goto(search_address(organization))

    tab_to(page, page.get_by_role("link", name="Accès aux droits"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Accès aux droits")).to_be_visible()
    tab_to(page, page.locator(".slot").nth(1))
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Nom, téléphone ou e-mail")).to_be_focused()
    page.keyboard.type("zoe")
    expect(page.get_by_role("link", name="Zoé D'HONDT")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Zoé D'HONDT"), most=3)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Usager")).to_contain_text("Zoé D'HONDT")
    tab_to(page, page.get_by_role("button", name="Confirmer le rendez-vous"))
    page.keyboard.press("Enter")

    page.wait_for_url("**/rendez-vous/*/")
    assert Appointment.objects.get().participations.get().citizen == zoe


def test_creates_with_the_keyboard_alone_and_sees_the_likely_record_first(desktop, sign_in, organization, motif, zoe):
    page = desktop
    sign_in(page)
    page.goto(f"{search_address(organization)}?motif={motif.pk}")

    tab_to(page, page.locator(".slot").first)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Nom", exact=True))
    page.keyboard.type("d hondt")
    page.keyboard.press("Tab")
    page.keyboard.type("Zoe")
    page.keyboard.press("Enter")
    expect(page.locator("#duplicates")).to_be_focused()
    assert serious(page) == []
    tab_to(page, page.get_by_role("button", name="C'est une autre personne"))
    page.keyboard.press("Enter")

    page.wait_for_url("**/rendez-vous/*/")
    assert Citizen.objects.count() == 2


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
