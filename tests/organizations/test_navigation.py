"""The frame around a member's pages, and where signing in leads."""

import pytest
from django.test import override_settings
from django.urls import reverse

from organizations.models import Membership, TerritoryRole
from organizations.navigation import navigation_of, territory_navigation_of
from tests.factories import (
    PASSWORD,
    make_agent,
    make_membership,
    make_organization,
    make_territory,
    make_territory_admin,
    make_territory_agent,
)

pytestmark = pytest.mark.django_db

OF_EVERY_MEMBER = [
    "Aujourd'hui",
    "Salle d'attente",
    "Agenda",
    "Trouver un RDV",
    "Liste des RDV",
    "Ateliers",
    "Usagers",
    "Messages",
    "Plages d'ouverture",
    "Indisponibilités",
]


def labels(membership, page="scheduling:today"):
    return [item.label for group in navigation_of(membership, page) for item in group.items]


def current(membership, page):
    return [item.label for group in navigation_of(membership, page) for item in group.items if item.is_current]


@pytest.fixture
def organization():
    return make_organization(territory=make_territory(), name="Mairie")


@pytest.fixture
def member(organization):
    return make_membership(organization=organization)


class TestTheNavigation:
    def test_lists_the_screens_of_an_administrator(self, organization):
        admin = make_membership(organization=organization, role=Membership.Role.ADMIN)

        assert labels(admin)[: len(OF_EVERY_MEMBER)] == OF_EVERY_MEMBER
        assert {"Motifs", "Lieux", "Guichets"} <= set(labels(admin)[len(OF_EVERY_MEMBER) :])
        assert labels(admin)[-1] == "Boîte d'envoi"

    def test_leaves_an_agent_without_the_pages_of_administrators(self, member):
        assert labels(member)[: len(OF_EVERY_MEMBER)] == OF_EVERY_MEMBER
        assert "Motifs" not in labels(member)

    def test_shows_the_outbox_only_where_messages_stay(self, member):
        with override_settings(LOCAL_OUTBOX=False):
            assert "Boîte d'envoi" not in labels(member)

    @pytest.mark.parametrize(
        ("page", "screen"),
        [
            ("scheduling:today", "Aujourd'hui"),
            ("scheduling:walk_in_add", "Salle d'attente"),
            ("scheduling:appointment_detail", "Agenda"),
            ("scheduling:participant_edit", "Agenda"),
            ("scheduling:appointment_add", "Trouver un RDV"),
            ("scheduling:appointment_list", "Liste des RDV"),
            ("scheduling:workshop_edit", "Ateliers"),
            ("scheduling:export_list", "Liste des RDV"),
            ("scheduling:day_sheet", "Liste des RDV"),
            ("scheduling:opening_edit", "Plages d'ouverture"),
            ("scheduling:citizen_detail", "Usagers"),
            ("organizations:citizen_add", "Usagers"),
        ],
    )
    def test_says_on_which_screen_one_is(self, member, page, screen):
        assert current(member, page) == [screen]

    def test_costs_no_query(self, member, django_assert_num_queries):
        with django_assert_num_queries(0):
            navigation_of(member, "scheduling:today")

    def test_shows_the_territory_to_whom_has_a_right_there(self, client, organization):
        agent = make_territory_agent(organization=organization, manages_teams=True)
        plain = make_agent(organization=organization)

        of_agent, of_plain = (Membership.objects.of(one, organization.slug) for one in (agent, plain))

        assert organization.territory.name in labels(of_agent)
        assert organization.territory.name not in labels(of_plain)


class TestTheTerritory:
    def test_shows_the_motifs_to_its_administrators_only(self, organization):
        territory = organization.territory
        roles = [
            TerritoryRole.objects.of(agent, territory.slug)
            for agent in (
                make_territory_admin(territory=territory),
                make_territory_agent(organization=organization, manages_teams=True),
            )
        ]

        of_admin, of_other = (
            {
                item.label
                for group in territory_navigation_of(role, "scheduling:territory_motif_add")
                for item in group.items
                if item.is_current
            }
            for role in roles
        )

        assert (of_admin, of_other) == ({"Motifs"}, set())

    def test_has_a_frame_of_its_own(self, client, organization):
        client.force_login(make_territory_admin(territory=organization.territory))

        response = client.get(reverse("scheduling:territory_overview", args=[organization.territory.slug]))

        assert response.context["navigation"][0].label == organization.territory.name
        assert [str(one.organization) for one in response.context["memberships"]] == ["Mairie"]


class TestTheSwitch:
    def test_offers_the_agents_organizations(self, client, organization):
        agent = make_agent(organization=organization)
        make_membership(agent=agent, organization=make_organization(name="Centre social"))
        make_organization(name="Ailleurs")
        client.force_login(agent)

        response = client.get(reverse("scheduling:today", args=[organization.slug]))

        assert [str(one.organization) for one in response.context["memberships"]] == ["Centre social", "Mairie"]
        assert "Ailleurs" not in response.content.decode()

    def test_offers_an_administrator_of_the_territory_all_of_its_organizations(self, client, organization):
        make_organization(territory=organization.territory, name="Centre social")
        client.force_login(make_territory_admin(territory=organization.territory))

        response = client.get(reverse("scheduling:today", args=[organization.slug]))

        assert [str(one.organization) for one in response.context["memberships"]] == ["Centre social", "Mairie"]


class TestSigningIn:
    def test_leads_to_the_day_of_the_first_organization(self, client, organization):
        agent = make_agent(organization=organization)
        make_membership(agent=agent, organization=make_organization(name="Agglomération", slug="agglo"))

        response = client.post(reverse("account_login"), {"login": agent.email, "password": PASSWORD}, follow=True)

        assert response.request["PATH_INFO"] == reverse("scheduling:today", args=["agglo"])

    def test_leads_an_administrator_of_the_territory_to_one_of_its_organizations(self, client, organization):
        client.force_login(make_territory_admin(territory=organization.territory))

        assert client.get(reverse("start"))["Location"] == reverse("scheduling:today", args=[organization.slug])

    def test_leads_to_the_territory_where_there_is_no_organization_yet(self, client):
        territory = make_territory()
        client.force_login(make_territory_admin(territory=territory))

        assert client.get(reverse("start"))["Location"] == reverse(
            "scheduling:territory_overview", args=[territory.slug]
        )

    def test_explains_that_one_belongs_nowhere(self, client):
        agent = make_agent()
        client.force_login(agent)

        content = client.get(reverse("start")).content.decode()

        assert "Vous n&#x27;appartenez" in content or "Vous n'appartenez" in content
        assert agent.email in content

    def test_comes_first(self, client):
        assert client.get(reverse("start"))["Location"].startswith(reverse("account_login"))
