"""Many decisions at once: each carried out for itself, none twice, whoever else decides or books meanwhile."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from scheduling.exceptions import AppointmentNotChangeable, ConflictSettled, SlotTaken, TooBusy
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus, Calendar, Conflict
from scheduling.selectors.open_conflicts import unsettled_appointments
from scheduling.selectors.proposals import Kind, proposals_for
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.conflict_settling import Act, Decision, settle
from scheduling.services.locks import lock_calendars
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

pytestmark = pytest.mark.django_db(transaction=True)


class Case:
    """Alice is away on Tuesday morning over six RDVs; Karim receives then, Alice on every other day."""

    def __init__(self):
        self.organization = make_organization()
        self.motif = make_motif(organization=self.organization)
        self.location = make_location(organization=self.organization)
        self.alice, self.karim = (make_agent(organization=self.organization, is_front_desk=True) for _ in range(2))
        self.membership = self.alice.memberships.select_related("organization__territory").get()
        for agent, rrule in ((self.alice, "FREQ=DAILY"), (self.karim, "")):
            make_opening(
                calendar=agent.calendar,
                motifs=[self.motif],
                location=self.location,
                first_day=MONDAY if rrule else TUESDAY,
                start_time=time(9),
                end_time=time(12),
                rrule=rrule,
            )
        for half in range(6):
            make_appointment(
                motif=self.motif,
                calendar=self.alice.calendar,
                location=self.location,
                starts_at=paris(TUESDAY, 9 + half // 2, 30 * (half % 2)),
            )
        make_unavailability(calendar=self.alice.calendar, organization=self.organization, first_day=TUESDAY)

    @property
    def open(self):
        return list(unsettled_appointments(self.membership, now=NOW))

    def decisions(self, *wanted):
        """One for each open RDV: of its kind of move, or an act."""
        proposals = proposals_for(self.open, membership=self.membership, now=NOW)
        return [self.decision(row, want, proposals) for row, want in zip(self.open, wanted, strict=False)]

    def decision(self, row, want, proposals):
        if want in list(Act):
            return Decision(row, want, row.ics_sequence)
        proposal = proposals[row.pk][want]
        return Decision(row, Act.MOVE, row.ics_sequence, proposal.calendar.pk, proposal.starts_at)


@pytest.fixture
def case():
    return Case()


@pytest.fixture
def actor(case):
    return Actor.of(case.alice)


def refusals(outcomes):
    return [type(refusal) for _, refusal in outcomes]


def drift():
    return roll_forward(calendar_ids=Calendar.objects.values("pk"), now=NOW).drifted


def test_each_is_carried_out_as_decided(case, actor):
    first, second, third = case.decisions(Kind.COLLEAGUE, Act.UNSCHEDULE, Act.KEEP)

    assert refusals(settle(decisions=[first, second, third], actor=actor, now=NOW)) == [type(None)] * 3
    moved, cancelled, kept = (Appointment.objects.get(pk=of.appointment.pk) for of in (first, second, third))
    assert (moved.starts_at, moved.calendars.get()) == (first.starts_at, case.karim.calendar)
    assert cancelled.status == AppointmentStatus.UNSCHEDULED
    assert Conflict.objects.get(appointment_calendar__appointment=kept).kept_by == case.alice
    assert len(case.open) == 3


def test_the_same_decisions_again_change_nothing_twice(case, actor):
    decisions = case.decisions(Kind.COLLEAGUE, Kind.SAME_CALENDAR, Act.UNSCHEDULE, Act.KEEP)
    settle(decisions=decisions, actor=actor, now=NOW)
    events = AppointmentEvent.objects.count()

    assert refusals(settle(decisions=decisions, actor=actor, now=NOW)) == [ConflictSettled] * 4
    assert AppointmentEvent.objects.count() == events


def test_all_that_is_proposed_can_be_taken_from_the_last_to_the_first(case, actor):
    wanted = [Kind.COLLEAGUE, Kind.SAME_CALENDAR] * 3

    outcomes = settle(decisions=reversed(case.decisions(*wanted)), actor=actor, now=NOW)

    assert refusals(outcomes) == [type(None)] * 6
    assert case.open == []
    assert drift() == 0


def test_a_slot_that_is_taken_leaves_its_rdv_open_and_the_others_done(case, actor):
    decisions = case.decisions(*[Kind.COLLEAGUE] * 6)
    book(case, decisions[1].starts_at, case.karim)

    outcomes = settle(decisions=decisions, actor=actor, now=NOW)

    assert refusals(outcomes) == [type(None), SlotTaken, *[type(None)] * 4]
    assert case.open == [decisions[1].appointment]


def test_an_rdv_that_has_begun_is_left_as_it_is(case, actor):
    decisions = case.decisions(Act.UNSCHEDULE)

    outcomes = settle(decisions=decisions, actor=actor, now=paris(TUESDAY, 9))

    assert refusals(outcomes) == [AppointmentNotChangeable]
    assert Appointment.objects.get(pk=decisions[0].appointment.pk).status == AppointmentStatus.BOOKED


def test_an_old_decision_does_not_move_an_rdv_that_has_a_new_conflict_since(case, actor):
    (old,) = case.decisions(Kind.SAME_CALENDAR)
    (moved,) = case.decisions(Kind.COLLEAGUE)
    settle(decisions=[moved], actor=actor, now=NOW)
    make_unavailability(calendar=case.karim.calendar, organization=case.organization, first_day=TUESDAY)

    assert refusals(settle(decisions=[old], actor=actor, now=NOW)) == [ConflictSettled]


def at_once(*acts):
    barrier = Barrier(len(acts))

    def run(act):
        try:
            barrier.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


def test_who_waits_too_long_for_a_calendar_is_told_so_and_of_what_was_done(case, actor):
    first, second, third = case.decisions(Act.UNSCHEDULE, Kind.COLLEAGUE, Kind.COLLEAGUE)
    karim_is_held, karim_may_go = Event(), Event()

    def hold_karim():
        try:
            with transaction.atomic():
                lock_calendars([case.karim.calendar.pk])
                karim_is_held.set()
                assert karim_may_go.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(hold_karim)
        assert karim_is_held.wait(20)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        outcomes = settle(decisions=[first, second, third], actor=actor, now=NOW)
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        karim_may_go.set()
        holder.result(20)

    assert refusals(outcomes) == [type(None), TooBusy, TooBusy]
    assert Appointment.objects.get(pk=first.appointment.pk).status == AppointmentStatus.UNSCHEDULED
    assert [row.pk for row in case.open[:2]] == [second.appointment.pk, third.appointment.pk]


def test_two_agents_who_settle_the_same_screen_at_once_settle_each_rdv_once(case):
    ours = case.decisions(*[Kind.COLLEAGUE] * 6)
    theirs = list(reversed(case.decisions(*[Kind.SAME_CALENDAR, Act.UNSCHEDULE] * 3)))
    before = AppointmentEvent.objects.count()

    first, second = at_once(
        lambda: settle(decisions=ours, actor=Actor.of(case.alice), now=NOW),
        lambda: settle(decisions=theirs, actor=Actor.of(case.karim), now=NOW),
    )

    done = Counter(decision.appointment.pk for decision, refusal in [*first, *second] if refusal is None)
    assert set(done.values()) == {1}
    assert len(done) == 6
    assert AppointmentEvent.objects.count() == before + 6
    assert {
        refusal for _, refusal in [*first, *second] if refusal is not None and type(refusal) is not ConflictSettled
    } == set()
    assert case.open == []
    assert drift() == 0


def test_citizens_who_book_the_proposed_slots_meanwhile_never_share_them(case):
    decisions = case.decisions(*[Kind.COLLEAGUE] * 6)
    citizens = {decision: make_citizen(organization=case.organization) for decision in decisions}

    def book_them_all():
        return [attempt(case, decision.starts_at, citizens[decision]) for decision in reversed(decisions)]

    outcomes, booked = at_once(lambda: settle(decisions=decisions, actor=Actor.of(case.alice), now=NOW), book_them_all)

    moved = [decision for decision, refusal in outcomes if refusal is None]
    assert len(moved) + sum(booked) == 6
    assert set(refusals(outcomes)) <= {type(None), SlotTaken}
    assert len(case.open) == sum(booked)
    assert drift() == 0


def attempt(case, starts_at, citizen):
    try:
        book(case, starts_at, case.karim, citizen)
    except SlotTaken:
        return False
    return True


def book(case, starts_at, agent, citizen=None):
    return book_appointment(
        demand=Demand(case.motif),
        starts_at=starts_at,
        location_id=case.location.pk,
        calendar_ids=[agent.calendar.pk],
        attendees=[Attendee(citizen or make_citizen(organization=case.organization))],
        actor=CITIZEN,
        now=NOW,
    )


def test_a_follow_up_is_proposed_to_referents_only(case, django_assert_num_queries):
    case.motif.is_follow_up = True
    case.motif.save()
    rows = first, *others = case.open
    first.participations.get().citizen.referents.add(case.karim)
    with django_assert_num_queries(5):
        found = proposals_for(rows, membership=case.membership, now=NOW)

    assert found[first.pk].keys() == {Kind.COLLEAGUE, Kind.SAME_CALENDAR}
    assert all(found[row.pk].keys() == {Kind.SAME_CALENDAR} for row in others)


def test_proposals_are_asked_in_as_many_queries_for_six_as_for_one(case, django_assert_num_queries):
    rows = case.open
    with django_assert_num_queries(4):
        proposals_for(rows[:1], membership=case.membership, now=NOW)
    with django_assert_num_queries(4):
        found = proposals_for(rows, membership=case.membership, now=NOW)

    assert all(kinds.keys() == {Kind.COLLEAGUE, Kind.SAME_CALENDAR} for kinds in found.values())


def test_a_proposal_is_never_further_than_six_weeks_after_the_rdv(case):
    for week in range(7):
        make_unavailability(
            calendar=case.alice.calendar,
            organization=case.organization,
            first_day=MONDAY + timedelta(days=7 * week),
            days_spanned=6,
            end_time=time(23),
        )
    found = proposals_for(case.open, membership=case.membership, now=NOW)

    assert all(Kind.SAME_CALENDAR not in kinds for kinds in found.values())
