"""Wherever RDVs are listed, a workshop stands by its title with its numbers, not by ten names."""

from datetime import timedelta

import pytest
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import AppointmentStatus
from scheduling.services.participants import set_participant_status
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_citizen,
    make_organization,
    make_participation,
    make_workshop,
    paris,
)
from tests.scheduling.workshops import agent_of

pytestmark = pytest.mark.django_db

NUMBERS = "2/2 inscrits, 1 en attente"


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN)


@pytest.fixture
def client(client, agent, time_machine):
    time_machine.move_to(NOW, tick=False)
    client.force_login(agent)
    return client


@pytest.fixture
def workshop(organization, agent):
    """Two seats, somebody in the queue, somebody who left."""
    workshop = make_workshop(organization=organization, calendar=agent.calendar, seats=2, title="Tenir son budget")
    people = [make_participation(workshop=workshop, citizen=citizen(organization, n)) for n in range(4)]
    leave(people[3])
    return workshop


def citizen(organization, number):
    return make_citizen(organization=organization, last_name=f"Secret{number}", phone="+33612345678")


def leave(participation):
    status, actor = AppointmentStatus.CANCELLED_BY_CITIZEN, agent_of(participation.appointment)
    set_participant_status(participation=participation, status=status, actor=actor, now=NOW)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("today", ""),
        ("agenda", "?vue=jour"),
        ("appointment_list", ""),
        ("day_sheet", ""),
        ("workshop_list", ""),
    ],
)
def test_it_stands_by_its_title_with_its_numbers(client, organization, workshop, name, query):
    page = client.get(reverse(f"scheduling:{name}", args=[organization.slug]) + query).text

    assert "Tenir son budget" in page
    assert NUMBERS in page
    assert "SECRET" not in page.upper()


def test_the_grid_of_the_agenda_says_it_too(client, organization, agent, workshop):
    query = {"start": MONDAY, "end": MONDAY + timedelta(days=1), "agenda": agent.calendar.pk}

    events = client.get(reverse("scheduling:agenda_feed", args=[organization.slug], query=query)).json()

    (event,) = [event for event in events["events"] if event.get("id") == f"rdv-{workshop.pk}"]
    assert (event["title"], event["extendedProps"]["motif"]) == ("Tenir son budget", NUMBERS)
    assert NUMBERS in event["extendedProps"]["label"]


def test_today_leads_to_its_participants_rather_than_to_one_outcome_for_all(
    client, organization, workshop, time_machine
):
    time_machine.move_to(paris(MONDAY, 9, 30), tick=False)

    page = client.get(reverse("scheduling:today", args=[organization.slug])).text

    assert f"{reverse('scheduling:appointment_detail', args=[organization.slug, workshop.pk])}#workshop-people" in page
    assert "Honoré" not in page


class TestTheSheetOfACitizen:
    def page(self, client, organization, citizen):
        return client.get(reverse("scheduling:citizen_detail", args=[organization.slug, citizen.pk]))

    def test_shows_their_workshops_to_come_with_their_own_part(self, client, organization, workshop):
        registered, _, waiting, gone = (each.citizen for each in workshop.participations.order_by("pk"))

        shown = {each: self.page(client, organization, each) for each in (registered, waiting, gone)}

        assert [list(page.context["upcoming"]) for page in shown.values()] == [[workshop], [workshop], []]
        assert "Tenir son budget" in shown[registered].text
        assert "En liste d'attente" not in shown[registered].text
        assert "En liste d'attente" in shown[waiting].text
        assert list(shown[gone].context["page"]) == [workshop]
        assert "Annulé par l'usager" in shown[gone].text

    def test_counts_where_they_were_and_not_where_they_waited(self, client, organization, workshop):
        registered, _, waiting, gone = (each.citizen for each in workshop.participations.order_by("pk"))

        leave(workshop.participations.get(citizen=registered))
        figures = [self.page(client, organization, each).context["figures"] for each in (registered, waiting, gone)]

        assert [each.appointments for each in figures] == [1, 1, 0]
        assert [each.cancelled for each in figures] == [1, 0, 0]
