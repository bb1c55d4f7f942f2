"""Many at once, with real threads and connections."""

from concurrent.futures import ThreadPoolExecutor
from datetime import time as wall
from datetime import timedelta
from threading import Barrier, Event, Lock
from time import sleep
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction

from scheduling.engine.intervals import Interval
from scheduling.exceptions import AppointmentNotChangeable, HoldNotProlonged, SlotTaken, TooManyHolds
from scheduling.models import Appointment, AppointmentEvent, Calendar, Hold, Opening
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointments import cancel_appointment, move_appointment
from scheduling.services.booking import Attendee, book_appointment, place_appointment
from scheduling.services.holds import (
    HOLD_LASTS,
    MOST_HOLDS_PER_CLIENT,
    prolong_hold,
    sweep_expired_holds,
    take_hold,
)
from scheduling.services.nightly import roll_forward
from scheduling.services.openings import change_opening, purge_ended_openings
from scheduling.services.recomputation import refresh_stale_calendars
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    make_agent,
    make_citizen,
    make_closure,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count, act):
    """Run `act(n)` in so many threads that start together, each with its own connection; return what each gave."""
    barrier = Barrier(count)

    def run(number):
        try:
            barrier.wait()
            return act(number)
        except SlotTaken as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def drift():
    """How many windows differ from what the core says."""
    return roll_forward(calendar_ids=Calendar.objects.values("pk"), now=NOW).drifted


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


def book(motif, citizen, hour, minute=0, **arguments):
    return book_appointment(
        demand=Demand(motif),
        starts_at=paris(MONDAY, hour, minute),
        location_id=None,
        attendees=[Attendee(citizen)],
        actor=CITIZEN,
        now=NOW,
        **arguments,
    )


def test_two_hundred_clicks_on_one_slot_give_one_appointment_and_199_refusals(motif):
    make_opening(motifs=[motif])
    citizens = [make_citizen(organization=motif.organization) for _ in range(200)]

    outcomes = at_once(200, lambda n: book(motif, citizens[n], 10))

    refusals = [outcome for outcome in outcomes if isinstance(outcome, SlotTaken)]
    assert len(refusals) == 199
    assert all(refusal.nearest[0].starts_at == paris(MONDAY, 9, 30) for refusal in refusals)
    assert Appointment.objects.count() == AppointmentEvent.objects.count() == 1


def test_as_many_citizens_as_free_calendars_are_served_and_no_more(motif):
    location = make_opening(motifs=[motif]).location
    for _ in range(4):
        make_opening(motifs=[motif], location=location)
    citizens = [make_citizen(organization=motif.organization) for _ in range(12)]

    outcomes = at_once(12, lambda n: book(motif, citizens[n], 10))

    booked = [outcome for outcome in outcomes if isinstance(outcome, Appointment)]
    assert len({appointment.calendars.get() for appointment in booked}) == len(booked) == 5


def test_one_request_repeated_at_once_gives_one_appointment(motif):
    location = make_opening(motifs=[motif]).location
    make_opening(motifs=[motif], location=location)
    citizen, key = make_citizen(organization=motif.organization), uuid4()

    outcomes = at_once(8, lambda n: book(motif, citizen, 10, idempotency_key=key))

    assert {outcome.pk for outcome in outcomes} == {Appointment.objects.get().pk}


def test_a_slot_is_held_for_one_visitor_only(motif):
    make_opening(motifs=[motif])

    def hold(number):
        return take_hold(
            demand=Demand(motif),
            starts_at=paris(MONDAY, 10),
            location_id=None,
            visitor_key=uuid4(),
            client_hash=str(number),
            now=NOW,
        )

    outcomes = at_once(10, hold)

    assert len([outcome for outcome in outcomes if isinstance(outcome, Hold)]) == 1
    assert Hold.objects.count() == 1


def test_two_slots_taken_at_once_by_one_visitor_leave_one_hold_and_no_error(motif):
    """Windows of one browser, each on another place: the last request has it, and what it held before is free again."""
    locations = [make_opening(motifs=[motif]).location_id for _ in range(6)]
    visitor = uuid4()

    def hold(number):
        return take_hold(
            demand=Demand(motif),
            starts_at=paris(MONDAY, 9 + number % 3),
            location_id=locations[number],
            visitor_key=visitor,
            client_hash="here",
            now=NOW,
        )

    outcomes = at_once(6, hold)

    assert all(isinstance(outcome, Hold) for outcome in outcomes)
    assert Hold.objects.count() == 1
    assert drift() == 0


