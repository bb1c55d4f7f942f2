"""Somebody without an appointment: in the queue at once, beside whatever the calendar holds, and told of nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest

from notifications.models import Message
from notifications.services.reminders import queue_due_reminders
from organizations.models import Citizen
from scheduling.exceptions import AppointmentNotChangeable
from scheduling.models import Appointment, AppointmentCalendar, AppointmentEvent, AppointmentStatus
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import Actor
from scheduling.services.appointment_edits import Edit, edit_appointment
from scheduling.services.appointment_resumption import resume_appointment
from scheduling.services.appointments import cancel_appointment, record_outcome
from scheduling.services.visits import receive, withdraw_arrival
from scheduling.services.walk_ins import register_walk_in
from tests.factories import (
    MONDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_desk,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    paris,
)
from tests.scheduling.services.test_races import at_once
from tests.scheduling.walks import drift

TEN_PAST = paris(MONDAY, 10, 10) + timedelta(seconds=42)
HALF_PAST = paris(MONDAY, 10, 33)


@pytest.fixture
def organization(db):
    return make_organization()


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, duration=timedelta(minutes=20), pause=timedelta(minutes=5))


@pytest.fixture
def desk(motif):
    desk = make_desk(organization=motif.organization, motifs=[motif])
    make_opening(calendar=desk.calendar, motifs=[motif], location=desk.location)
    return desk


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization)


@pytest.fixture
def register(motif, desk, agent):
    def register(*, now=TEN_PAST, **fields):
        given = {
            "demand": Demand(motif),
            "calendar": desk.calendar,
            "location_id": desk.location_id,
            "actor": Actor.of(agent),
            "idempotency_key": uuid4(),
        } | fields
        if "record" not in given and "citizen" not in given:
            given["citizen"] = make_citizen(organization=motif.organization, phone="+33612345678")
        return register_walk_in(now=now, **given)

    return register


def slots_of(motif, now):
    slots = offered_slots([Demand(motif)], start=now, end=paris(MONDAY, 12), now=now, for_agent=True)
    return [slot.starts_at for slot in slots]


class TestTheQueue:
    def test_has_them_at_once_as_arrived_now(self, register, desk, agent):
        walk_in = register()

        assert (walk_in.is_walk_in, walk_in.stage, walk_in.arrived_at) == (True, "arrived", TEN_PAST)
        assert (walk_in.starts_at, walk_in.ends_at) == (paris(MONDAY, 10, 10), paris(MONDAY, 10, 30))
        assert walk_in.calendars.get() == desk.calendar
        assert list(walk_in.events.values_list("kind", "actor")) == [(AppointmentEvent.Kind.BOOKED, agent.pk)]

    def test_is_longer_than_the_calendar_is_free(self, register, motif, desk):
        make_appointment(motif=motif, calendar=desk.calendar, starts_at=paris(MONDAY, 10), location=desk.location)

        people = [register() for _ in range(3)]

        assert AppointmentCalendar.objects.filter(is_overlap_confirmed=True).count() == 3
        assert {walk_in.starts_at for walk_in in people} == {paris(MONDAY, 10, 10)}

    def test_takes_the_length_of_the_option_and_of_everybody_who_came(self, register, motif):
        motif.max_persons = 3
        motif.save()
        option = make_option(motif=motif, duration=timedelta(minutes=15))

        walk_in = register(demand=Demand(motif, option, 3))

        assert walk_in.ends_at - walk_in.starts_at == timedelta(minutes=45)
        assert (walk_in.option, walk_in.persons) == (option, 3)

    def test_takes_somebody_without_a_record(self, register, organization):
        walk_in = register(record={"first_name": "Nadia", "last_name": "Benali", "phone": "", "email": ""})

        assert walk_in.people == "Nadia BENALI"
        assert Citizen.objects.for_organization(organization).filter(last_name="Benali").exists()

    def test_has_them_once_however_often_the_button_is_pressed(self, register):
        key, record = uuid4(), {"first_name": "Nadia", "last_name": "Benali", "phone": "", "email": ""}

        first = register(record=record, idempotency_key=key)

        assert register(record=record, idempotency_key=key) == first
        assert Citizen.objects.filter(last_name="Benali").count() == Appointment.objects.count() == 1


class TestWhenTheyAreReceived:
    def test_their_time_begins(self, register, agent):
        walk_in = receive(appointment=register(), actor=Actor.of(agent), now=HALF_PAST)

        walk_in.refresh_from_db()
        assert (walk_in.starts_at, walk_in.ends_at) == (HALF_PAST, HALF_PAST + timedelta(minutes=20))
        assert walk_in.arrived_at == TEN_PAST
        assert AppointmentCalendar.objects.get().starts_at == HALF_PAST

    def test_even_over_somebody_with_an_appointment(self, register, motif, desk, agent):
        make_appointment(motif=motif, calendar=desk.calendar, starts_at=paris(MONDAY, 10, 30), location=desk.location)

        assert receive(appointment=register(), actor=Actor.of(agent), now=HALF_PAST).stage == "in_progress"

    def test_also_where_their_overlap_was_no_longer_marked(self, register, motif, desk, agent):
        walk_in = register()
        walk_in.appointment_calendars.update(is_overlap_confirmed=False)
        make_appointment(motif=motif, calendar=desk.calendar, starts_at=paris(MONDAY, 10, 30), location=desk.location)

        assert receive(appointment=walk_in, actor=Actor.of(agent), now=HALF_PAST).starts_at == HALF_PAST

    def test_what_they_no_longer_occupy_is_free_again_and_nothing_drifts(self, register, motif, desk, agent):
        before = slots_of(motif, TEN_PAST)
        walk_in = register()
        taken = slots_of(motif, TEN_PAST)
        assert drift(TEN_PAST) == (set(), set())
        assert taken[0] == paris(MONDAY, 10, 35)  # Their twenty minutes and the pause, from the minute they came in.

        receive(appointment=walk_in, actor=Actor.of(agent), now=HALF_PAST)

        assert drift(HALF_PAST) == (set(), set())
        assert slots_of(motif, HALF_PAST)[0] == HALF_PAST + timedelta(minutes=25)
        assert before != taken


class TestWhoIsTold:
    def test_nobody(self, register):
        register()

        assert not Message.objects.exists()

    def test_the_person_where_somebody_asks_for_it(self, register):
        walk_in = register(is_told=True)

        assert {message.kind for message in walk_in.messages.all()} == {Message.Kind.BOOKED}

    def test_they_are_told_once_and_of_nothing_that_is_put_in_order_afterwards(self, register, agent):
        walk_in, act = register(is_told=True), {"actor": Actor.of(agent), "now": HALF_PAST}
        Message.objects.all().delete()

        cancel_appointment(appointment=walk_in, status=AppointmentStatus.CANCELLED_BY_AGENT, **act)
        resume_appointment(appointment=walk_in, is_overlap_confirmed=True, **act)
        walk_in.refresh_from_db()
        edit = Edit(location=None, address="Salle du fond")
        edit_appointment(appointment=walk_in, edit=edit, seen=walk_in.ics_sequence, **act)

        assert not Message.objects.exists()

    def test_nobody_is_reminded_or_told_that_it_moves_or_is_cancelled(self, register, agent):
        walk_in = register()
        for minute in (11, 15):
            queue_due_reminders(now=paris(MONDAY, 10, minute))
        receive(appointment=walk_in, actor=Actor.of(agent), now=HALF_PAST)
        cancel_appointment(
            appointment=walk_in,
            status=AppointmentStatus.CANCELLED_BY_CITIZEN,
            actor=Actor.of(agent),
            now=HALF_PAST,
        )

        assert not Message.objects.exists()


class TestWhatIsRefused:
    def test_an_absence(self, register, agent):
        with pytest.raises(AppointmentNotChangeable, match="repartie"):
            record_outcome(
                appointment=register(), status=AppointmentStatus.NO_SHOW, actor=Actor.of(agent), now=HALF_PAST
            )

    def test_taking_back_the_arrival_that_it_consists_of(self, register, agent):
        with pytest.raises(AppointmentNotChangeable, match="sans rendez-vous"):
            withdraw_arrival(appointment=register(), actor=Actor.of(agent), now=HALF_PAST)


@pytest.mark.django_db(transaction=True)
def test_one_press_sent_twice_at_once_queues_one_person(register):
    key, record = uuid4(), {"first_name": "Nadia", "last_name": "Benali", "phone": "", "email": ""}

    outcomes = at_once(4, lambda n: register(record=record, idempotency_key=key))

    assert {outcome.pk for outcome in outcomes} == {Appointment.objects.get().pk}
    assert Citizen.objects.filter(last_name="Benali").count() == 1


@pytest.mark.django_db(transaction=True)
def test_walk_ins_and_calls_at_once_leave_windows_that_are_right(register, motif, desk, agent):
    waiting = [register() for _ in range(3)]
    citizens = [make_citizen(organization=motif.organization) for _ in range(3)]

    def act(number):
        if number < 3:
            return receive(appointment=waiting[number], actor=Actor.of(agent), now=HALF_PAST)
        return register(citizen=citizens[number - 3], now=HALF_PAST)

    at_once(6, act)

    assert Appointment.objects.count() == 6
    assert drift(HALF_PAST) == (set(), set())
