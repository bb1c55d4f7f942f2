"""What a worker that was down for six hours does with what it finds: what still holds leaves, the rest stays here."""

from datetime import timedelta

import pytest

from notifications.models import Message
from notifications.quiet_hours import WAITS
from notifications.services.delivery import deliver
from notifications.services.usefulness import BEGUN, CANCELLED, MOVED, RESUMED, SEATED, TOO_LATE
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointment_resumption import resume_appointment
from scheduling.services.appointments import cancel_appointment, move_appointment, record_outcome
from scheduling.services.events import record_event
from scheduling.services.participants import set_participant_status
from scheduling.services.visits import receive
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_motif,
    make_opening,
    make_participation,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

Kind, Status = Message.Kind, AppointmentStatus
SIX_HOURS = timedelta(hours=6)
LATE = NOW + SIX_HOURS  # Monday, 13 h.
SENT = "sent"


@pytest.fixture
def appointment():
    """On Tuesday at nine, where Wednesday is open too; nothing of it has left."""
    motif = make_motif()
    calendar = make_calendar(organization=motif.organization)
    opening = make_opening(calendar=calendar, motifs=[motif], first_day=TUESDAY)
    make_opening(calendar=calendar, motifs=[motif], first_day=WEDNESDAY, location=opening.location)
    return make_appointment(motif=motif, calendar=calendar, location=opening.location, starts_at=paris(TUESDAY, 9))


def move(appointment, starts_at, *, now=NOW):
    appointment.refresh_from_db()
    move_appointment(
        appointment=appointment, starts_at=starts_at, location_id=appointment.location_id, actor=CITIZEN, now=now
    )


def cancel(appointment, status=Status.CANCELLED_BY_CITIZEN, *, now=NOW):
    appointment.refresh_from_db()
    cancel_appointment(appointment=appointment, status=status, actor=CITIZEN, now=now)


def found(now, *, audience=Message.Audience.CITIZEN):
    """Every message, as it stands once the worker has come to it: SENT, or why it stayed here."""
    outcome = []
    for message in Message.objects.filter(audience=audience).order_by("pk"):
        deliver(message_id=message.pk, now=now)
        message.refresh_from_db()
        outcome.append((message.kind, message.error if message.status == Message.Status.DROPPED else message.status))
    return outcome


