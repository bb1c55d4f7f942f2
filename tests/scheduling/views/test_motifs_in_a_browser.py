"""A motif added without a mouse, its citizen's view beside it; one field of three changed, and taken back."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from organizations.models import Motif
from tests.browsers import seen_by_axe, tab_to
from tests.factories import make_motif, make_organization, make_territory, make_territory_admin

LONG = "Accompagnement des personnes âgées et de leurs proches aidants"


@pytest.fixture
def organization(transactional_db):
    territory = make_territory(name="Communauté de communes des Campagnes de l'Artois")
    sister = make_organization(territory=territory, name="Maison départementale des solidarités de Saint-Pol")
    make_motif(organization=sister, name=LONG)
    make_motif(organization=sister, name="Visite")
    return make_organization(territory=territory, name="Mairie")


@pytest.fixture
def sign_in(client, live_server, organization):
    client.force_login(make_territory_admin(territory=organization.territory))

    def sign_in(page):
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])
        return page

    return sign_in


def test_a_motif_is_added_by_keyboard_and_three_are_changed_and_changed_back(desktop, sign_in, organization, phone):
    page, territory = sign_in(desktop), organization.territory
    page.goto(reverse("scheduling:motif_add", args=[organization.slug]))
    preview = page.locator("#motif-preview")

    tab_to(page, page.get_by_label("Nom", exact=True))
    page.keyboard.type("Pièces d'identité")
    tab_to(page, page.locator("#id_options-0-name"))
    page.keyboard.type("CNI")
    tab_to(page, page.get_by_role("button", name="Ajouter une option"))
    page.keyboard.press("Enter")
    expect(page.locator("#id_options-1-name")).to_be_focused()
    page.keyboard.type("Passeport")
    tab_to(page, page.locator("#id_questions-0-label"))
    page.keyboard.type("Quel est votre quartier ?")
    expect(preview).to_contain_text("Pièces d'identité")
    expect(preview.locator(".preview-options li")).to_have_text(["CNI", "Passeport"])
    expect(preview).to_contain_text("Quel est votre quartier ?")
    assert barriers_of(page) == []
    page.keyboard.press("Enter")  # From within a field: saves, adds no row.

    expect(page.get_by_role("heading", name="Motifs", exact=True)).to_be_visible()
    motif = Motif.objects.get(organization=organization)
    assert [option.name for option in motif.options.all()] == ["CNI", "Passeport"]
    assert motif.questions.get().label == "Quel est votre quartier ?"

    page.goto(reverse("scheduling:territory_motif_list", args=[territory.slug]))
    page.get_by_label("Cocher toute la page").check()
    page.get_by_role("combobox", name="Champ à modifier").select_option(label="Durée")
    page.get_by_role("button", name="Modifier la sélection").click()
    page.get_by_label("Durée", exact=True).fill("1h30")
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page.locator("#apercu")).to_contain_text("1 h 30")
    page.get_by_role("button", name="Appliquer à 3 motifs").click()
    expect(page.get_by_text("3 motifs modifiés.")).to_be_visible()
    assert {motif.duration.seconds for motif in Motif.objects.order_by("pk")} == {90 * 60}

    page.get_by_role("link", name="Annuler la modification").click()
    page.get_by_role("button", name="Rendre sa valeur à 3 motifs").click()
    expect(page.get_by_text("3 motifs ont retrouvé leur valeur.")).to_be_visible()
    assert {motif.duration.seconds for motif in Motif.objects.order_by("pk")} == {30 * 60}

    chosen = {"champ": "location_kind", "motif": [motif.pk for motif in Motif.objects.order_by("pk")]}
    sign_in(phone).goto(reverse("scheduling:territory_motif_bulk_edit", args=[territory.slug], query=chosen))
    phone.get_by_label("téléphone").check()
    phone.get_by_role("button", name="Voir ce qui changerait").click()
    expect(phone.locator("#apercu")).to_contain_text("téléphone")
    assert barriers_of(phone) == []
    phone.goto(page.url)
    assert barriers_of(phone) == []


def barriers_of(page):
    """What axe says, and whether the page is wider than the phone."""
    page.wait_for_load_state("networkidle")
    wide = page.evaluate("document.documentElement.scrollWidth") > page.viewport_size["width"]
    return seen_by_axe(page).response["violations"] + ["wide"] * wide
