"""One appointment on several calendars: all of them or none, whoever else books at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from scheduling.exceptions import SlotTaken
from scheduling.models import Appointment, AppointmentCalendar, AppointmentEvent, Calendar, Conflict, Hold
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.booking import Attendee, Details, book_appointment
from scheduling.services.booking_together import book_together
from scheduling.services.holds import HOLD_LASTS, take_hold
from scheduling.services.nightly import roll_forward
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
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
    return make_motif(organization=make_organization(), duration=timedelta(hours=1), pause=timedelta(minutes=15))


@pytest.fixture
def team(motif):
    """Three calendars, open on Monday from 9 h to 12 h at one place: 9 h, 10 h 15."""
    place = make_location(organization=motif.organization)
    return [make_opening(motifs=[motif], location=place).calendar for _ in range(3)]


def book(motif, calendars, hour=9, minute=0, **arguments):
    agent = make_agent(organization=motif.organization)
    given = {
        "demand": Demand(motif),
        "starts_at": paris(MONDAY, hour, minute),
        "location_id": None,
        "calendar_ids": [calendar.pk for calendar in calendars],
        "actor": Actor.of(agent),
        "details": Details(),
        "now": NOW,
    } | arguments
    if "attendees" not in given:
        given["attendees"] = [Attendee(make_citizen(organization=motif.organization))]
    return book_together(**given)


def drift():
    return roll_forward(calendar_ids=Calendar.objects.values("pk"), now=NOW).drifted


def test_is_one_appointment_that_occupies_them_all(motif, team):
    appointment = book(motif, team[:2])

    assert list(appointment.calendars.order_by("pk")) == team[:2]
    assert (appointment.starts_at, appointment.ends_at) == (paris(MONDAY, 9), paris(MONDAY, 10))
    assert [event.kind for event in appointment.events.all()] == [AppointmentEvent.Kind.BOOKED]
    assert not AppointmentCalendar.objects.filter(is_overlap_confirmed=True).exists()
    assert drift() == 0


def test_stands_in_no_conflict(motif, team):
    book(motif, team)

    assert not Conflict.objects.exists()


@pytest.mark.parametrize("gone", ["booked", "absent", "held", "pause", "no slot", "unknown", "nobody"])
def test_is_nothing_at_all_when_one_is_not_free(motif, team, gone):
    hour = 9
    if gone == "booked":
        make_appointment(motif=motif, calendar=team[1], starts_at=paris(MONDAY, 9))
    elif gone == "absent":
        make_unavailability(calendar=team[1], organization=motif.organization)
    elif gone == "held":
        take_hold(
            demand=Demand(motif),
            starts_at=paris(MONDAY, 9),
            location_id=None,
            calendar_ids=[team[1].pk],
            visitor_key=uuid4(),
            client_hash="here",
            now=NOW,
        )
    elif gone == "pause":
        make_appointment(motif=motif, calendar=team[1], starts_at=paris(MONDAY, 8))
    elif gone == "no slot":
        hour = 11
    elif gone == "unknown":
        team[1].pk = 0
    before = Appointment.objects.count()

    with pytest.raises(SlotTaken):
        book(motif, [] if gone == "nobody" else team, hour)

    assert Appointment.objects.count() == before
    assert drift() == 0


def test_names_the_nearest_that_all_have(motif, team):
    make_appointment(motif=motif, calendar=team[1], starts_at=paris(MONDAY, 9))
    for calendar in team:
        make_opening(calendar=calendar, motifs=[motif], first_day=TUESDAY, location=calendar.openings.get().location)

    with pytest.raises(SlotTaken) as refusal:
        book(motif, team)

    assert [slot.starts_at for slot in refusal.value.nearest] == [
        paris(MONDAY, 10, 15),
        paris(TUESDAY, 9),
        paris(TUESDAY, 10, 15),
    ]


def test_a_hold_that_has_expired_is_no_obstacle(motif, team):
    take_hold(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 9),
        location_id=None,
        calendar_ids=[team[1].pk],
        visitor_key=uuid4(),
        client_hash="here",
        now=NOW,
    )

    later = NOW + HOLD_LASTS
    assert book(motif, team, now=later).calendars.count() == 3
    assert not Hold.objects.exists()


def test_the_same_request_gives_the_same_appointment(motif, team):
    key = uuid4()

    assert book(motif, team, idempotency_key=key) == book(motif, team, 10, 15, idempotency_key=key)
    assert Appointment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def at_once(self, *acts):
        """Each act in a thread of its own, started together, with its own connection."""
        barrier = Barrier(len(acts))

        def run(act):
            try:
                barrier.wait()
                return act()
            except SlotTaken as refusal:
                return refusal
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def booking(self, motif, calendars, **arguments):
        attendees = [Attendee(make_citizen(organization=motif.organization))]
        actor = Actor.of(make_agent(organization=motif.organization))
        return lambda: book(motif, calendars, attendees=attendees, actor=actor, **arguments)

    def test_of_bookings_that_share_one_calendar_one_is_made(self, motif, team):
        """In whatever order the calendars are named: else two would wait for each other."""
        first, shared, last = team
        pairs = [[first, shared], [shared, first], [shared, last], [last, shared]] * 2

        outcomes = self.at_once(*(self.booking(motif, pair) for pair in pairs))

        booked = [outcome for outcome in outcomes if isinstance(outcome, Appointment)]
        assert len(booked) == 1
        assert AppointmentCalendar.objects.count() == 2
        assert drift() == 0

    def test_of_those_that_share_none_all_are_made(self, motif, team):
        fourth = make_opening(motifs=[motif], location=team[0].openings.get().location).calendar

        outcomes = self.at_once(self.booking(motif, team[:2]), self.booking(motif, [team[2], fourth]))

        assert all(isinstance(outcome, Appointment) for outcome in outcomes)

    def test_a_citizen_and_agents_for_several_never_share_a_calendar(self, motif, team):
        citizens = [make_citizen(organization=motif.organization) for _ in range(6)]

        def by_a_citizen(citizen):
            return lambda: book_appointment(
                demand=Demand(motif),
                starts_at=paris(MONDAY, 9),
                location_id=None,
                attendees=[Attendee(citizen)],
                actor=CITIZEN,
                now=NOW,
            )

        self.at_once(
            *(by_a_citizen(citizen) for citizen in citizens), *(self.booking(motif, team[:2]) for _ in range(3))
        )

        taken = list(AppointmentCalendar.objects.values_list("calendar", flat=True).order_by("calendar"))
        assert taken == sorted({calendar.pk for calendar in team})
        for appointment in Appointment.objects.order_by("pk"):
            assert appointment.calendars.count() in (1, 2)
        assert drift() == 0

    def test_a_request_repeated_at_once_gives_one_appointment(self, motif, team):
        key = uuid4()

        outcomes = self.at_once(*[self.booking(motif, team, idempotency_key=key)] * 4)

        assert {outcome.pk for outcome in outcomes} == {Appointment.objects.get().pk}

    def test_an_absence_at_the_same_moment_leaves_no_drift(self, motif, team):
        def is_away():
            make_unavailability(calendar=team[1], organization=motif.organization)

        self.at_once(self.booking(motif, team), is_away)

        assert drift() == 0
