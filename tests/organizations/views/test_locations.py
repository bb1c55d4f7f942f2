import pytest
from django.urls import reverse

from organizations.models import Location, Membership
from tests.factories import (
    NOW,
    make_agent,
    make_desk,
    make_location,
    make_organization,
    make_territory_admin,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture(autouse=True)
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


def url(name, organization, pk=None):
    return reverse(f"organizations:location_{name}", args=[organization.slug, *([pk] if pk else [])])


def text(response):
    page = response.content.decode()
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


def typed(**fields):
    return {
        "name": "Mairie annexe",
        "street": "1 place des Héros",
        "postal_code": "62000",
        "city": "Arras",
        "is_visible_on_portal": "on",
    } | fields


class TestAdding:
    def test_writes_a_place(self, client, organization):
        client.post(url("add", organization), typed(phone="03 21 12 34 56", latitude="50,2910", longitude="2.7775"))

        location = Location.objects.get()
        assert (location.organization, location.address) == (organization, "1 place des Héros, 62000 Arras")
        assert (location.latitude, location.longitude, location.phone) == (50.291, 2.7775, "+33321123456")
        assert location.is_visible_on_portal

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"name": ""}, "name", "Donnez le nom du lieu."),
            ({"phone": "12"}, "phone", "Ce numéro n'existe pas."),
            ({"latitude": "nord"}, "latitude", "Écrivez un nombre"),
            ({"latitude": "50"}, "longitude", "Donnez la latitude et la longitude, ou aucune des deux."),
            ({"latitude": "500", "longitude": "2"}, "latitude", ""),
        ],
    )
    def test_tells_a_wrong_entry_beside_its_field_and_keeps_what_was_typed(
        self, client, organization, fields, field, sentence
    ):
        response = client.post(url("add", organization), typed(**fields))

        assert response.status_code == 422
        assert sentence in response.context["form"].errors[field][0]
        assert 'value="1 place des Héros"' in text(response)
        assert not Location.objects.exists()

    def test_refuses_the_same_place_of_who_was_faster_than_the_form(self, client, organization, monkeypatch):
        """The button pressed twice: both forms have looked, and one writes first."""
        client.post(url("add", organization), typed())
        monkeypatch.setattr(Location, "validate_constraints", lambda *_, **__: None)

        response = client.post(url("add", organization), typed())

        assert response.status_code == 422
        assert "Ce lieu existe déjà à cette adresse." in text(response)

    def test_refuses_the_same_place_twice(self, client, organization):
        client.post(url("add", organization), typed())

        response = client.post(url("add", organization), typed())

        assert response.status_code == 422
        assert "Ce lieu existe déjà à cette adresse." in text(response)

    @pytest.mark.parametrize("who", ["of the organization", "of the territory"])
    def test_an_administrator_shares_with_sisters_only(self, client, organization, who):
        sister = make_organization(territory=organization.territory)
        if who == "of the territory":
            client.force_login(make_territory_admin(territory=organization.territory))

        refused = client.post(url("add", organization), typed(shared_with=[make_organization().pk]))
        client.post(url("add", organization), typed(shared_with=[sister.pk]))

        assert "shared_with" in refused.context["form"].errors
        assert list(Location.objects.get().shared_with.all()) == [sister]


class TestEditing:
    def test_changes_a_place_and_leaves_its_sharing_to_whom_it_belongs(self, client, organization):
        location = make_location(organization=organization)
        sister = make_organization(territory=organization.territory)
        location.shared_with.add(sister)

        client.post(url("edit", organization, location.pk), {"name": "Nouveau nom"})

        location.refresh_from_db()
        assert (location.name, location.street, location.is_visible_on_portal) == ("Nouveau nom", "", False)
        assert list(location.shared_with.all()) == [sister]

    def test_of_a_place_shared_by_a_sister_is_not_theirs(self, client, organization):
        shared = make_location(organization=make_organization(territory=organization.territory), name="Commun")
        shared.shared_with.add(organization)

        page = text(client.get(url("list", organization)))
        assert "Commun" in page
        assert f"Partagé par {shared.organization}" in page
        assert client.post(url("edit", organization, shared.pk), typed()).status_code == 404

    def test_of_a_closed_place_says_so(self, client, organization):
        location = make_location(organization=organization, closed_at=NOW)

        assert "Ce lieu est fermé" in text(client.get(url("edit", organization, location.pk)))


class TestTheList:
    def test_shows_the_state_of_each(self, client, organization):
        make_location(organization=organization)
        make_location(organization=organization, is_visible_on_portal=False)
        make_location(organization=organization, closed_at=NOW)

        page = text(client.get(url("list", organization)))

        for state in ("Sur le portail", "Agents seulement", "Fermé"):
            assert state in page

    def test_filters_by_name_or_town(self, client, organization):
        make_location(organization=organization, name="Ici", city="Lens")
        make_location(organization=organization, name="Là-bas", city="Béthune")

        page = text(client.get(url("list", organization), {"q": "lens"}))

        assert "Ici" in page
        assert "Là-bas" not in page

    @pytest.mark.parametrize("count", [1, 9])
    def test_costs_the_same_for_one_row_and_for_many(self, client, organization, assert_query_count, count):
        for _ in range(count):
            make_desk(organization=organization)

        with assert_query_count("location_list"):
            client.get(url("list", organization))
