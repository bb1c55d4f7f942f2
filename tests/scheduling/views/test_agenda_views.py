"""Views of the agenda that an agent has named: kept, picked, renamed, deleted, and nobody else's."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from organizations.models import Membership
from scheduling.exceptions import AgendaViewRefused
from scheduling.models import AgendaView
from scheduling.services import agenda_views
from scheduling.services.agenda_views import save_agenda_view
from tests.factories import make_agenda_view, make_agent, make_organization, make_team, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def social(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def agent(client, organization, social):
    agent = make_agent(organization=organization, units=[social])
    client.force_login(agent)
    return agent


@pytest.fixture
def colleague(organization, social):
    return make_agent(organization=organization, units=[social])


@pytest.fixture
def address(organization):
    def address(name, *args):
        return reverse(f"scheduling:{name}", args=[organization.slug, *args])

    return address


def messages(response):
    return [str(message).replace("\u00a0", " ") for message in response.context["messages"]]


def test_what_is_shown_is_kept_under_a_name_and_picked_again(client, address, agent, colleague, organization):
    team = make_team(territory=organization.territory, agents=[agent, colleague])
    shown = {
        "vue": "mois",
        "equipe": team.pk,
        "agenda": [agent.calendar.pk, colleague.calendar.pk],
        "affichage": "liste",
        "annules": "1",
        "weekends": "non",
    }

    response = client.post(address("agenda_view_add"), {"name": "Le service"} | shown, follow=True)

    assert messages(response) == ["La vue « Le service » est enregistrée."]
    context = response.context
    assert (context["view"], context["team"].team, context["weekends"], context["with_cancelled"]) == (
        "mois", team, "non", True,
    )  # fmt: skip
    assert set(context["choice"].chosen) == {agent.calendar, colleague.calendar}
    assert AgendaView.objects.get().address.replace("&", "&amp;") in response.content.decode()


def test_a_name_is_given_once_whatever_its_case(client, address, agent, organization):
    make_agenda_view(agent=agent, organization=organization, name="Matins")

    response = client.post(address("agenda_view_add"), {"name": "MATINS", "vue": "jour", "weekends": "non"})

    assert response.status_code == 422
    content = response.content.decode()
    assert "Vous avez déjà une vue de ce nom." in content
    assert 'value="MATINS"' in content
    assert '<input type="hidden" name="weekends" value="non">' in content
    with pytest.raises(IntegrityError), transaction.atomic():
        AgendaView.objects.create(organization=organization, agent=agent, name="matins")


def test_others_may_give_the_same_name_and_so_may_one_elsewhere(agent, colleague, organization):
    elsewhere = make_organization(territory=organization.territory)
    for owner, place in [(agent, organization), (colleague, organization), (agent, elsewhere)]:
        make_agenda_view(agent=owner, organization=place, name="Matins")

    assert AgendaView.objects.count() == 3


def test_is_renamed_and_deleted(client, address, agent, organization):
    view = make_agenda_view(agent=agent, organization=organization, name="Matins")
    make_agenda_view(agent=agent, organization=organization, name="Soirs")

    renamed = client.post(address("agenda_view_rename", view.pk), {f"vue{view.pk}-name": "Journées"}, follow=True)
    refused = client.post(address("agenda_view_rename", view.pk), {f"vue{view.pk}-name": "soirs"})
    empty = client.post(address("agenda_view_rename", view.pk), {f"vue{view.pk}-name": ""})

    assert messages(renamed) == ["La vue s'appelle maintenant « Journées »."]
    assert (refused.status_code, empty.status_code) == (422, 422)
    view.refresh_from_db()
    assert view.name == "Journées"
    deleted = client.post(address("agenda_view_delete", view.pk), follow=True)
    assert messages(deleted) == ["La vue « Journées » est supprimée."]
    assert [str(left) for left in AgendaView.objects.order_by("pk")] == ["Soirs"]


def test_is_nobody_elses_not_even_an_administrators(client, address, agent, organization):
    view = make_agenda_view(agent=agent, organization=organization, name="Vue privée")
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))

    assert client.post(address("agenda_view_rename", view.pk), {f"vue{view.pk}-name": "x"}).status_code == 404
    assert client.post(address("agenda_view_delete", view.pk)).status_code == 404
    for page in ("agenda", "agenda_view_list"):
        assert "Vue privée" not in client.get(address(page)).content.decode()


@pytest.mark.parametrize(
    "strange",
    [{"vue": "siècle"}, {"weekends": "x"}, {"agenda": "0"}, {"equipe": "0"}, {"name": " "}, {"name": "x" * 61}],
)
def test_what_is_no_view_is_refused(client, address, agent, strange):
    assert client.post(address("agenda_view_add"), {"name": "Vue", "vue": "jour"} | strange).status_code == 422
    assert not AgendaView.objects.exists()


def test_calendars_of_others_are_not_kept(client, address, agent):
    stranger = make_agent(organization=make_organization()).calendar

    response = client.post(address("agenda_view_add"), {"name": "Vue", "vue": "jour", "agenda": stranger.pk})

    assert response.status_code == 422


def test_there_is_an_end_to_them(agent, organization, monkeypatch):
    monkeypatch.setattr(agenda_views, "MOST", 1)
    make_agenda_view(agent=agent, organization=organization)

    with pytest.raises(AgendaViewRefused, match="Supprimez-en une"):
        save_agenda_view(organization=organization, agent=agent, name="Encore", calendar_ids=[])


@pytest.mark.parametrize("many", [1, 5])
def test_costs_no_more_with_more_of_them(client, address, agent, colleague, organization, many, assert_query_count):
    for _ in range(many):
        make_agenda_view(agent=agent, organization=organization, calendars=[agent.calendar, colleague.calendar])

    with assert_query_count("agenda_view_list"):
        client.get(address("agenda_view_list"))


def test_with_none_the_page_says_how_to_make_one(client, address, agent):
    assert "Aucune vue enregistrée" in client.get(address("agenda_view_list")).content.decode()
