"""Two hands on one calendar: of a drag and whatever meets it, one is done and the other told, and nobody is doubled."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from scheduling.engine.intervals import Interval
from scheduling.exceptions import AppointmentChangedMeanwhile, OverlapNotConfirmed, SchedulingError, SlotTaken
from scheduling.models import Appointment
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.agent_booking import place_for_citizen
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.hand_moves import Consent, Destination, move_by_hand, stretch_appointment
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    paris,
)
from tests.scheduling import walks
from tests.scheduling.services.test_crowd import doubled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


@pytest.fixture
def opening(motif):
    return make_opening(motifs=[motif])


@pytest.fixture
def actors(motif):
    return [Actor.of(make_agent(organization=motif.organization)) for _ in range(2)]


def at(hour):
    return Interval(paris(MONDAY, hour), paris(MONDAY, hour, 30))


def together(*acts):
    """Start together, each with its own connection; what each gave, or its refusal."""
    barrier = Barrier(len(acts))

    def run(act):
        try:
            barrier.wait()
            return act()
        except SchedulingError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


def moving(appointment, hour, actor, *, consent=None):
    to = Destination.of(appointment, period=at(hour))
    consent = consent or Consent(sequence=appointment.ics_sequence)
    return lambda: move_by_hand(appointment=appointment, to=to, actor=actor, now=NOW, consent=consent)


def nothing_is_doubled_or_drifts():
    return list(doubled()) == [] and walks.drift(NOW) == (set(), set()) and walks.conflict_drift(NOW) == {}


@pytest.mark.parametrize("_time", range(3))
def test_two_agents_who_drag_the_same_one_move_it_once(motif, opening, actors, _time):
    appointment = make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9))
    seen = [Appointment.objects.get(pk=appointment.pk) for _ in range(2)]

    outcomes = together(moving(seen[0], 10, actors[0]), moving(seen[1], 11, actors[1]))

    assert sum(isinstance(outcome, AppointmentChangedMeanwhile) for outcome in outcomes) == 1
    (moved,) = (outcome for outcome in outcomes if isinstance(outcome, Appointment))
    assert Appointment.objects.get().starts_at == moved.starts_at
    assert appointment.events.filter(kind="moved").count() == 1
    assert nothing_is_doubled_or_drifts()


def test_the_same_drag_sent_twice_moves_once(motif, opening, actors):
    appointment = make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9))
    seen = [Appointment.objects.get(pk=appointment.pk) for _ in range(2)]

    outcomes = together(*(moving(copy, 10, actors[0]) for copy in seen))

    assert all(isinstance(outcome, Appointment) for outcome in outcomes)
    assert appointment.events.filter(kind="moved").count() == 1


@pytest.mark.parametrize("_time", range(3))
def test_a_drag_and_a_citizen_who_want_the_same_time(motif, opening, actors, _time):
    appointment = make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9))
    citizen = make_citizen(organization=motif.organization)

    def books():
        return book_appointment(
            demand=Demand(motif),
            starts_at=paris(MONDAY, 10),
            location_id=opening.location_id,
            attendees=[Attendee(citizen)],
            actor=CITIZEN,
            now=NOW,
        )

    outcomes = together(moving(appointment, 10, actors[0]), books)

    refusals = [outcome for outcome in outcomes if isinstance(outcome, SchedulingError)]
    assert [type(refusal) for refusal in refusals] in ([OverlapNotConfirmed], [SlotTaken])
    assert Appointment.objects.filter(starts_at=paris(MONDAY, 10)).count() == 1
    assert nothing_is_doubled_or_drifts()


def test_one_is_stretched_over_the_time_that_another_is_dragged_to(motif, opening, actors):
    first = make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9))
    second = make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 11))

    def stretches():
        return stretch_appointment(appointment=first, ends_at=paris(MONDAY, 10, 15), actor=actors[0], now=NOW)

    outcomes = together(stretches, moving(second, 10, actors[1]))

    assert sum(isinstance(outcome, OverlapNotConfirmed) for outcome in outcomes) == 1
    assert nothing_is_doubled_or_drifts()


def test_two_columns_exchanged_at_once_do_not_deadlock(motif, opening, actors):
    other = make_opening(motifs=[motif]).calendar
    here, there = opening.calendar_id, other.pk
    for hour in (9, 10, 11):
        first = make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, hour))
        second = make_appointment(motif=motif, calendar=other, starts_at=paris(MONDAY, hour, 30))

        def crossing(appointment, calendar_id, actor):
            to = Destination.of(appointment, calendar_ids=[calendar_id])
            return lambda: move_by_hand(appointment=appointment, to=to, actor=actor, now=NOW)

        outcomes = together(crossing(first, there, actors[0]), crossing(second, here, actors[1]))
        assert all(isinstance(outcome, Appointment) for outcome in outcomes)
    assert nothing_is_doubled_or_drifts()


def test_placing_sent_twice_makes_one_appointment_and_one_record(motif, opening, actors):
    key = uuid4()

    def places():
        return place_for_citizen(
            demand=Demand(motif),
            period=at(9),
            location_id=opening.location_id,
            calendar_ids=[opening.calendar_id],
            overlaps_seen=(),
            actor=actors[0],
            details={},
            notifications={},
            idempotency_key=key,
            record={"first_name": "Fatima", "last_name": "Benali", "email": "", "phone": "", "birth_date": None},
            now=NOW,
        )

    outcomes = together(places, places)

    assert outcomes[0] == outcomes[1] == Appointment.objects.get()
    assert Appointment.objects.get().participations.get().citizen.last_name == "Benali"
