"""The organizations of a territory, and the settings of one, on screen."""

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Invitation, Membership, Organization
from scheduling.models import FreeWindow
from tests.factories import (
    NOW,
    TUESDAY,
    make_agent,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_territory_admin,
    paris,
)
from tests.shown_forms import as_shown

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def territory():
    return make_territory()


@pytest.fixture(autouse=True)
def admin(client, territory):
    admin = make_territory_admin(territory=territory)
    client.force_login(admin)
    return admin


def url(name, territory, *args):
    return reverse(f"scheduling:organization_{name}", args=[territory.slug, *args])


def text(response):
    page = response.content.decode()
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


class TestTheList:
    def test_says_what_each_holds(self, client, territory):
        organization = make_organization(territory=territory, name="Mairie")
        for _ in range(3):
            make_agent(organization=organization)
        make_agent(organization=organization, is_active=False)
        make_motif(organization=organization)
        make_motif(organization=organization, archived_at=NOW)
        for _ in range(2):
            make_location(organization=organization)
        make_location(organization=organization, closed_at=NOW)

        (row,) = client.get(url("list", territory)).context["page"]

        assert (row.agent_count, row.motif_count, row.location_count) == (3, 1, 2)

    def test_holds_those_of_the_territory_and_finds_them(self, client, territory):
        for name in ("Mairie d'Arras", "Mairie de Lens", "Centre social"):
            make_organization(territory=territory, name=name)
        make_organization(name="Ailleurs")

        def names(q):
            return [row.name for row in client.get(url("list", territory), {"q": q}).context["page"]]

        assert names("") == ["Centre social", "Mairie d'Arras", "Mairie de Lens"]
        assert names("lens mairie") == ["Mairie de Lens"]
        assert names("rien") == []

    def test_says_how_to_begin(self, client, territory):
        page = text(client.get(url("list", territory)))

        assert "Aucune organisation" in page
        assert url("add", territory) in page

    def test_costs_the_same_for_many_rows(self, client, territory, assert_query_count):
        for _ in range(3):
            make_desk(organization=make_organization(territory=territory))

        with assert_query_count("organization_list"):
            response = client.get(url("list", territory))

        assert len(response.context["page"].object_list) == 3


class TestAdding:
    def typed(self, **fields):
        return {"name": "Mairie d'Arras", "time_zone_override": ""} | fields

    def test_writes_an_organization_that_its_administrator_is_invited_to(self, client, territory):
        typed = self.typed(
            email="accueil@example.org",
            phone="03 21 12 34 56",
            opening_hours_text="Du lundi au vendredi",
            first_administrator="maire@example.org",
        )

        response = client.post(url("add", territory), typed, follow=True)

        organization = Organization.objects.get()
        assert (organization.territory, organization.slug) == (territory, "mairie-d-arras")
        assert (organization.email, organization.phone) == ("accueil@example.org", "+33321123456")
        assert Invitation.objects.get().role == Membership.Role.ADMIN
        assert "Une invitation part à maire@example.org." in text(response)
        assert "Mairie d'Arras" in text(response)

    def test_may_leave_it_to_the_administrators_of_the_territory(self, client, territory):
        response = client.post(url("add", territory), self.typed(), follow=True)

        assert "Les administrateurs du territoire l'administrent." in text(response)
        assert client.get(reverse("scheduling:today", args=["mairie-d-arras"])).status_code == 200

    def test_takes_an_address_of_ones_own(self, client, territory):
        client.post(url("add", territory), self.typed(slug="Arras"))

        assert Organization.objects.get().slug == "arras"

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"name": ""}, "name", "Donnez le nom"),
            ({"name": "Prise"}, "name", "porte déjà ce nom"),
            ({"slug": "prise"}, "slug", "déjà prise. « prise-2 » est libre."),
            ({"slug": "é à"}, "slug", "sans accent"),
            ({"first_administrator": "maire"}, "first_administrator", "courriel valide"),
            ({"phone": "12"}, "phone", "Ce numéro n'existe pas"),
            ({"time_zone_override": "Mars/Olympus"}, "time_zone_override", "n'existe pas"),
        ],
    )
    def test_refuses_beside_the_field(self, client, territory, fields, field, sentence):
        make_organization(territory=territory, name="Prise", slug="prise")

        response = client.post(url("add", territory), self.typed(**fields))

        assert response.status_code == 422
        assert sentence in " ".join(response.context["form"].errors[field]).replace("\N{NO-BREAK SPACE}", " ")
        assert Organization.objects.count() == 1

    def test_an_address_is_proposed_while_one_types(self, client, territory):
        make_organization(slug="mairie")

        assert "mairie-2" in text(client.get(url("slug", territory), {"name": "Mairie"}))
        assert "Proposée" not in text(client.get(url("slug", territory), {"name": " "}))


