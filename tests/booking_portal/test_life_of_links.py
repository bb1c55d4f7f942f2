"""From when to when the link of a message opens its RDV, what takes its place, and that a dead one does nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from notifications.models import Message
from notifications.services.resending import APART, resend_message
from scheduling.engine.intervals import Interval
from scheduling.models import Appointment, AppointmentStatus, Participation
from scheduling.participation_links import OUTLIVES_THE_APPOINTMENT, link_token
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointments import cancel_appointment, move_appointment
from scheduling.services.booking import Attendee, place_appointment
from scheduling.services.participants import set_participant_status
from tests.booking_portal.conftest import template_of, text_of
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_citizen,
    make_motif,
    make_participation,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def appointment(motif, opening):
    """On Monday at 11 h 30, for half an hour."""
    return place_appointment(
        motif=motif,
        period=Interval(paris(MONDAY, 11, 30), paris(MONDAY, 12)),
        calendar_ids=[opening.calendar_id],
        attendees=[Attendee(make_citizen(organization=motif.organization, first_name="Camille"))],
        actor=CITIZEN,
        location_id=opening.location_id,
        now=NOW,
    )


@pytest.fixture
def participation(appointment):
    return appointment.participations.get()


def page(participation, name="my_appointment"):
    participation.refresh_from_db()
    return reverse(f"booking_portal:{name}", args=[link_token(participation)])


def opens(client, address, at=NOW):
    with time_machine.travel(at, tick=False):
        response = client.get(address)
    assert (response.status_code, template_of(response)) in {(200, "my_appointment"), (404, "dead_link")}
    return response.status_code == 200


class TestExpiry:
    def test_a_day_after_the_end_to_the_second(self, client, appointment, participation):
        address, end = page(participation), appointment.ends_at + OUTLIVES_THE_APPOINTMENT

        assert opens(client, address, at=appointment.ends_at)
        assert opens(client, address, at=end - timedelta(seconds=1))
        assert not opens(client, address, at=end)

    def test_looking_at_it_prolongs_nothing(self, client, appointment, participation):
        address, end = page(participation), appointment.ends_at + OUTLIVES_THE_APPOINTMENT
        for hours in range(0, 24, 6):
            assert opens(client, address, at=appointment.ends_at + timedelta(hours=hours))

        assert not opens(client, address, at=end)

    def test_counts_from_the_new_end_of_one_that_was_moved(self, client, motif, appointment, participation):
        move_appointment(
            appointment=appointment,
            starts_at=paris(MONDAY + timedelta(days=7), 9),
            location_id=appointment.location_id,
            actor=CITIZEN,
            now=NOW,
        )

        assert opens(client, page(participation), at=paris(MONDAY + timedelta(days=7), 12))

    def test_over_it_shows_what_was_and_changes_nothing(self, client, motif, appointment, participation):
        motif.change_deadline = timedelta(0)
        motif.save()
        with time_machine.travel(appointment.ends_at + timedelta(hours=1), tick=False):
            assert "Ce rendez-vous est passé" in text_of(client.get(page(participation)))
            client.post(page(participation, "my_appointment_cancel"))
            client.post(page(participation, "my_appointment_move"), {"debut": paris(TUESDAY, 9).isoformat()})

        appointment.refresh_from_db()
        assert (appointment.status, appointment.starts_at) == (AppointmentStatus.BOOKED, paris(MONDAY, 11, 30))


class TestReplacement:
    def test_by_a_message_that_is_sent_again(self, client, appointment, participation, organization):
        old = page(participation)
        message = Message.objects.get(participation=participation, kind=Message.Kind.BOOKED)
        Message.objects.update(status=Message.Status.SENT)
        agent = appointment.created_by
        assert opens(client, old)

        again = resend_message(message=message, agent=agent, now=NOW + APART)

        assert not opens(client, old, at=NOW + APART)
        assert page(participation) in again.link
        assert opens(client, page(participation), at=NOW + APART)

    def test_by_a_move_and_the_old_one_cancels_nothing(self, client, appointment, participation):
        old, old_cancel = page(participation), page(participation, "my_appointment_cancel")
        move_appointment(
            appointment=appointment,
            starts_at=paris(MONDAY, 9),
            location_id=appointment.location_id,
            actor=CITIZEN,
            now=NOW,
        )

        assert not opens(client, old)
        with time_machine.travel(NOW, tick=False):
            assert client.post(old_cancel).status_code == 404
        assert Appointment.objects.get().status == AppointmentStatus.BOOKED
        assert opens(client, page(participation))

    def test_of_one_person_leaves_the_links_of_the_others(self, client, motif, appointment, participation):
        other = make_citizen(organization=motif.organization)
        theirs = Participation.objects.create(
            organization=motif.organization,
            territory=motif.organization.territory,
            appointment=appointment,
            citizen=other,
            created_at=NOW,
        )
        Message.objects.update(status=Message.Status.SENT)
        message = Message.objects.get(participation=participation, kind=Message.Kind.BOOKED)

        resend_message(message=message, agent=appointment.created_by, now=NOW + APART)

        assert opens(client, page(theirs), at=NOW + APART)


class TestDeathWithTheAppointment:
    def test_cancelled_it_says_so_and_offers_another(self, client, appointment, participation):
        status = AppointmentStatus.CANCELLED_BY_AGENT
        cancel_appointment(appointment=appointment, status=status, actor=CITIZEN, now=NOW)

        with time_machine.travel(NOW, tick=False):
            text = text_of(client.get(page(participation)))
            for name in ("my_appointment_cancel", "my_appointment_move"):
                client.post(page(participation, name), {"debut": paris(MONDAY, 9).isoformat()})

        assert "annulé par le service" in text
        assert "Prendre un autre rendez-vous" in text
        assert "Déplacer" not in text
        appointment.refresh_from_db()
        assert (appointment.status, appointment.starts_at) == (status, paris(MONDAY, 11, 30))

    def test_cancelled_it_dies_when_the_appointment_would_have(self, client, appointment, participation):
        address = page(participation)
        status = AppointmentStatus.CANCELLED_BY_CITIZEN
        cancel_appointment(appointment=appointment, status=status, actor=CITIZEN, now=NOW)

        assert opens(client, address, at=appointment.ends_at)
        assert not opens(client, address, at=appointment.ends_at + OUTLIVES_THE_APPOINTMENT)

    def test_of_a_workshop_the_same_link_goes_from_the_queue_to_the_seat_and_out(self, client, organization):
        motif = make_motif(organization=organization, is_collective=True)
        workshop = make_workshop(motif=motif, seats=1, starts_at=paris(TUESDAY, 9))
        first, second = (make_participation(workshop=workshop) for _ in range(2))
        address = page(second)
        actor = Actor.of(workshop.created_by)
        status = AppointmentStatus.CANCELLED_BY_CITIZEN

        set_participant_status(participation=first, status=status, actor=actor, now=NOW)
        assert opens(client, address)
        set_participant_status(participation=second, status=status, actor=actor, now=NOW)

        with time_machine.travel(NOW, tick=False):
            assert "Ce rendez-vous est annulé" in text_of(client.get(address))


def test_a_dead_one_leads_to_all_of_ones_appointments(client, participation):
    address = page(participation)
    Participation.objects.update(link_version=9)

    answer = client.get(address)

    assert answer.status_code == 404
    text = text_of(answer)
    assert participation.citizen.first_name not in text
    territory = participation.appointment.organization.territory
    assert reverse("booking_portal:my_appointments", args=[territory.slug]) in text
