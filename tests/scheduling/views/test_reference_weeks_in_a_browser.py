"""Reference weeks and opening days as an administrator uses them: wide, on a phone, by keyboard, without script."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership
from scheduling.models import Closure, Opening, ReferenceWeek
from tests.browsers import DESKTOP, PHONE, seen_by_axe
from tests.factories import PASSWORD, make_agent, make_desk, make_motif, make_organization


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Mairie")


@pytest.fixture
def desk(organization):
    motif = make_motif(organization=organization, name="Passeport")
    return make_desk(organization=organization, motifs=[motif], name="Guichet 1")


@pytest.fixture
def sign_in(organization, live_server, client):
    agent = make_agent(organization=organization, role=Membership.Role.ADMIN)
    assert client.login(email=agent.email, password=PASSWORD)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    return lambda page: page.context.add_cookies([cookie])


@pytest.fixture
def period():
    """Four weeks from next Monday on, by the browser's own clock."""
    today = timezone.localdate()
    monday = today + timedelta(days=7 - today.weekday())
    return monday, monday + timedelta(days=27)


def go(page, organization, name):
    page.goto(reverse(f"scheduling:{name}", args=[organization.slug]))


def assert_is_sound(page):
    """Nothing wrong for a screen reader, nothing wider than the screen."""
    found = seen_by_axe(page).response["violations"]
    assert [item["id"] for item in found if item["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize(
    "viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE], ids=["desktop", "phone"]
)
def test_types_a_week_and_puts_it_on_a_desk(open_page, sign_in, organization, desk, period, viewport):
    page = open_page(viewport)
    sign_in(page)
    go(page, organization, "reference_week_list")
    assert_is_sound(page)
    page.get_by_role("link", name="Ajouter une semaine").first.click()
    page.get_by_label("Nom").fill("Ordinaire")
    page.get_by_label("Lundi").fill("9h-12h\n14h-13h")
    reading = page.locator("#reference-week-reading")
    expect(reading).to_contain_text("se termine avant de commencer")
    page.get_by_label("Lundi").fill("9h-12h\n14h-17h30")
    expect(reading).to_contain_text("6\u00a0h\u00a030 d'ouverture par semaine")
    page.get_by_role("button", name="Recopier le lundi").click()
    expect(page.get_by_label("Vendredi")).to_have_value("9h-12h\n14h-17h30")
    assert_is_sound(page)
    page.get_by_role("button", name="Ajouter la semaine").click()
    expect(page.get_by_role("heading", name="Ordinaire 32\u00a0h\u00a030 par semaine")).to_be_visible()
    assert_is_sound(page)

    page.get_by_role("link", name="Appliquer Ordinaire").click()
    page.get_by_label("Guichet ou agenda").select_option(label=f"Guichet 1 – {desk.location}")
    page.get_by_label("Du", exact=True).fill(period[0].isoformat())
    page.get_by_label("Au (compris)").fill(period[1].isoformat())
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page.get_by_text("40\u00a0plages ajoutées")).to_be_visible()
    assert_is_sound(page)
    page.get_by_role("button", name="Appliquer").click()

    expect(page.get_by_text("La semaine est appliquée")).to_be_visible()
    expect(page.get_by_role("heading", name="Rien ne changerait")).to_be_visible()
    assert Opening.objects.filter(calendar=desk.calendar).count() == 2


def test_types_and_applies_without_script(phone_without_javascript, sign_in, organization, desk, period):
    page = phone_without_javascript
    sign_in(page)
    go(page, organization, "reference_week_add")
    page.get_by_label("Lundi").fill("9h-8h")
    page.get_by_role("button", name="Ajouter la semaine").click()
    expect(page.locator("#id_day_0_field")).to_contain_text("Ligne 1")
    expect(page.get_by_label("Lundi")).to_have_value("9h-8h")
    page.get_by_label("Nom").fill("Ordinaire")
    page.get_by_label("Lundi").fill("9h-12h")
    page.get_by_role("button", name="Ajouter la semaine").click()

    page.get_by_role("link", name="Appliquer Ordinaire").click()
    page.get_by_label("Guichet ou agenda").select_option(index=2)
    page.get_by_label("Du", exact=True).fill(period[0].isoformat())
    page.get_by_label("Au (compris)").fill(period[1].isoformat())
    page.get_by_role("button", name="Voir ce qui changerait").click()
    page.get_by_role("button", name="Appliquer").click()

    expect(page.get_by_text("4\u00a0plages ajoutées")).to_be_visible()
    assert Opening.objects.get().calendar == desk.calendar


def tab_to(page, locator, most=60):
    """As somebody without a mouse gets there: Tab until it has the focus."""
    for _ in range(most):
        if locator.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{locator} is not reached with {most} tabs")


def test_types_and_applies_with_the_keyboard_alone(desktop, sign_in, organization, desk, period):
    page = desktop
    sign_in(page)
    go(page, organization, "reference_week_add")
    tab_to(page, page.get_by_label("Lundi"))
    page.keyboard.type("9h-12h")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("Ordinaire")
    page.keyboard.press("Enter")  # The button that adds, not the one that copies.
    page.wait_for_url("**/parametres/semaines/")
    assert ReferenceWeek.objects.for_list().get().notation[:2] == ["09h00-12h00", ""]

    tab_to(page, page.get_by_role("link", name="Appliquer Ordinaire"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/appliquer/")
    tab_to(page, page.get_by_label("Guichet ou agenda"))
    page.keyboard.type("Guichet")
    page.get_by_label("Au (compris)").fill(period[1].isoformat())
    tab_to(page, page.get_by_role("button", name="Voir ce qui changerait"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ce qui changerait")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Appliquer"))
    page.keyboard.press("Enter")

    expect(page.get_by_text("La semaine est appliquée")).to_be_visible()
    assert Opening.objects.get().calendar == desk.calendar


@pytest.mark.parametrize(
    "javascript", [True, pytest.param(False, marks=pytest.mark.nightly)], ids=["script", "no script"]
)
@pytest.mark.parametrize(
    "viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE], ids=["desktop", "phone"]
)
def test_closes_a_weekday_a_holiday_and_a_while(open_page, sign_in, organization, viewport, javascript):
    page = open_page(viewport, javascript=javascript)
    sign_in(page)
    go(page, organization, "opening_days")
    if javascript:
        assert_is_sound(page)

    page.get_by_label("Samedi", exact=True).uncheck()
    page.get_by_role("button", name="Enregistrer les jours ouverts").click()
    expect(page.get_by_text("Les jours ouverts sont enregistrés.")).to_be_visible()
    page.get_by_label("Noël", exact=True).uncheck()
    page.get_by_role("button", name="Enregistrer pour chaque année").click()
    expect(page.get_by_label("Noël", exact=True)).not_to_be_checked()
    page.get_by_role("link", name="Ajouter une fermeture").click()
    page.get_by_label("Motif de la fermeture").fill("Travaux")
    page.get_by_label("Du", exact=True).fill((timezone.localdate() + timedelta(days=3)).isoformat())
    if javascript:
        assert_is_sound(page)
    page.get_by_role("button", name="Ajouter la fermeture").click()
    expect(page.get_by_text("La fermeture « Travaux » est ajoutée.")).to_be_visible()
    page.get_by_role("link", name="Retirer Travaux").click()
    page.get_by_role("button", name="Retirer la fermeture").click()

    expect(page.get_by_text("Aucune fermeture à venir")).to_be_visible()
    organization.refresh_from_db()
    assert organization.open_weekdays == [0, 1, 2, 3, 4]
    assert not Closure.objects.exists()
