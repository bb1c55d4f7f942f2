"""A table of places as a territory's administrator brings it in: upload, report, import, and again nothing."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from organizations.models import Location
from tests.browsers import DESKTOP, PHONE, seen_by_axe
from tests.factories import PASSWORD, make_location, make_organization, make_territory, make_territory_admin

PLACES = """identifiant;nom;adresse;code postal;commune;téléphone;remarque
A1;Maison départementale des solidarités et de l'autonomie de Saint-Pol-sur-Ternoise;12 rue des Tilleuls;62130;Saint-Pol-sur-Ternoise;03 21 12 34 56;
A2;Annexe;3 place du Marché;62000;Arras;;
A3;Sans téléphone qui marche;1 rue Haute;62000;Arras;12;
"""  # noqa: E501


@pytest.fixture
def territory(transactional_db):
    territory = make_territory(name="Communauté de communes des Campagnes de l'Artois")
    organization = make_organization(territory=territory, name="Mairie")
    make_location(organization=organization, name="Annexe", external_id="A2", street="4 place du Marché", city="Arras")
    return territory


def assert_is_sound(page):
    found = seen_by_axe(page).response["violations"]
    assert [item["id"] for item in found if item["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize(
    "viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE], ids=["desktop", "phone"]
)
def test_brings_in_a_table_of_places_and_again(open_page, territory, client, live_server, viewport):
    admin = make_territory_admin(territory=territory)
    assert client.login(email=admin.email, password=PASSWORD)
    page = open_page(viewport)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )

    def upload():
        page.get_by_label("Lieux", exact=True).check()
        page.get_by_label("Fichier", exact=True).set_input_files(
            {"name": "lieux-du-territoire.csv", "mimeType": "text/csv", "buffer": PLACES.encode("cp1252")}
        )
        page.get_by_role("button", name="Examiner le fichier").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("lieux-du-territoire.csv")

    page.goto(reverse("scheduling:territory_import_add", args=[territory.slug]))
    assert_is_sound(page)
    page.get_by_role("button", name="Examiner le fichier").click()
    expect(page.get_by_role("link", name="Choisissez un fichier.")).to_be_visible()
    upload()
    assert_is_sound(page)
    expect(page.get_by_text("remarque")).to_be_visible()
    expect(page.get_by_role("row", name="Annexe")).to_contain_text("3 place du Marché")
    page.get_by_role("link", name="1 refusée").click()
    expect(page.get_by_role("row", name="Sans téléphone")).to_contain_text("n'est pas un numéro qui existe")
    expect(page.get_by_role("row", name="Annexe")).to_have_count(0)

    page.get_by_role("button", name="Importer les 2 lignes valables").click()

    expect(page.get_by_text("Importé", exact=True)).to_be_visible()
    assert_is_sound(page)
    assert Location.objects.count() == 2
    page.get_by_label("Fil d'Ariane").get_by_role("link", name="Importer").click()
    expect(page.get_by_role("table")).to_contain_text("2 sur 3")
    assert_is_sound(page)
    upload()
    expect(page.get_by_role("heading", name="Rien à importer")).to_be_visible()