def test_an_address_cannot_hold_more_than_its_share_by_asking_at_once(motif):
    locations = [make_opening(motifs=[motif]).location_id for _ in range(MOST_HOLDS_PER_CLIENT + 6)]

    def hold(number):
        try:
            return take_hold(
                demand=Demand(motif),
                starts_at=paris(MONDAY, 9),
                location_id=locations[number],
                visitor_key=uuid4(),
                client_hash="here",
                now=NOW,
            )
        except TooManyHolds as refusal:
            return refusal

    outcomes = at_once(MOST_HOLDS_PER_CLIENT + 6, hold)

    assert sum(isinstance(outcome, TooManyHolds) for outcome in outcomes) == 6
    assert Hold.objects.count() == MOST_HOLDS_PER_CLIENT


def test_a_hold_confirmed_while_it_is_swept_gives_one_appointment(motif):
    """It expires in the very moment: whoever comes first, the slot is booked once and nothing stays hidden."""
    make_opening(motifs=[motif])
    citizen, visitor = make_citizen(organization=motif.organization), uuid4()
    take_hold(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 10),
        location_id=None,
        visitor_key=visitor,
        client_hash="here",
        now=NOW,
    )

    def act(number):
        if number % 2:
            return sweep_expired_holds(now=NOW + HOLD_LASTS)
        return book(motif, citizen, 10, visitor_key=visitor, idempotency_key=visitor)

    at_once(6, act)

    assert Appointment.objects.get().starts_at == paris(MONDAY, 10)
    assert not Hold.objects.exists()
    assert drift() == 0


def test_a_hold_that_is_prolonged_many_times_at_once_is_prolonged_once(motif):
    make_opening(motifs=[motif])
    visitor = uuid4()
    take_hold(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 10),
        location_id=None,
        visitor_key=visitor,
        client_hash="here",
        now=NOW,
    )

    def act(number):
        try:
            return prolong_hold(visitor_key=visitor, now=NOW)
        except HoldNotProlonged as refusal:
            return refusal

    outcomes = at_once(6, act)

    assert sum(isinstance(outcome, Hold) for outcome in outcomes) == 1
    assert Hold.objects.get().expires_at == NOW + 2 * HOLD_LASTS


def test_bookings_moves_and_cancellations_at_once_leave_the_windows_of_the_core(motif):
    """Each thread books, moves and cancels on three calendars: nothing deadlocks, is doubled or drifts."""
    location = make_opening(motifs=[motif]).location
    for _ in range(2):
        make_opening(motifs=[motif], location=location)
    citizens = [make_citizen(organization=motif.organization) for _ in range(9)]
    errors, lock = [], Lock()

    def act(number):
        try:
            appointment = book(motif, citizens[number], 9 + number % 3, 30 * (number % 2))
            if number % 2:
                appointment = move_appointment(
                    appointment=appointment,
                    starts_at=paris(MONDAY, 11, 30),
                    location_id=location.pk,
                    actor=CITIZEN,
                    now=NOW,
                )
            if number % 3 == 0:
                cancel_appointment(
                    appointment=appointment,
                    status=Appointment.Status.CANCELLED_BY_CITIZEN,
                    actor=CITIZEN,
                    now=NOW,
                )
        except OperationalError as error:
            with lock:
                errors.append(error)

    at_once(9, act)

    assert errors == []
    assert drift() == 0


def test_no_search_sees_a_window_that_a_committed_appointment_covers(motif):
    """While one thread books slot after slot, another searches: it never finds what was committed before it asked."""
    make_opening(motifs=[motif])
    citizens = [make_citizen(organization=motif.organization) for _ in range(6)]
    taken = []

    def book_all():
        for number, citizen in enumerate(citizens):
            start = paris(MONDAY, 9) + timedelta(minutes=30 * number)
            book(motif, citizen, start.hour, start.minute)
            taken.append(start)

    def search():
        wrong = []
        while len(taken) < len(citizens):
            known = set(taken)
            offered = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=1), now=NOW)
            wrong += known & {slot.starts_at for slot in offered}
        return wrong

    results = at_once(2, lambda n: search() if n else book_all())

    assert results[1] == []


