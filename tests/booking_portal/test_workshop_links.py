"""What the link of somebody in a workshop opens: their own part, and nothing of the others'."""

from datetime import timedelta

import icalendar
import pytest
import time_machine
from django.urls import reverse

from notifications.models import Message
from scheduling.models import AppointmentStatus
from scheduling.participation_links import link_token
from scheduling.services.appointments import cancel_appointment
from tests.booking_portal.conftest import text_of
from tests.factories import MONDAY, NOW, make_motif, make_organization, make_participation, make_workshop, paris
from tests.scheduling.workshops import agent_of, seats_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def workshop():
    """Two days ahead, two seats."""
    motif = make_motif(organization=make_organization(), is_collective=True, duration=timedelta(hours=1))
    return make_workshop(motif=motif, seats=2, title="Tenir son budget", starts_at=paris(MONDAY + timedelta(days=2), 9))


@pytest.fixture
def people(workshop):
    """Two registered, two in the queue."""
    return [make_participation(workshop=workshop) for _ in range(4)]


def page(name, participation):
    return reverse(f"booking_portal:{name}", args=[link_token(participation)])


class TestSomebodyRegistered:
    def test_sees_the_workshop_and_none_of_the_others(self, client, people):
        text = text_of(client.get(page("my_appointment", people[0])))

        assert "Tenir son budget" in text
        assert not any(each.citizen.last_name in text for each in people[1:])

    def test_frees_their_own_seat_for_who_waits_and_cancels_nothing_else(self, client, workshop, people):
        assert "Votre place sera donnée à quelqu'un d'autre." in text_of(
            client.get(page("my_appointment_cancel", people[0]))
        )

        text = text_of(client.post(page("my_appointment_cancel", people[0]), follow=True))

        workshop.refresh_from_db()
        assert "Ce rendez-vous est annulé." in text
        assert workshop.status == AppointmentStatus.BOOKED
        assert seats_of(workshop) == {1: people[2], 2: people[1]}
        told = Message.objects.filter(kind=Message.Kind.CANCELLED_BY_CITIZEN)
        assert {message.participation for message in told} == {people[0]}

    def test_has_a_file_that_says_so_afterwards(self, client, people):
        client.post(page("my_appointment_cancel", people[0]))

        cancelled, kept = (client.get(page("my_appointment_ics", each)).content for each in people[:2])

        assert icalendar.Calendar.from_ical(cancelled).walk("VEVENT")[0]["STATUS"] == "CANCELLED"
        assert icalendar.Calendar.from_ical(kept).walk("VEVENT")[0]["STATUS"] == "CONFIRMED"

    def test_is_offered_no_other_date(self, client, people):
        assert page("my_appointment_move", people[0]) not in client.get(page("my_appointment", people[0])).text
        assert client.get(page("my_appointment_move", people[0])).status_code == 302

    def test_leaves_in_time_or_through_the_service(self, client, workshop, people):
        workshop.motif.change_deadline = timedelta(days=3)
        workshop.motif.save()

        client.post(page("my_appointment_cancel", people[0]))

        assert seats_of(workshop)[1] == people[0]

    def test_cancels_once_however_often_they_press(self, client, workshop, people):
        for _ in range(2):
            client.post(page("my_appointment_cancel", people[0]))

        assert seats_of(workshop) == {1: people[2], 2: people[1]}


class TestSomebodyInTheQueue:
    def test_sees_their_rank_and_no_file_for_a_calendar(self, client, people):
        text = text_of(client.get(page("my_appointment", people[3])))

        assert "vous êtes en liste d'attente, au rang 2" in text
        assert "Ajouter à mon agenda" not in text
        assert client.get(page("my_appointment_ics", people[3])).status_code == 302

    def test_leaves_the_queue_whenever_they_want(self, client, workshop, people):
        workshop.motif.citizen_may_cancel = False
        workshop.motif.save()
        assert "Vous perdez votre rang" in text_of(client.get(page("my_appointment_cancel", people[2])))

        text = text_of(client.post(page("my_appointment_cancel", people[2]), follow=True))

        assert "Vous n'êtes plus en liste d'attente." in text
        assert list(workshop.participations.waiting()) == [people[3]]
        assert len(seats_of(workshop)) == 2

    def test_has_the_page_of_somebody_registered_once_they_move_up(self, client, people):
        client.post(page("my_appointment_cancel", people[0]))

        assert "liste d'attente" not in text_of(client.get(page("my_appointment", people[2])))


def test_everybody_sees_that_the_whole_of_it_is_cancelled(client, workshop, people):

    status = AppointmentStatus.CANCELLED_BY_AGENT
    cancel_appointment(appointment=workshop, status=status, actor=agent_of(workshop), now=NOW)

    for each in people:
        assert "annulé par le service" in text_of(client.get(page("my_appointment", each)))
