"""« Mes notifications »: what an agent wants to be told."""

from datetime import time

import pytest
from django.urls import reverse

from organizations.models import Agent
from tests.factories import make_agent, make_membership, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(client, organization):
    agent = make_agent(organization=organization)
    client.force_login(agent)
    return agent


@pytest.fixture
def address(organization):
    return reverse("notifications:my_notifications", args=[organization.slug])


def chosen(agent):
    agent.refresh_from_db()
    return agent.notified_of, agent.wants_summary, agent.summary_time


def test_everybody_is_told_of_others_acts_and_gets_no_summary_until_they_choose(agent):
    assert chosen(agent) == (Agent.NotifiedOf.OTHERS, False, time(7))


def test_the_page_says_what_is_chosen_and_what_each_choice_does(client, agent, address, assert_query_count):
    Agent.objects.update(notified_of=Agent.NotifiedOf.SOON, wants_summary=True, summary_time=time(8, 30))

    with assert_query_count("my_notifications"):
        page = client.get(address).content.decode()

    assert page.count("checked") == 2
    assert '<option value="08:30" selected>' in page
    assert agent.email in page
    assert "aucun de ce que vous faites vous-même" in page


def test_the_account_menu_leads_there(client, agent, address, organization):
    page = client.get(reverse("scheduling:today", args=[organization.slug]))

    assert f'href="{address}"' in page.content.decode()


@pytest.mark.parametrize("scope", Agent.NotifiedOf.values)
def test_a_choice_is_kept(client, agent, address, scope):
    answer = client.post(address, {"notified_of": scope, "wants_summary": "on", "summary_time": "06:30"}, follow=True)

    assert chosen(agent) == (scope, True, time(6, 30))
    assert "Vos choix sont enregistrés." in answer.content.decode()


def test_the_summary_is_given_up_by_unticking_its_box(client, agent, address):
    Agent.objects.update(wants_summary=True)

    client.post(address, {"notified_of": "others", "summary_time": "07:00"})

    assert chosen(agent) == ("others", False, time(7))


def test_an_hour_that_is_no_choice_of_the_list_stays_the_agents(client, agent, address):
    Agent.objects.update(summary_time=time(7, 10))

    assert '<option value="07:10" selected>' in client.get(address).content.decode()
    client.post(address, {"notified_of": "all", "summary_time": "07:10"})

    assert chosen(agent) == ("all", False, time(7, 10))


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"notified_of": "everything", "summary_time": "07:00"},
        {"notified_of": "all", "summary_time": "12:00"},
        {"notified_of": "all", "summary_time": "sept heures"},
        {"notified_of": "all\x00", "summary_time": "07:00\x00"},
        {"notified_of": "all"},
    ],
)
def test_what_is_no_choice_is_refused_and_changes_nothing(client, agent, address, posted):
    answer = client.post(address, posted)

    assert answer.status_code == 422
    assert chosen(agent) == ("others", False, time(7))


def test_it_is_one_choice_for_all_organizations_and_nobody_elses(client, agent, address):
    sister, colleague = make_organization(), make_agent()
    make_membership(agent=agent, organization=sister)

    client.post(address, {"notified_of": "none", "summary_time": "09:00"})

    page = client.get(reverse("notifications:my_notifications", args=[sister.slug])).content.decode()
    assert 'value="none"' in page
    assert '<option value="09:00" selected>' in page
    assert chosen(colleague) == ("others", False, time(7))