class TestChanging:
    """The territory's page and the organization's own are one form."""

    @pytest.fixture
    def organization(self, territory):
        return make_organization(territory=territory, name="Mairie", slug="mairie")

    @pytest.fixture(params=["territory", "organization"])
    def page(self, request, client, territory, organization):
        if request.param == "territory":
            return url("edit", territory, organization.pk)
        client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
        return reverse("scheduling:organization_settings", args=[organization.slug])

    def shown(self, client, page, **typed):
        return as_shown(client.get(page).context["form"], **typed)

    def test_shows_the_address_that_is_printed(self, client, page, territory, organization):
        assert f'href="/prendre-rdv/{territory.slug}/{organization.slug}/"' in text(client.get(page))

    def test_writes_what_is_typed_and_never_the_address(self, client, page, organization):
        typed = self.shown(client, page, name="Mairie d'Arras", email="accueil@example.org", slug="autre")

        assert client.post(page, typed).status_code == 302

        organization.refresh_from_db()
        assert (organization.name, organization.email) == ("Mairie d'Arras", "accueil@example.org")
        assert organization.slug == "mairie"

    def test_keeps_what_somebody_else_changed_meanwhile(self, client, page, organization):
        typed = self.shown(client, page, email="accueil@example.org")
        Organization.objects.filter(pk=organization.pk).update(name="Hôtel de ville", time_zone_override="Asia/Tokyo")

        client.post(page, typed)

        organization.refresh_from_db()
        assert (organization.name, organization.email) == ("Hôtel de ville", "accueil@example.org")
        assert organization.time_zone_override == "Asia/Tokyo"

    def test_says_what_another_time_zone_does_first(self, client, page, organization):
        make_opening(organization=organization, rrule="FREQ=DAILY")

        response = client.post(page, self.shown(client, page, time_zone_override="Indian/Reunion"))

        assert response.status_code == 422
        assert "1 plage d'ouverture garde son heure affichée" in text(response)
        assert FreeWindow.objects.get(local_day=TUESDAY).starts_at == paris(TUESDAY, 9)
        accepted = as_shown(response.context["form"], confirmed=response.context["form"].fingerprint)
        assert client.post(page, accepted).status_code == 302
        assert FreeWindow.objects.get(local_day=TUESDAY).starts_at == paris(TUESDAY, 6)

    def test_does_not_ask_where_the_clock_stays_the_same(self, client, page, organization):
        typed = self.shown(client, page, time_zone_override="Europe/Paris")

        assert client.post(page, typed).status_code == 302
        organization.refresh_from_db()
        assert organization.time_zone_override == "Europe/Paris"

    def test_refuses_a_name_that_is_taken_and_keeps_the_page(self, client, page, organization, territory):
        make_organization(territory=territory, name="Annexe")

        response = client.post(page, self.shown(client, page, name="Annexe"))

        assert response.status_code == 422
        assert "porte déjà ce nom" in text(response)
        assert "<h1>Annexe" not in text(response)


def test_an_organization_of_another_territory_is_not_found(client, territory):
    elsewhere = make_organization()

    assert client.get(url("edit", territory, elsewhere.pk)).status_code == 404
    assert client.post(url("edit", territory, elsewhere.pk), {"name": "Prise"}).status_code == 404


def test_the_settings_of_an_organization_cost_a_known_number_of_queries(client, territory, assert_query_count):
    organization = make_organization(territory=territory)
    with assert_query_count("organization_settings"):
        client.get(reverse("scheduling:organization_settings", args=[organization.slug]))
    with assert_query_count("organization_edit"):
        client.get(url("edit", territory, organization.pk))