class TestSixHoursLate:
    def test_what_holds_is_sent(self, appointment):
        assert found(LATE) == [(Kind.BOOKED, SENT)]

    def test_not_a_creation_once_it_has_begun(self, appointment):
        assert found(paris(TUESDAY, 9)) == [(Kind.BOOKED, BEGUN)]

    def test_nor_of_what_was_cancelled_meanwhile_but_the_cancellation(self, appointment):
        cancel(appointment)
        assert found(LATE) == [(Kind.BOOKED, CANCELLED), (Kind.CANCELLED_BY_CITIZEN, SENT)]

    def test_of_a_moved_one_the_move_alone(self, appointment):
        move(appointment, paris(WEDNESDAY, 9))
        assert found(LATE) == [(Kind.BOOKED, MOVED), (Kind.MOVED, SENT)]

    def test_of_two_moves_the_last(self, appointment):
        move(appointment, paris(WEDNESDAY, 9))
        move(appointment, paris(WEDNESDAY, 11))
        assert found(LATE) == [(Kind.BOOKED, MOVED), (Kind.MOVED, MOVED), (Kind.MOVED, SENT)]

    def test_of_a_move_and_a_cancellation_the_cancellation(self, appointment):
        move(appointment, paris(WEDNESDAY, 9))
        cancel(appointment)
        assert found(LATE)[1:] == [(Kind.MOVED, CANCELLED), (Kind.CANCELLED_BY_CITIZEN, SENT)]

    def test_not_a_move_once_the_new_time_has_begun(self, appointment):
        move(appointment, paris(TUESDAY, 11))
        assert found(paris(TUESDAY, 11)) == [(Kind.BOOKED, BEGUN), (Kind.MOVED, BEGUN)]

    def test_a_move_to_later_although_the_old_time_is_past(self, appointment):
        move(appointment, paris(WEDNESDAY, 9))
        assert found(paris(TUESDAY, 10)) == [(Kind.BOOKED, BEGUN), (Kind.MOVED, SENT)]

    @pytest.mark.parametrize("status", [Status.CANCELLED_BY_AGENT, Status.UNSCHEDULED, Status.CANCELLED_BY_CITIZEN])
    def test_not_a_cancellation_once_its_hour_is_past(self, appointment, status):
        cancel(appointment, status)
        assert found(paris(TUESDAY, 9))[1:] == [(status, TOO_LATE)]

    def test_not_a_cancellation_of_what_was_resumed(self, appointment):
        Message.objects.all().delete()
        cancel(appointment)
        appointment.refresh_from_db()
        resume_appointment(appointment=appointment, actor=Actor.of(make_agent()), now=NOW)
        assert found(LATE) == [(Kind.CANCELLED_BY_CITIZEN, RESUMED), (Kind.BOOKED, SENT)]

    def test_an_absence_as_long_as_it_stands(self, appointment):
        Message.objects.all().delete()
        agent, after = Actor.of(make_agent()), paris(TUESDAY, 10)
        record_outcome(appointment=appointment, status=Status.NO_SHOW, actor=agent, now=after)
        assert found(after + SIX_HOURS) == [(Kind.NO_SHOW, SENT)]

    def test_not_an_absence_that_was_corrected(self, appointment):
        Message.objects.all().delete()
        agent, after = Actor.of(make_agent()), paris(TUESDAY, 10)
        record_outcome(appointment=appointment, status=Status.NO_SHOW, actor=agent, now=after)
        record_outcome(appointment=appointment, status=Status.FULFILLED, actor=agent, now=after)
        assert found(after + SIX_HOURS) == [(Kind.NO_SHOW, "L'absence avait été corrigée.")]

    @pytest.mark.parametrize(("late", "outcome"), [(timedelta(0), SENT), (timedelta(minutes=31), BEGUN)])
    def test_a_walk_in_until_it_is_over(self, appointment, late, outcome):
        """Registered when it began, for half an hour."""
        Message.objects.all().delete()
        Appointment.objects.update(is_walk_in=True)
        record_event(appointment, AppointmentEvent.Kind.BOOKED, actor=CITIZEN, now=appointment.starts_at)
        assert found(appointment.starts_at + late) == [(Kind.BOOKED, outcome)]

    def test_a_walk_in_who_was_received_later_than_they_came(self, appointment):
        """Its time begins when they are received, which is no move."""
        Message.objects.all().delete()
        came = appointment.starts_at
        Appointment.objects.update(is_walk_in=True, arrived_at=came)
        record_event(appointment, AppointmentEvent.Kind.BOOKED, actor=CITIZEN, now=came)
        appointment.refresh_from_db()
        receive(appointment=appointment, actor=Actor.of(make_agent()), now=came + timedelta(minutes=10))
        appointment.refresh_from_db()
        assert appointment.starts_at > came
        assert found(came + timedelta(minutes=12)) == [(Kind.BOOKED, SENT)]

    def test_what_an_agent_was_to_hear_too(self, appointment):
        move(appointment, paris(WEDNESDAY, 9))
        cancel(appointment)
        assert found(LATE, audience=Message.Audience.AGENT) == [
            (Kind.BOOKED, MOVED),
            (Kind.MOVED, CANCELLED),
            (Kind.CANCELLED_BY_CITIZEN, SENT),
        ]


class TestAgents:
    def test_are_told_of_a_move_although_another_one_followed(self, appointment):
        """Who wants to hear of today and tomorrow alone may not be told of the second."""
        move(appointment, paris(WEDNESDAY, 9))
        move(appointment, paris(WEDNESDAY, 11))
        assert found(LATE, audience=Message.Audience.AGENT)[1:] == [(Kind.MOVED, SENT), (Kind.MOVED, SENT)]

    @pytest.mark.parametrize("now", [LATE, paris(TUESDAY, 12)])
    def test_lose_it_from_their_calendar_wherever_it_went_since(self, appointment, now):
        Message.objects.exclude(audience=Message.Audience.AGENT).delete()
        Message.objects.update(kind=Kind.LEFT_CALENDAR)
        move(appointment, paris(WEDNESDAY, 9))
        assert found(now, audience=Message.Audience.AGENT)[0] == (Kind.LEFT_CALENDAR, SENT)

    def test_nor_does_it_stay_there_once_its_new_time_has_begun(self, appointment):
        Message.objects.update(kind=Kind.LEFT_CALENDAR)
        assert found(paris(TUESDAY, 9), audience=Message.Audience.AGENT) == [(Kind.LEFT_CALENDAR, SENT)]


