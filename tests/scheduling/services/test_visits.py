"""The day of an appointment: arrived, received, finished, and back; what is refused, and who wins a race."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from notifications.models import Message
from scheduling.exceptions import AlreadyReceived, AppointmentNotChangeable
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointments import cancel_appointment, move_appointment, record_outcome
from scheduling.services.visits import finish, mark_arrived, receive, withdraw_arrival, withdraw_reception
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_motif,
    make_opening,
    make_organization,
    paris,
)
from tests.scheduling.services.test_races import at_once

Kind, Status = AppointmentEvent.Kind, AppointmentStatus
BEFORE_NINE, AT_NINE, LATER = paris(MONDAY, 8, 50), paris(MONDAY, 9, 5), paris(MONDAY, 9, 30)


@pytest.fixture
def agent(db):
    return make_agent(first_name="Alix", last_name="Durand")


@pytest.fixture
def appointment(agent):
    """Monday at nine."""
    return make_appointment(actor=Actor.of(agent))


@pytest.fixture
def do(agent):
    """`do(act, appointment)` at nine or `at` another moment, by the agent or `by` another."""

    def do(act, appointment, *, at=AT_NINE, by=None, **fields):
        done = act(appointment=appointment, actor=Actor.of(by or agent), now=at, **fields)
        return Appointment.objects.get(pk=done.pk)

    return do


def history(appointment):
    return list(appointment.events.exclude(kind=Kind.BOOKED).order_by("pk").values_list("kind", "actor__last_name"))


def visit(appointment):
    return appointment.arrived_at, appointment.received_at, appointment.finished_at, appointment.received_by


class TestTheWay:
    def test_from_the_door_to_the_end_with_its_instants_its_history_and_no_message(self, appointment, agent, do):
        told = Message.objects.count()

        assert do(mark_arrived, appointment, at=BEFORE_NINE).stage == "arrived"
        assert do(receive, appointment, at=AT_NINE).stage == "in_progress"
        done = do(finish, appointment, at=LATER)

        assert (done.stage, done.status) == ("done", Status.FULFILLED)
        assert visit(done) == (BEFORE_NINE, AT_NINE, LATER, agent)
        assert [kind for kind, _ in history(done)] == [Kind.ARRIVED, Kind.RECEIVED, Kind.FINISHED, Kind.FULFILLED]
        assert {name for _, name in history(done)} == {"Durand"}
        assert Message.objects.count() == told

    def test_goes_back_a_step_at_a_time(self, appointment, do):
        for act in (mark_arrived, receive, finish):
            do(act, appointment)

        back = do(record_outcome, appointment, status=Status.BOOKED)
        assert (back.stage, back.finished_at) == ("in_progress", None)
        assert do(withdraw_reception, appointment).stage == "arrived"
        assert visit(do(withdraw_arrival, appointment)) == (None, None, None, None)
        kinds = [kind for kind, _ in history(appointment)][-3:]
        assert kinds == [Kind.OUTCOME_WITHDRAWN, Kind.RECEPTION_WITHDRAWN, Kind.ARRIVAL_WITHDRAWN]

    def test_of_who_is_called_in_at_once_begins_with_the_arrival(self, appointment, agent, do):
        assert visit(do(receive, appointment)) == (AT_NINE, AT_NINE, None, agent)

    def test_ends_with_honoured_wherever_that_is_said(self, appointment, do):
        do(receive, appointment)

        assert do(record_outcome, appointment, status=Status.FULFILLED, at=LATER).finished_at == LATER

    def test_that_is_completed_on_another_day_has_no_end_that_anybody_saw(self, appointment, do):
        do(receive, appointment)

        completed = do(record_outcome, appointment, status=Status.FULFILLED, at=paris(TUESDAY, 9))

        assert (completed.finished_at, completed.stage) == (None, "")

    @pytest.mark.parametrize("act", [mark_arrived, receive])
    def test_a_second_press_changes_nothing(self, appointment, do, act):
        first = do(act, appointment)

        assert visit(do(act, appointment, at=LATER)) == visit(first)
        assert len(history(appointment)) == 1

    def test_an_arrival_while_one_is_received_changes_nothing(self, appointment, do):
        do(receive, appointment)

        assert do(mark_arrived, appointment).stage == "in_progress"

    def test_a_second_end_changes_nothing(self, appointment, do):
        do(receive, appointment)
        do(finish, appointment)

        assert do(finish, appointment, at=LATER).finished_at == AT_NINE
        assert len(history(appointment)) == 3

    @pytest.mark.parametrize("act", [withdraw_arrival, withdraw_reception])
    def test_there_is_nothing_to_take_back_twice(self, appointment, do, act):
        do(act, appointment)

        assert history(appointment) == []


class TestWhatIsRefused:
    @pytest.mark.parametrize("act", [mark_arrived, withdraw_arrival, receive, withdraw_reception, finish])
    @pytest.mark.parametrize("day", [MONDAY - timedelta(days=1), TUESDAY], ids=["the day before", "the day after"])
    def test_on_another_day(self, appointment, do, act, day):
        with pytest.raises(AppointmentNotChangeable, match="aujourd'hui"):
            do(act, appointment, at=paris(day, 9))

    def test_the_day_is_the_organizations(self, do):
        """It is still Sunday in Martinique when Monday begins in Paris."""
        far = make_appointment(
            organization=make_organization(time_zone_override="America/Martinique"), starts_at=paris(MONDAY, 3)
        )

        assert do(mark_arrived, far, at=paris(MONDAY - timedelta(days=1), 23)).stage == "arrived"
        with pytest.raises(AppointmentNotChangeable):
            do(mark_arrived, far, at=paris(MONDAY, 9))

    @pytest.mark.parametrize("act", [mark_arrived, withdraw_arrival, receive, withdraw_reception, finish])
    def test_for_a_cancelled_one(self, appointment, do, act):
        do(cancel_appointment, appointment, status=Status.CANCELLED_BY_AGENT)

        with pytest.raises(AppointmentNotChangeable, match="annulé"):
            do(act, appointment)

    @pytest.mark.parametrize("act", [mark_arrived, withdraw_arrival, receive, withdraw_reception, finish])
    def test_for_one_with_an_outcome(self, appointment, do, act):
        do(record_outcome, appointment, status=Status.NO_SHOW)

        with pytest.raises(AppointmentNotChangeable, match="résultat"):
            do(act, appointment)

    def test_for_a_collective_one(self, do):
        workshop = make_appointment(motif=make_motif(is_collective=True))

        with pytest.raises(AppointmentNotChangeable, match="participant"):
            do(mark_arrived, workshop)

    def test_an_end_before_the_beginning(self, appointment, do):
        do(mark_arrived, appointment)

        with pytest.raises(AppointmentNotChangeable, match="pas encore reçue"):
            do(finish, appointment)

    def test_taking_an_arrival_back_while_one_is_received(self, appointment, do):
        do(receive, appointment)

        with pytest.raises(AppointmentNotChangeable, match="en attente"):
            do(withdraw_arrival, appointment)

    def test_a_second_desk_is_told_who_was_first(self, appointment, do):
        do(receive, appointment)

        with pytest.raises(AlreadyReceived, match="Alix Durand reçoit déjà cette personne, depuis 9\u00a0h\u00a005"):
            do(receive, appointment, by=make_agent(), at=LATER)


class TestWhatForgetsAnArrival:
    @pytest.mark.parametrize("status", [Status.CANCELLED_BY_CITIZEN, Status.CANCELLED_BY_AGENT, Status.UNSCHEDULED])
    def test_a_cancellation(self, appointment, do, status):
        do(receive, appointment)

        assert visit(do(cancel_appointment, appointment, status=status)) == (None, None, None, None)

    def test_an_absence_which_taken_back_finds_nobody_here(self, appointment, do):
        do(mark_arrived, appointment)
        do(record_outcome, appointment, status=Status.NO_SHOW)

        assert do(record_outcome, appointment, status=Status.BOOKED).stage == ""

    @pytest.mark.parametrize(("days", "stage"), [(0, "arrived"), (1, "")], ids=["of the same day", "to another day"])
    def test_a_move(self, do, days, stage):
        motif = make_motif()
        opening = make_opening(motifs=[motif], rrule="FREQ=DAILY")
        appointment = make_appointment(motif=motif, calendar=opening.calendar, location=opening.location)
        do(mark_arrived, appointment, at=BEFORE_NINE)

        moved = do(
            move_appointment,
            appointment,
            at=BEFORE_NINE,
            starts_at=paris(MONDAY + timedelta(days=days), 10),
            location_id=opening.location_id,
            for_agent=True,
        )

        assert moved.starts_at == paris(MONDAY + timedelta(days=days), 10)
        assert moved.stage == stage

    def test_who_is_being_received_is_not_moved_nor_cancelled_by_the_citizen(self, do):
        motif = make_motif()
        opening = make_opening(motifs=[motif])
        appointment = make_appointment(motif=motif, calendar=opening.calendar, location=opening.location)
        do(receive, appointment, at=BEFORE_NINE)
        (slot, *_) = offered_slots([Demand(motif)], start=LATER, end=paris(MONDAY, 12), now=NOW)

        with pytest.raises(AppointmentNotChangeable, match="en cours"):
            do(
                move_appointment,
                appointment,
                at=BEFORE_NINE,
                starts_at=slot.starts_at,
                location_id=slot.location_id,
                for_agent=True,
            )
        with pytest.raises(AppointmentNotChangeable):
            cancel_appointment(
                appointment=appointment, status=Status.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=BEFORE_NINE
            )


@pytest.mark.parametrize(
    "wrong",
    [
        {"received_at": AT_NINE},
        {"arrived_at": AT_NINE, "received_at": BEFORE_NINE},
        {"arrived_at": AT_NINE, "finished_at": LATER, "status": Status.FULFILLED},
        {"arrived_at": AT_NINE, "received_at": LATER, "finished_at": AT_NINE, "status": Status.FULFILLED},
        {"arrived_at": AT_NINE, "received_at": AT_NINE, "finished_at": LATER},
        {"arrived_at": AT_NINE, "status": Status.NO_SHOW},
        {"arrived_at": AT_NINE, "status": Status.CANCELLED_BY_AGENT},
        {"is_walk_in": True, "status": Status.NO_SHOW},
        {"received_by": 1},
    ],
    ids=str,
)
def test_the_database_knows_the_order_too(appointment, agent, wrong):
    if "received_by" in wrong:
        wrong = {"received_by": agent}
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=appointment.pk).update(**wrong)


@pytest.mark.django_db(transaction=True)
def test_of_two_desks_that_call_the_same_person_one_wins_and_the_other_is_told_who(appointment):
    desks = [make_agent(last_name=name) for name in ("Premier", "Second")]

    def call(number):
        try:
            return receive(appointment=appointment, actor=Actor.of(desks[number]), now=AT_NINE)
        except AlreadyReceived as refusal:
            return refusal

    outcomes = at_once(2, call)

    winner = Appointment.objects.get().received_by
    (refusal,) = (outcome for outcome in outcomes if isinstance(outcome, AlreadyReceived))
    assert str(winner) in refusal.message
    assert AppointmentEvent.objects.filter(kind=Kind.RECEIVED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_press_and_a_cancellation_at_once_leave_nobody_half_received(appointment, agent):
    def press(number):
        act, fields = [(receive, {}), (cancel_appointment, {"status": Status.CANCELLED_BY_AGENT})][number]
        try:
            return act(appointment=appointment, actor=Actor.of(agent), now=AT_NINE, **fields)
        except AppointmentNotChangeable as refusal:
            return refusal

    at_once(2, press)

    assert Appointment.objects.get().is_cancelled
    assert visit(Appointment.objects.get()) == (None, None, None, None)
