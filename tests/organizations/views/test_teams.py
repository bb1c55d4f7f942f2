"""Teams of a territory: made, changed, deleted, by who manages them."""

import re

import pytest
from django.urls import reverse

from organizations.models import Team
from organizations.services.rights import end_membership, set_territory_rights
from tests.factories import (
    make_agent,
    make_membership,
    make_organization,
    make_team,
    make_territory_admin,
    make_territory_agent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization(name="Mairie")


@pytest.fixture
def manager(organization, client):
    manager = make_territory_agent(organization=organization, manages_teams=True)
    client.force_login(manager)
    return manager


def url(organization, name, *arguments):
    return reverse(f"organizations:{name}", args=[organization.territory.slug, *arguments])


def text(response):
    return response.content.decode().replace("&#x27;", "'").replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")


def offered(response):
    """The agents on the list of the form, with whether they are chosen."""
    return {int(box.data["value"].value): box.data["selected"] for box in response.context["form"].boxes}


def test_a_team_is_made_of_agents_of_the_territory(client, organization, manager):
    nora, luc = make_agent(organization=organization), make_agent(organization=organization)
    response = client.post(url(organization, "team_add"), {"name": "Secteur nord", "agents": [nora.pk, luc.pk]})

    assert response.status_code == 302
    assert set(Team.objects.get(name="Secteur nord").agents.all()) == {nora, luc}
    assert "2 agents" in text(client.get(url(organization, "team_list")))


def test_agents_of_another_territory_or_with_a_closed_account_are_no_choice(client, organization, manager):
    stranger = make_agent(organization=make_organization())
    closed = make_agent(organization=organization, is_active=False)
    above = make_territory_admin(territory=organization.territory)
    found = offered(client.get(url(organization, "team_add")))
    assert set(found) == {manager.pk, above.pk}

    for agent in (stranger, closed):
        response = client.post(url(organization, "team_add"), {"name": "Nord", "agents": [agent.pk]})
        assert response.status_code == 422
    assert not Team.objects.exists()


def test_an_empty_team_may_be_made(client, organization, manager):
    assert client.post(url(organization, "team_add"), {"name": "À venir"}).status_code == 302
    assert "aucun" in text(client.get(url(organization, "team_list")))


def test_namesakes_are_told_apart_by_where_they_work(client, organization, manager):
    make_agent(organization=organization, first_name="Nora", last_name="Petit")

    assert "Nora Petit – Mairie" in text(client.get(url(organization, "team_add")))


def test_without_a_script_a_button_narrows_the_list_and_keeps_what_was_typed_and_chosen(client, organization, manager):
    chosen = make_agent(organization=organization, last_name="Delattre")
    found = make_agent(organization=organization, first_name="Zoé", last_name="Œuvrard")
    make_agent(organization=organization, last_name="Petit")
    response = client.post(
        url(organization, "team_add"), {"name": "Nord", "agents": [chosen.pk], "q": "oeuvrard zoe", "chercher": "1"}
    )

    assert response.status_code == 200
    assert offered(response) == {chosen.pk: True, found.pk: False}
    assert 'value="Nord"' in text(response)
    assert not Team.objects.exists()


def test_three_hundred_agents_cost_no_more_queries(client, organization, manager, assert_query_count):
    with assert_query_count("team_add"):
        client.get(url(organization, "team_add"))
    for _ in range(20):
        make_agent(organization=organization, password=None)
    with assert_query_count("team_add"):
        assert len(offered(client.get(url(organization, "team_add")))) == 21


def test_a_team_is_renamed_and_its_agents_change(client, organization, manager):
    nora, luc = make_agent(organization=organization), make_agent(organization=organization)
    team = make_team(territory=organization.territory, agents=[nora])
    assert offered(client.get(url(organization, "team_edit", team.pk)))[nora.pk]
    client.post(url(organization, "team_edit", team.pk), {"name": "Sud", "agents": [luc.pk]})

    team.refresh_from_db()
    assert (team.name, list(team.agents.all())) == ("Sud", [luc])


@pytest.mark.parametrize("typed", ["", "nord", "a\x00b", "x" * 121])
def test_a_name_that_is_none_or_taken_is_refused_and_the_choice_stays(client, organization, manager, typed):
    make_team(territory=organization.territory, name="Nord")
    response = client.post(url(organization, "team_add"), {"name": typed, "agents": [manager.pk]})

    assert response.status_code == 422
    assert offered(response)[manager.pk]
    assert Team.objects.count() == 1


@pytest.mark.parametrize("agents", [["x"], ["9" * 5000], ["-1"], ["\x00"]])
def test_what_is_no_agent_is_refused(client, organization, manager, agents):
    assert client.post(url(organization, "team_add"), {"name": "Nord", "agents": agents}).status_code == 422
    searched = {"name": "Nord", "agents": agents, "q": "\x00", "chercher": "1"}
    assert client.post(url(organization, "team_add"), searched).status_code == 200


def test_a_team_is_deleted_and_its_agents_stay(client, organization, manager):
    team = make_team(territory=organization.territory, agents=[manager])
    address = url(organization, "team_delete", team.pk)
    assert re.search(r"1 agent\s+en sort", text(client.get(address)))
    client.post(address)

    assert not Team.objects.exists()
    assert manager.memberships.exists()


@pytest.mark.parametrize("number", [1, 6])
def test_the_list_costs_the_same_however_many(client, organization, manager, assert_query_count, number):
    for _ in range(number):
        make_team(territory=organization.territory, agents=[make_agent(organization=organization)])

    with assert_query_count("team_list"):
        assert client.get(url(organization, "team_list")).status_code == 200


class TestWhoLeavesTheTerritory:
    def test_leaves_its_teams_with_the_last_organization(self, organization):
        sister = make_organization(territory=organization.territory)
        agent = make_agent(organization=organization)
        elsewhere = make_membership(agent=agent, organization=sister)
        team = make_team(territory=organization.territory, agents=[agent])
        end_membership(membership=elsewhere)
        assert list(team.agents.all()) == [agent]

        end_membership(membership=agent.memberships.get())
        assert not team.agents.exists()

    def test_leaves_its_teams_with_the_last_right(self, organization):
        agent = make_agent()
        set_territory_rights(territory=organization.territory, agent=agent, manages_teams=True)
        team = make_team(territory=organization.territory, agents=[agent])
        set_territory_rights(territory=organization.territory, agent=agent, manages_teams=False)

        assert not team.agents.exists()
