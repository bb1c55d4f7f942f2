"""The table of rights of a territory, and who may change what in it."""

import pytest
from django.urls import reverse

from organizations.exceptions import RightsRefused
from organizations.models import Membership, TerritoryRole
from organizations.permissions import RIGHTS
from organizations.services.rights import change_territory_rights
from tests.factories import (
    make_agent,
    make_membership,
    make_organization,
    make_territory_admin,
    make_territory_agent,
    make_unit,
)

pytestmark = pytest.mark.django_db

ADMIN, BASIC = Membership.Role.ADMIN, Membership.Role.BASIC
PARTIAL = [name for name in RIGHTS if name != "is_admin"]


@pytest.fixture
def organization():
    return make_organization(name="Mairie")


@pytest.fixture
def admin(organization):
    return make_territory_admin(territory=organization.territory)


@pytest.fixture
def keeper(organization):
    """Who only manages access."""
    return make_territory_agent(organization=organization, manages_access=True)


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization, first_name="Nora", last_name="Petit")


def url(organization, name, *arguments):
    return reverse(f"organizations:{name}", args=[organization.territory.slug, *arguments])


def text(response):
    return response.content.decode().replace("&#x27;", "'").replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")


def rights_of(agent):
    role = TerritoryRole.objects.filter(agent=agent).first()
    return {name for name in RIGHTS if getattr(role, name, False)}


def change(client, organization, by, agent, *given):
    client.force_login(by)
    return client.post(url(organization, "rights_edit", agent.pk), dict.fromkeys(given, "on"))


class TestTheTable:
    def listed(self, client, organization, **asked):
        response = client.get(url(organization, "rights_list"), asked)
        assert response.status_code == 200
        return [row.agent for row in response.context["rows"]]

    def test_says_who_may_do_what_and_why(self, client, organization, admin, keeper):
        pmi, social = (make_unit(territory=organization.territory, name=name) for name in ("PMI", "Social"))
        make_membership(organization=organization, role=ADMIN)
        make_membership(organization=organization, is_front_desk=True, units=[pmi])
        make_membership(organization=organization, units=[pmi, social])
        client.force_login(keeper)
        page = text(client.get(url(organization, "rights_list")))

        for what, why in {
            "Tout, dans toutes les organisations du territoire": "administre le territoire",
            "Donne et retire des droits, sauf celui d'administrer le territoire": "gère les droits d'accès",
            "Tout, réglages et agents compris": "administre Mairie",
            "Voit et réserve pour tous les services": "tient l'accueil de Mairie",
            "Agendas, rendez-vous et usagers de ses services": "est agent des services « PMI » et « Social »",
            "Son agenda, et ce qui n'est réservé à aucun service": "est agent de Mairie, sans service",
        }.items():
            assert what in page
            assert f"Pourquoi : {why}" in page

    def test_is_narrowed_by_name_organization_and_right(self, client, organization, admin, keeper, agent):
        sister = make_organization(territory=organization.territory)
        head = make_agent(organization=sister, role=ADMIN)
        desk = make_agent(organization=sister, is_front_desk=True)
        client.force_login(admin)

        assert self.listed(client, organization, q="petit nor") == [agent]
        assert self.listed(client, organization, q=desk.email) == [desk]
        # Who administers the territory may do everything in each of its organizations.
        assert set(self.listed(client, organization, organisation=sister.pk)) == {head, desk, admin}
        assert self.listed(client, organization, droit="is_admin") == [admin]
        assert self.listed(client, organization, droit="manages_access") == [keeper]
        assert self.listed(client, organization, droit="organisation") == [head]
        assert self.listed(client, organization, droit="organisation", organisation=organization.pk) == []
        assert self.listed(client, organization, droit="accueil") == [desk]
        assert self.listed(client, organization, droit="agent") == [agent]

    def test_shows_nobody_and_nothing_of_another_territory(self, client, organization, admin, agent):
        elsewhere = make_organization(name="Ailleurs")
        make_membership(agent=agent, organization=elsewhere, role=ADMIN)
        stranger = make_agent(organization=elsewhere, last_name="Stranger")
        client.force_login(admin)

        assert stranger not in self.listed(client, organization)
        assert "Ailleurs" not in text(client.get(url(organization, "rights_list")))
        page = client.get(url(organization, "rights_list"), {"organisation": elsewhere.pk})
        assert "n'existe pas ici" in text(page)
        assert client.get(url(organization, "rights_edit", stranger.pk)).status_code == 404

    def test_says_that_a_closed_account_has_no_access(self, client, organization, admin):
        make_agent(organization=organization, is_active=False)
        client.force_login(admin)

        assert "Compte fermé" in text(client.get(url(organization, "rights_list")))

    @pytest.mark.parametrize("number", [1, 6])
    def test_costs_the_same_however_many(self, client, organization, admin, assert_query_count, number):
        for _ in range(number):
            agent = make_territory_agent(organization=organization, invites_agents=True)
            unit = make_unit(territory=organization.territory)
            make_membership(agent=agent, organization=make_organization(territory=organization.territory), units=[unit])
        client.force_login(admin)

        with assert_query_count("rights_list"):
            assert client.get(url(organization, "rights_list")).status_code == 200

    def test_a_filter_swaps_the_rows_only(self, client, organization, admin):
        client.force_login(admin)
        response = client.get(url(organization, "rights_list"), {"q": "zzz"}, headers={"HX-Request": "true"})

        assert response.content.lstrip().startswith(b"<section")
        assert "Aucun agent trouvé" in text(response)