def test_two_appointments_that_change_places_again_and_again_neither_deadlock_nor_drift(motif):
    """Each thread moves its own appointment to and fro between two calendars, in opposite directions."""
    first = make_opening(motifs=[motif])
    second = make_opening(motifs=[motif], location=first.location)
    calendars = [first.calendar_id, second.calendar_id]
    appointments = [
        book(motif, make_citizen(organization=motif.organization), 9 + number, calendar_ids=[calendars[number]])
        for number in range(2)
    ]

    def act(number):
        for turn in range(6):
            move_appointment(
                appointment=appointments[number],
                starts_at=paris(MONDAY, 9 + number, 30 * ((turn + 1) % 2)),
                location_id=None,
                calendar_ids=[calendars[(number + turn + 1) % 2]],
                actor=CITIZEN,
                now=NOW,
            )

    at_once(2, act)

    assert [list(appointment.calendars.values_list("pk", flat=True)) for appointment in appointments] == [
        [calendar] for calendar in calendars
    ]
    assert drift() == 0


def test_a_cancellation_beside_moves_wins_wherever_the_appointment_is_by_then(motif):
    """It never finds the appointment gone from under its locks: citizens are not told to try again."""
    location = make_opening(motifs=[motif]).location
    for _ in range(3):
        make_opening(motifs=[motif], location=location)
    calendars = list(Calendar.objects.filter(openings__location=location).order_by("pk").values_list("pk", flat=True))
    appointment = book(motif, make_citizen(organization=motif.organization), 9)

    def act(number):
        if number == 0:
            return cancel_appointment(
                appointment=appointment, status=Appointment.Status.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW
            )
        try:
            return move_appointment(
                appointment=appointment,
                starts_at=paris(MONDAY, 9 + number % 3, 30),
                location_id=None,
                calendar_ids=[calendars[number % 4]],
                actor=CITIZEN,
                now=NOW,
            )
        except AppointmentNotChangeable as refusal:
            return refusal

    outcomes = at_once(7, act)

    assert outcomes[0].is_cancelled
    assert Appointment.objects.get().is_cancelled
    assert drift() == 0


def test_openings_closures_nights_and_bookings_at_once_leave_the_windows_of_the_core(motif):
    """Everything that locks, at the same time, on the same three calendars."""
    openings = [make_opening(motifs=[motif])]
    openings += [make_opening(motifs=[motif], location=openings[0].location) for _ in range(2)]
    calendars = [opening.calendar for opening in openings]
    Calendar.objects.filter(pk=calendars[0].pk).update(windows_stale_since=NOW)
    citizens = [make_citizen(organization=motif.organization) for _ in range(12)]

    def act(number):
        kind, calendar = number % 6, calendars[number % 3]
        if kind == 0:
            make_closure(organization=motif.organization, first_day=FRIDAY, last_day=FRIDAY)
        elif kind == 1:
            roll_forward(calendar_ids=[calendar.pk for calendar in calendars], now=NOW)
        elif kind == 2:
            make_unavailability(organization=motif.organization, calendar=calendar, end_time=wall(9, 10))
        elif kind == 3:
            refresh_stale_calendars(now=NOW)
        elif kind == 4:
            change_opening(opening=openings[number % 3], motifs=[motif], end_time=wall(11, number), now=NOW)
        else:
            book(motif, citizens[number], 10)

    at_once(12, act)

    assert not Calendar.objects.filter(windows_stale_since__isnull=False).exists()
    assert drift() == 0


def test_an_opening_that_is_being_prolonged_is_not_purged(motif):
    opening = make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20260309")
    much_later = NOW + timedelta(days=400)
    prolonged, purging = Event(), Event()

    def act(number):
        if number:
            prolonged.wait()
            purging.set()
            return purge_ended_openings(now=much_later)
        with transaction.atomic():
            change_opening(opening=opening, motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO", now=much_later)
            prolonged.set()
            purging.wait()
            sleep(0.3)  # The purge has read what is committed, and waits.
        return None

    at_once(2, act)

    assert Opening.objects.get().last_day is None


def test_the_same_people_booked_at_once_in_another_order_do_not_deadlock(motif):
    calendars = [make_opening(motifs=[motif]).calendar for _ in range(2)]
    agent = Actor.of(make_agent(organization=motif.organization))
    territory = motif.organization.territory

    for hour in range(9, 15):
        people = [make_citizen(territory=territory) for _ in range(6)]

        def place(number, hour=hour, people=people):
            return place_appointment(
                motif=motif,
                period=Interval(paris(MONDAY, hour), paris(MONDAY, hour, 30)),
                calendar_ids=[calendars[number].pk],
                attendees=map(Attendee, people[:: 1 - 2 * number]),
                actor=agent,
                now=NOW,
            )

        at_once(2, place)

    assert Appointment.objects.count() == 12
