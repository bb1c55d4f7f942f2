"""A territory is given its colour, its logo, its clock and an organization: wide with the keyboard, then on a phone."""

from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from organizations.models import Organization
from scheduling.models import FreeWindow
from tests.browsers import DESKTOP, PHONE, seen_by_axe, tab_to
from tests.factories import make_opening, make_organization, make_territory, make_territory_admin

COLOR_OF_THE_BUTTON = "element => getComputedStyle(element).backgroundColor"


@pytest.fixture
def territory(transactional_db):
    return make_territory(name="Communauté de communes des Campagnes de l'Artois")


@pytest.fixture
def page(open_page, client, live_server, territory):
    client.force_login(make_territory_admin(territory=territory))
    page = open_page(DESKTOP)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    return page


def fits_and_is_accessible(page):
    results = seen_by_axe(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def press(page, name):
    tab_to(page, page.get_by_role("button", name=name, exact=True))
    page.keyboard.press("Enter")


def logo():
    written = BytesIO()
    Image.new("RGB", (300, 100), "#7a0019").save(written, format="PNG")
    return {"name": "logo.png", "mimeType": "image/png", "buffer": written.getvalue()}


def test_a_territory_is_set_up(page, territory):
    settings_url = reverse("scheduling:territory_settings", args=[territory.slug])
    make_opening(
        organization=make_organization(territory=territory, name="Mairie", open_weekdays=list(range(7))),
        rrule="FREQ=DAILY",
        first_day=timezone.localdate(),
        now=timezone.now(),
    )
    page.goto(settings_url)
    fits_and_is_accessible(page)

    sample = page.locator("#theme-sample")
    page.get_by_label("Couleur", exact=True).fill("#7a0019")
    expect(sample.locator(".btn-primary")).to_have_css("background-color", "rgb(122, 0, 25)")
    save = page.get_by_role("button", name="Enregistrer", exact=True)
    assert save.evaluate(COLOR_OF_THE_BUTTON) != "rgb(122, 0, 25)"  # The page itself keeps its colours until then.

    page.get_by_label("Fuseau horaire").select_option(label="La Réunion")
    press(page, "Enregistrer")
    expect(page.get_by_text("1 plage d'ouverture garde son heure affichée")).to_be_visible()
    fits_and_is_accessible(page)
    tab_to(page, page.get_by_label("Enregistrer quand même"))
    page.keyboard.press("Space")
    press(page, "Enregistrer")
    expect(page.get_by_text("Les réglages du territoire sont enregistrés.")).to_be_visible()
    expect(save).to_have_css("background-color", "rgb(122, 0, 25)")
    territory.refresh_from_db()
    assert territory.time_zone == "Indian/Reunion"
    assert {row.starts_at.astimezone(territory.zone).hour for row in FreeWindow.objects.order_by("pk")} == {9}

    page.get_by_label("Image", exact=True).set_input_files(logo())
    press(page, "Envoyer l'image")
    expect(page.get_by_alt_text("Logo actuel")).to_be_visible()
    assert page.locator(".bo-logo").evaluate("element => element.naturalWidth") == 300

    page.get_by_role("link", name="Organisations").first.click()
    page.get_by_role("link", name="Ajouter une organisation").click()
    page.keyboard.press("Escape")
    tab_to(page, page.get_by_label("Nom", exact=True))
    page.keyboard.type("Mairie d'Arras")
    expect(page.locator("#organization-slug")).to_have_text("Proposée : mairie-d-arras")
    press(page, "Ajouter l'organisation")
    expect(page.get_by_text("est ajoutée.")).to_be_visible()
    assert Organization.objects.filter(slug="mairie-d-arras", territory=territory).exists()

    page.set_viewport_size(PHONE)
    for address in (settings_url, reverse("scheduling:organization_list", args=[territory.slug])):
        page.goto(address)
        fits_and_is_accessible(page)
