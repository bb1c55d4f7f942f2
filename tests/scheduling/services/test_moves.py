from datetime import time, timedelta
from uuid import uuid4

import pytest

from scheduling.exceptions import AppointmentNotChangeable, SlotTaken
from scheduling.models import Appointment, AppointmentCalendar, AppointmentEvent, Calendar, Hold
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointments import cancel_appointment, move_appointment, record_outcome
from scheduling.services.booking import Attendee, book_appointment, place_appointment
from scheduling.services.holds import take_hold
from scheduling.services.nightly import roll_forward
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


@pytest.fixture
def opening(motif):
    return make_opening(motifs=[motif])


@pytest.fixture
def appointment(motif, opening):
    return book_appointment(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 10),
        location_id=opening.location_id,
        attendees=[Attendee(make_citizen(organization=motif.organization))],
        actor=CITIZEN,
        now=NOW,
    )


def move(appointment, hour, minute=0, **arguments):
    return move_appointment(
        **{
            "appointment": appointment,
            "starts_at": paris(MONDAY, hour, minute),
            "location_id": appointment.location_id,
            "actor": CITIZEN,
            "now": NOW,
        }
        | arguments
    )


def starts(motif):
    slots = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=7), now=NOW)
    return [slot.starts_at.astimezone(NOW.tzinfo).strftime("%H:%M") for slot in slots]


def drift():
    return roll_forward(calendar_ids=Calendar.objects.values("pk"), now=NOW).drifted


class TestWhereItAlreadyIs:
    """A second click changes nothing, however the place and the agent are named."""

    @pytest.fixture(params=["as it is", "no place named", "its own agent named"])
    def named(self, request, appointment, opening):
        return {
            "as it is": {},
            "no place named": {"location_id": None},
            "its own agent named": {"calendar_ids": [opening.calendar_id], "for_agent": True},
        }[request.param]

    def test_nothing_changes(self, appointment, named):
        assert move(appointment, 10, **named).ics_sequence == 0
        assert list(AppointmentEvent.objects.values_list("kind", flat=True)) == ["booked"]

    def test_nothing_changes_although_the_row_was_read_before_the_first_click(self, appointment, named):
        read_before = Appointment.objects.get(pk=appointment.pk)
        move(appointment, 11, **named)

        again = move(read_before, 11, **named)

        assert (again.starts_at, again.ics_sequence) == (paris(MONDAY, 11), 1)


def test_another_agent_at_the_same_time_is_a_move(appointment, motif, opening):
    colleague = make_opening(motifs=[motif], location=opening.location).calendar

    moved = move(appointment, 10, calendar_ids=[colleague.pk], for_agent=True)

    assert moved.calendars.get() == colleague
    assert drift() == 0


def test_to_the_visitors_own_hold_uses_it_up(appointment, motif):
    visitor = uuid4()
    take_hold(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 11),
        location_id=None,
        visitor_key=visitor,
        client_hash="here",
        now=NOW,
    )

    assert move(appointment, 11, visitor_key=visitor).starts_at == paris(MONDAY, 11)
    assert not Hold.objects.exists()
    assert drift() == 0


def test_to_somebody_elses_hold_is_refused(appointment, motif):
    take_hold(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 11),
        location_id=None,
        visitor_key=uuid4(),
        client_hash="here",
        now=NOW,
    )

    with pytest.raises(SlotTaken):
        move(appointment, 11, visitor_key=uuid4())


class TestOfSeveralCalendars:
    @pytest.fixture
    def second(self, motif):
        return make_calendar(organization=motif.organization)

    @pytest.fixture
    def appointment(self, motif, opening, second):
        return place_appointment(
            motif=motif,
            period=offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=1), now=NOW)[2].period,
            calendar_ids=[opening.calendar_id, second.pk],
            attendees=[Attendee(make_citizen(organization=motif.organization))],
            actor=Actor.of(make_agent(organization=motif.organization)),
            location_id=opening.location_id,
            now=NOW,
        )

    def test_keeps_them_all(self, appointment, opening, second):
        moved = move(appointment, 11)

        assert set(moved.calendars.order_by("pk")) == {opening.calendar, second}
        assert drift() == 0

    def test_is_refused_where_one_is_absent(self, appointment, motif, second):
        make_unavailability(calendar=second, organization=motif.organization, start_time=time(11))

        with pytest.raises(SlotTaken):
            move(appointment, 11)
        assert Appointment.objects.get().starts_at == paris(MONDAY, 10)

    def test_is_refused_in_the_pause_after_an_appointment_of_one(self, appointment, motif, second):
        slow = make_motif(organization=motif.organization, pause=timedelta(minutes=30))
        make_appointment(motif=slow, calendar=second, starts_at=paris(MONDAY, 10, 30))

        with pytest.raises(SlotTaken):
            move(appointment, 11)

    def test_marks_an_overlap_only_on_the_calendar_that_has_one(self, motif, opening, second):
        make_appointment(motif=motif, calendar=second, starts_at=paris(MONDAY, 9, 15))

        both = place_appointment(
            motif=motif,
            period=offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=1), now=NOW)[0].period,
            calendar_ids=[opening.calendar_id, second.pk],
            attendees=[Attendee(make_citizen(organization=motif.organization))],
            actor=Actor.of(make_agent(organization=motif.organization)),
            location_id=opening.location_id,
            is_overlap_confirmed=True,
            now=NOW,
        )

        marked = AppointmentCalendar.objects.filter(appointment=both, is_overlap_confirmed=True)
        assert marked.get().calendar == second


def test_of_an_overlap_that_was_confirmed_to_a_free_slot_is_no_longer_one(motif, opening):
    make_appointment(motif=motif, calendar=opening.calendar, location=opening.location, starts_at=paris(MONDAY, 9))
    second = make_appointment(
        motif=motif,
        calendar=opening.calendar,
        location=opening.location,
        starts_at=paris(MONDAY, 9),
        is_overlap_confirmed=True,
    )

    move(second, 11)

    assert not AppointmentCalendar.objects.filter(is_overlap_confirmed=True).exists()
    assert starts(motif) == ["09:30", "10:00", "10:30", "11:30"]


class TestIsRefused:
    def test_once_cancelled(self, appointment):
        cancel_appointment(
            appointment=appointment, status=Appointment.Status.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW
        )

        with pytest.raises(AppointmentNotChangeable):
            move(appointment, 11)

    def test_once_begun(self, appointment):
        with pytest.raises(AppointmentNotChangeable):
            move(appointment, 11, now=paris(MONDAY, 10))

    def test_once_it_has_an_outcome(self, appointment, motif):
        agent = Actor.of(make_agent(organization=motif.organization))
        record_outcome(appointment=appointment, status=Appointment.Status.FULFILLED, actor=agent, now=NOW)

        with pytest.raises(AppointmentNotChangeable):
            move(appointment, 11)
        with pytest.raises(AppointmentNotChangeable):
            cancel_appointment(
                appointment=appointment, status=Appointment.Status.CANCELLED_BY_AGENT, actor=agent, now=NOW
            )


def test_between_days_and_calendars_leaves_the_windows_of_the_core(appointment, motif, opening):
    tuesday = make_opening(motifs=[motif], first_day=TUESDAY, location=make_location(organization=motif.organization))

    moved = move(appointment, 9, starts_at=paris(TUESDAY, 9), location_id=tuesday.location_id)

    assert (moved.location_id, moved.calendars.get()) == (tuesday.location_id, tuesday.calendar)
    assert drift() == 0