class TestTheQueueOfAWorkshop:
    @pytest.fixture
    def workshop(self):
        """On Tuesday, with one seat, which is taken; who took it cannot be reached."""
        workshop = make_workshop(seats=1, starts_at=paris(TUESDAY, 9))
        make_participation(workshop=workshop, citizen=make_citizen(organization=workshop.organization, email=""))
        return workshop

    def leave(self, part):
        set_participant_status(participation=part, status=Status.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW)

    def test_who_waits_is_told_late(self, workshop):
        make_participation(workshop=workshop)
        assert found(LATE) == [(Kind.WAITING, SENT)]

    def test_who_has_a_seat_now_is_told_of_the_seat_alone(self, workshop):
        make_participation(workshop=workshop)
        self.leave(workshop.participations.get(seat=1))
        assert found(LATE) == [(Kind.WAITING, SEATED), (Kind.SEATED, SENT)]

    def test_who_gave_the_seat_up_is_told_of_that_alone(self, workshop):
        part = make_participation(workshop=workshop)
        self.leave(workshop.participations.get(seat=1))
        part.refresh_from_db()
        self.leave(part)
        assert found(LATE)[1:] == [(Kind.SEATED, CANCELLED), (Kind.CANCELLED_BY_CITIZEN, SENT)]

    def test_who_left_the_queue_and_came_back_is_told_that_they_wait(self, workshop):
        part = make_participation(workshop=workshop)
        self.leave(part)
        make_participation(workshop=workshop, citizen=part.citizen)
        assert found(LATE)[1:] == [(Kind.LEFT_QUEUE, RESUMED), (Kind.WAITING, SENT)]

    def test_who_waits_is_told_of_a_move(self, workshop):
        make_participation(workshop=workshop)
        Message.objects.all().delete()
        Appointment.objects.update(starts_at=paris(TUESDAY, 14), ends_at=paris(TUESDAY, 15))
        workshop.refresh_from_db()
        record_event(
            workshop, AppointmentEvent.Kind.MOVED, actor=CITIZEN, now=NOW, previous_starts_at=paris(TUESDAY, 9)
        )
        assert found(LATE) == [(Kind.MOVED, SENT)]


class TestInQuietHours:
    """Due by day, found in the evening."""

    @pytest.fixture
    def absence(self, appointment):
        citizen = appointment.participations.get().citizen
        citizen.phone = "+33612345678"
        citizen.save()
        Message.objects.all().delete()
        agent = Actor.of(make_agent())
        record_outcome(appointment=appointment, status=Status.NO_SHOW, actor=agent, now=paris(TUESDAY, 16))
        return Message.objects.get(channel="sms")

    @pytest.mark.parametrize(
        ("found_at", "leaves_at"),
        [
            (paris(TUESDAY, 19, 59), None),
            (paris(TUESDAY, 20), paris(WEDNESDAY, 8)),
            (paris(WEDNESDAY, 7, 59), paris(WEDNESDAY, 8)),
            (paris(WEDNESDAY, 8), None),
        ],
    )
    def test_an_absence_waits_for_the_morning(self, absence, found_at, leaves_at):
        assert deliver(message_id=absence.pk, now=found_at) is (leaves_at is None)

        absence.refresh_from_db()
        if leaves_at:
            assert (absence.status, absence.due_at) == (Message.Status.QUEUED, leaves_at)
            assert deliver(message_id=absence.pk, now=leaves_at) is True

    def test_its_mail_does_not(self, absence):
        mail = Message.objects.get(channel="email")
        assert deliver(message_id=mail.pk, now=paris(TUESDAY, 22)) is True

    def test_nor_an_offer_whose_time_to_answer_runs(self, absence):
        """Quiet hours were thought of when it was made: its first try was refused a minute before them."""
        Message.objects.filter(pk=absence.pk).update(kind=Kind.EARLIER_SLOT, appointment=None)
        assert deliver(message_id=absence.pk, now=paris(TUESDAY, 20, 1)) is True

    @pytest.mark.parametrize("status", [Status.CANCELLED_BY_AGENT, Status.UNSCHEDULED])
    def test_nor_what_is_urgent(self, appointment, status):
        citizen = appointment.participations.get().citizen
        citizen.phone = "+33612345678"
        citizen.save()
        Message.objects.all().delete()
        cancel(appointment, status, now=paris(MONDAY, 15))

        sms = Message.objects.get(channel="sms")
        assert deliver(message_id=sms.pk, now=paris(MONDAY, 23)) is True


def test_of_every_kind_it_is_said_whether_it_waits():
    assert set(WAITS) == set(Kind)