class TestAnAdministratorOfTheTerritory:
    def test_gives_and_takes_every_right(self, client, organization, admin, agent):
        assert change(client, organization, admin, agent, *RIGHTS).status_code == 302
        assert rights_of(agent) == set(RIGHTS)

        change(client, organization, admin, agent, "manages_teams")
        assert rights_of(agent) == {"manages_teams"}

        change(client, organization, admin, agent)
        assert not TerritoryRole.objects.filter(agent=agent).exists()

    def test_who_is_the_last_stays(self, client, organization, admin):
        response = change(client, organization, admin, admin, "manages_teams")

        assert response.status_code == 422
        assert "garde toujours un administrateur" in text(response)
        assert rights_of(admin) == {"is_admin"}

    def test_may_step_down_where_there_is_another_and_is_led_away(self, client, organization, admin):
        make_territory_admin(territory=organization.territory)

        assert change(client, organization, admin, admin)["Location"] == reverse("start")
        assert rights_of(admin) == set()

    def test_finds_the_way_to_the_role_in_each_organization(self, client, organization, admin, agent):
        client.force_login(admin)
        membership = agent.memberships.get()
        page = text(client.get(url(organization, "rights_edit", agent.pk)))

        assert reverse("scheduling:member_edit", args=[organization.slug, membership.pk]) in page

    def test_gives_nothing_to_a_closed_account(self, client, organization, admin):
        closed = make_agent(organization=organization, is_active=False)

        assert change(client, organization, admin, closed, "is_admin").status_code == 422
        assert rights_of(closed) == set()

    def test_gives_nothing_to_somebody_who_is_not_of_the_territory(self, organization, admin):
        stranger = make_agent(organization=make_organization())

        with pytest.raises(RightsRefused, match="agent du territoire"):
            change_territory_rights(territory=organization.territory, agent=stranger, changed_by=admin, is_admin=True)


class TestWhoOnlyManagesAccess:
    def test_gives_and_takes_the_partial_rights(self, client, organization, keeper, agent):
        change(client, organization, keeper, agent, *PARTIAL)
        assert rights_of(agent) == set(PARTIAL)

        change(client, organization, keeper, agent)
        assert rights_of(agent) == set()

    def test_makes_no_administrator_whatever_is_sent(self, client, organization, keeper, agent):
        change(client, organization, keeper, agent, "is_admin", "manages_teams")

        assert rights_of(agent) == {"manages_teams"}

    @pytest.mark.parametrize("given", [[], ["is_admin"], ["manages_teams"]])
    def test_touches_no_administrator(self, client, organization, keeper, admin, given):
        make_territory_admin(territory=organization.territory)

        assert change(client, organization, keeper, admin, *given).status_code == 403
        assert rights_of(admin) == {"is_admin"}
        assert "Seul un administrateur" in text(client.get(url(organization, "rights_edit", admin.pk)))

    @pytest.mark.parametrize("given", [["is_admin"], ["manages_teams"], ["invites_agents"], RIGHTS])
    def test_gives_themselves_nothing(self, client, organization, keeper, given):
        change(client, organization, keeper, keeper, "manages_access", *given)

        assert rights_of(keeper) == {"manages_access"}

    def test_may_give_their_own_right_back(self, client, organization, keeper):
        assert change(client, organization, keeper, keeper)["Location"] == reverse("start")
        assert rights_of(keeper) == set()

    def test_sees_no_way_to_change_a_role_in_an_organization(self, client, organization, keeper, agent):
        client.force_login(keeper)

        assert "Changer son rôle" not in text(client.get(url(organization, "rights_edit", agent.pk)))

    @pytest.mark.parametrize("right", RIGHTS)
    def test_the_service_refuses_too(self, organization, keeper, right):
        rights = {right: True}
        with pytest.raises(RightsRefused):
            change_territory_rights(
                territory=organization.territory,
                agent=keeper if right != "is_admin" else make_agent(organization=organization),
                changed_by=keeper,
                **(rights if right != "manages_access" else {"is_admin": True}),
            )
        assert rights_of(keeper) == {"manages_access"}

    def test_whose_right_was_taken_meanwhile_changes_nothing(self, organization, keeper, agent):
        TerritoryRole.objects.filter(agent=keeper).delete()

        with pytest.raises(RightsRefused):
            change_territory_rights(
                territory=organization.territory, agent=agent, changed_by=keeper, manages_teams=True
            )


class TestOtherRights:
    @pytest.mark.parametrize("right", ["manages_teams", "invites_agents"])
    def test_open_neither_the_table_nor_a_change(self, client, organization, agent, right):
        holder = make_territory_agent(organization=organization, **{right: True})

        assert change(client, organization, holder, agent, right).status_code == 403
        assert client.get(url(organization, "rights_list")).status_code == 403
        with pytest.raises(RightsRefused):
            change_territory_rights(territory=organization.territory, agent=agent, changed_by=holder, **{right: True})
