"""Seats of workshops: taken once, never more than there are, and a queue that moves up in its order."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from notifications.models import Message
from scheduling.exceptions import AppointmentFull, AppointmentNotChangeable, WorkshopRefused
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus, Participation
from scheduling.services.appointment_resumption import resume_appointment
from scheduling.services.appointments import cancel_appointment, record_outcome
from scheduling.services.participants import remove_participant, set_participant_status
from scheduling.services.registrations import all_present
from scheduling.services.seats import give_seat
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_organization,
    make_participation,
    make_workshop,
    paris,
)
from tests.scheduling.workshops import agent_of, change, seats_of, statuses_of

pytestmark = pytest.mark.django_db

BEGUN = paris(MONDAY, 9, 30)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def workshop(organization):
    """Monday 9 h, two seats."""
    return make_workshop(organization=organization, seats=2)


def register(workshop, *, may_wait=True, now=NOW, **fields):
    return make_participation(workshop=workshop, may_wait=may_wait, now=now, **fields)


def leave(participation, *, now=NOW, status=AppointmentStatus.CANCELLED_BY_CITIZEN):
    actor = agent_of(participation.appointment)
    return set_participant_status(participation=participation, status=status, actor=actor, now=now)


def say(participation, status):
    return leave(participation, status=status, now=BEGUN)


def told(participation):
    return list(Message.objects.filter(participation=participation).order_by("pk").values_list("kind", flat=True))


class TestTheDatabase:
    """Whoever bypasses the services."""

    def test_has_no_seat_above_those_there_are(self, workshop):
        first = register(workshop)

        with pytest.raises(IntegrityError, match="no seat"), transaction.atomic():
            Participation.objects.filter(pk=first.pk).update(seat=3)

    def test_gives_no_seat_twice(self, workshop):
        register(workshop)
        second = register(workshop)

        with pytest.raises(IntegrityError, match="participation_seat_taken_once"), transaction.atomic():
            Participation.objects.filter(pk=second.pk).update(seat=1)

    def test_registers_nobody_without_a_seat(self, workshop):
        waiting = [register(workshop) for _ in range(3)][2]

        with pytest.raises(IntegrityError), transaction.atomic():
            Participation.objects.filter(pk=waiting.pk).update(waiting_since=None)

    def test_does_not_say_of_who_waits_that_they_came(self, workshop):
        waiting = [register(workshop) for _ in range(3)][2]

        with pytest.raises(IntegrityError), transaction.atomic():
            Participation.objects.filter(pk=waiting.pk).update(status=AppointmentStatus.FULFILLED)

    def test_takes_back_the_seat_of_who_leaves(self, workshop):
        first = register(workshop)

        Participation.objects.filter(pk=first.pk).update(status=AppointmentStatus.CANCELLED_BY_CITIZEN, left_at=NOW)

        first.refresh_from_db()
        assert first.seat is None

    def test_does_not_go_below_the_seats_that_are_taken(self, workshop):
        [register(workshop) for _ in range(2)]

        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.filter(pk=workshop.pk).update(seats=1)

    def test_makes_no_workshop_of_another_appointment_nor_the_reverse(self, workshop):
        other = make_appointment()

        for appointment, seats in ((other, 3), (workshop, None)):
            with pytest.raises(IntegrityError), transaction.atomic():
                Appointment.objects.filter(pk=appointment.pk).update(seats=seats)

    def test_has_no_seat_for_an_appointment_without_any(self):
        participation = make_appointment().participations.get()

        with pytest.raises(IntegrityError), transaction.atomic():
            Participation.objects.filter(pk=participation.pk).update(seat=1)


class TestRegistering:
    def test_takes_the_first_free_seat(self, workshop):
        first = register(workshop)
        register(workshop)
        leave(first)
        third = register(workshop)

        assert third.seat == 1

    def test_is_refused_when_it_is_full_and_nobody_is_to_wait(self, workshop):
        [register(workshop) for _ in range(2)]

        with pytest.raises(AppointmentFull):
            register(workshop, may_wait=False)

        assert workshop.participations.count() == 2

    def test_puts_who_comes_too_late_in_a_queue(self, workshop):
        people = [register(workshop) for _ in range(4)]

        assert seats_of(workshop) == {1: people[0], 2: people[1]}
        assert list(workshop.participations.waiting()) == people[2:]
        assert told(people[2]) == [Message.Kind.WAITING]

    def test_queues_by_the_order_of_coming_whatever_the_clocks_say(self, workshop):
        [register(workshop) for _ in range(2)]
        first = register(workshop, now=NOW + timedelta(seconds=5))
        second = register(workshop, now=NOW)

        assert list(workshop.participations.waiting()) == [first, second]

    def test_of_somebody_who_left_and_comes_back_is_at_the_end(self, workshop):
        [register(workshop) for _ in range(2)]
        first, second = register(workshop), register(workshop)
        leave(first)

        again = register(workshop, citizen=first.citizen)

        assert again.pk == first.pk
        assert list(workshop.participations.waiting()) == [second, again]

    def test_tells_who_is_registered(self, workshop):
        assert told(register(workshop)) == [Message.Kind.BOOKED]


class TestLeaving:
    def test_lets_the_first_of_the_queue_move_up_and_tells_them(self, workshop):
        people = [register(workshop) for _ in range(4)]

        leave(people[0])

        assert seats_of(workshop) == {1: people[2], 2: people[1]}
        assert list(workshop.participations.waiting()) == people[3:]
        assert told(people[2]) == [Message.Kind.WAITING, Message.Kind.SEATED]
        assert told(people[0]) == [Message.Kind.BOOKED, Message.Kind.CANCELLED_BY_CITIZEN]
        assert told(people[3]) == [Message.Kind.WAITING]

    def test_by_a_mistake_that_is_taken_back_does_the_same(self, workshop):
        people = [register(workshop) for _ in range(3)]

        remove_participant(participation=people[1], actor=agent_of(workshop), now=NOW)

        assert seats_of(workshop) == {1: people[0], 2: people[2]}

    def test_the_queue_frees_no_seat_and_is_told_in_other_words(self, workshop):
        people = [register(workshop) for _ in range(4)]

        leave(people[2])

        assert seats_of(workshop) == {1: people[0], 2: people[1]}
        assert list(workshop.participations.waiting()) == people[3:]
        assert told(people[2]) == [Message.Kind.WAITING, Message.Kind.LEFT_QUEUE]

    def test_does_not_cancel_the_workshop_even_of_the_last_one(self, workshop):
        leave(register(workshop))

        workshop.refresh_from_db()
        assert not workshop.is_cancelled

    def test_once_it_has_begun_moves_nobody_up_who_was_not_told(self, workshop):
        people = [register(workshop) for _ in range(3)]

        leave(people[0], now=BEGUN)

        assert list(workshop.participations.waiting()) == people[2:]

    def test_once_it_has_begun_leaves_a_seat_for_who_stands_there(self, workshop):
        people = [register(workshop) for _ in range(4)]
        leave(people[0], now=BEGUN)

        give_seat(participation=people[3], actor=agent_of(workshop), now=BEGUN)

        assert seats_of(workshop) == {1: people[3], 2: people[1]}
        with pytest.raises(AppointmentFull):
            give_seat(participation=people[2], actor=agent_of(workshop), now=BEGUN)


class TestChangingTheSeats:
    def test_to_more_lets_the_queue_move_up_in_its_order(self, workshop):
        people = [register(workshop) for _ in range(5)]

        change(workshop, seats=4)

        assert seats_of(workshop) == dict(enumerate(people[:4], 1))
        assert [Message.Kind.SEATED in told(each) for each in people] == [False, False, True, True, False]

    def test_to_fewer_closes_the_ranks(self, organization):
        workshop = make_workshop(organization=organization, seats=5)
        people = [register(workshop) for _ in range(5)]
        leave(people[0])
        leave(people[2])

        change(workshop, seats=3)

        assert set(seats_of(workshop)) == {1, 2, 3}
        assert set(seats_of(workshop).values()) == {people[1], people[3], people[4]}

    def test_below_those_registered_is_refused_in_numbers(self, workshop):
        [register(workshop) for _ in range(2)]

        with pytest.raises(WorkshopRefused, match="2\u00a0personnes sont inscrites"):
            change(workshop, seats=1)

    @pytest.mark.parametrize("seats", [0, -1, 501, None])
    def test_to_a_number_that_is_none_is_refused(self, workshop, seats):
        with pytest.raises(WorkshopRefused):
            change(workshop, seats=seats)


class TestWhatCameOfIt:
    def test_is_said_of_each_and_not_of_who_waits(self, workshop):
        people = [register(workshop) for _ in range(3)]

        say(people[0], AppointmentStatus.FULFILLED)
        all_present(workshop=workshop, actor=agent_of(workshop), now=BEGUN)

        assert statuses_of(workshop) == ["fulfilled", "fulfilled", "booked"]
        with pytest.raises(AppointmentNotChangeable):
            say(people[2], AppointmentStatus.FULFILLED)

    def test_all_present_leaves_the_absent_absent(self, workshop):
        people = [register(workshop) for _ in range(2)]
        say(people[0], AppointmentStatus.NO_SHOW)

        assert all_present(workshop=workshop, actor=agent_of(workshop), now=BEGUN) == 1
        assert statuses_of(workshop) == ["no_show", "fulfilled"]
        workshop.refresh_from_db()
        assert workshop.status == AppointmentStatus.FULFILLED

    def test_all_present_again_changes_nothing(self, workshop):
        register(workshop)
        all_present(workshop=workshop, actor=agent_of(workshop), now=BEGUN)
        events = AppointmentEvent.objects.count()

        assert all_present(workshop=workshop, actor=agent_of(workshop), now=BEGUN) == 0
        assert AppointmentEvent.objects.count() == events

    def test_is_not_said_before_its_day(self, workshop):
        register(workshop)

        with pytest.raises(AppointmentNotChangeable):
            all_present(workshop=workshop, actor=agent_of(workshop), now=NOW - timedelta(days=1))

    def test_of_the_whole_does_not_touch_who_waits(self, workshop):
        [register(workshop) for _ in range(3)]

        record_outcome(appointment=workshop, status=AppointmentStatus.FULFILLED, actor=agent_of(workshop), now=BEGUN)

        assert statuses_of(workshop) == ["fulfilled", "fulfilled", "booked"]

    def test_of_the_whole_is_said_once_whoever_waits(self, workshop):
        [register(workshop) for _ in range(3)]
        act = {"status": AppointmentStatus.FULFILLED, "actor": agent_of(workshop), "now": BEGUN}
        record_outcome(appointment=workshop, **act)
        said = workshop.events.count()

        record_outcome(appointment=workshop, **act)

        assert workshop.events.count() == said

    def test_nobody_left_expected_and_nobody_came_makes_it_a_no_show_whoever_waits(self, workshop):
        people = [register(workshop) for _ in range(3)]

        for each in people[:2]:
            say(each, AppointmentStatus.NO_SHOW)

        workshop.refresh_from_db()
        assert workshop.status == AppointmentStatus.NO_SHOW


class TestCancelling:
    def test_tells_everybody_registered_and_waiting_and_nobody_who_left(self, workshop):
        people = [register(workshop) for _ in range(4)]
        leave(people[3])

        cancel_appointment(
            appointment=workshop, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=agent_of(workshop), now=NOW
        )

        told_of_it = [Message.Kind.CANCELLED_BY_AGENT in told(each) for each in people]
        assert told_of_it == [True, True, True, False]
        assert not workshop.participations.waiting().exists()

    def test_can_be_taken_back_with_every_seat_and_the_queue_as_they_were(self, workshop):
        people = [register(workshop) for _ in range(3)]
        act = {"appointment": workshop, "actor": agent_of(workshop), "now": NOW}
        cancel_appointment(status=AppointmentStatus.CANCELLED_BY_AGENT, **act)
        Message.objects.all().delete()

        resume_appointment(**act)

        assert seats_of(workshop) == {1: people[0], 2: people[1]}
        assert list(workshop.participations.waiting()) == people[2:]
        assert [told(each) for each in people] == [[Message.Kind.BOOKED], [Message.Kind.BOOKED], [Message.Kind.WAITING]]

    def test_ends_registration(self, workshop):
        actor = agent_of(workshop)
        cancel_appointment(appointment=workshop, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=actor, now=NOW)

        with pytest.raises(AppointmentNotChangeable):
            register(workshop)
