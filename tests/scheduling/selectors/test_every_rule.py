"""Each rule of « Pourquoi aucun créneau ? » once, with the search beside it: what is said to be gone is not offered."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest

from organizations.models import Location, Membership, Motif
from scheduling.engine.explanation import Rule
from scheduling.engine.series import Scope
from scheduling.models import Calendar, Opening
from scheduling.selectors.explanation import explain, explained_calendars
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.holds import take_hold
from scheduling.services.openings import change_opening
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_closure,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db

SPRING = date(2026, 3, 29)


class Day:
    """One calendar with one opening from 9 h to 10 h; the motif lasts 20 minutes: three starts."""

    def __init__(self):
        self.organization = make_organization(open_weekdays=list(range(7)))
        self.motif = make_motif(
            organization=self.organization, duration=timedelta(minutes=20), minimum_delay=timedelta(0)
        )
        self.calendar = make_calendar(organization=self.organization)
        self.day, self.now, self.for_agent, self.persons = MONDAY, NOW, True, 1
        self.referents = []

    def open(self, **fields):
        defaults = {"calendar": self.calendar, "motifs": [self.motif], "end_time": time(10), "first_day": self.day}
        return make_opening(**defaults | fields)

    def change(self, row, **fields):
        type(row).objects.filter(pk=row.pk).update(**fields)
        row.refresh_from_db()

    def explained(self):
        (found,) = explain(
            Demand(self.motif, persons=self.persons),
            [Calendar.objects.for_display().get(pk=self.calendar.pk)],
            membership=Membership.of_territory_admin(make_agent(), self.organization),
            day=self.day,
            now=self.now,
            for_agent=self.for_agent,
            referent_ids=self.referents,
        ).calendars
        return found

    def offered(self):
        """By the search, which for a follow-up asks the calendars of referents only."""
        calendars = (
            [self.calendar.pk] if self.calendar.agent_id in self.referents or not self.motif.is_follow_up else []
        )
        return sorted(
            slot.starts_at
            for slot in offered_slots(
                [Demand(self.motif, persons=self.persons)],
                start=paris(self.day, 0),
                end=paris(self.day + timedelta(days=1), 0),
                now=self.now,
                for_agent=self.for_agent,
                calendar_ids=calendars,
            )
        )


def collective(it):
    it.open()
    it.change(it.motif, is_collective=True)


def archived_motif(it):
    it.open()
    it.change(it.motif, archived_at=NOW)


def no_referent(it):
    it.open()
    it.change(it.motif, is_follow_up=True)


def archived_desk(it):
    desk = make_desk(organization=it.organization)
    it.calendar = desk.calendar
    it.open(location=desk.location)
    it.change(desk, archived_at=NOW)


def other_motif(it):
    it.open(motifs=[make_motif(organization=it.organization)])


def no_place(it):
    Opening.objects.filter(pk=it.open().pk).update(location=None)


def closed_place(it):
    it.change(Location.objects.get(pk=it.open().location_id), closed_at=NOW)


def hidden_place(it):
    it.for_agent = False
    it.open(location=make_location(organization=it.organization, is_visible_on_portal=False))


def closed_day(it):
    it.open()
    make_closure(organization=it.organization, first_day=it.day, last_day=it.day)


def unavailability(it):
    it.open()
    make_unavailability(calendar=it.calendar, organization=it.organization)


def appointment(it):
    it.open()
    long = make_motif(organization=it.organization, duration=timedelta(hours=1))
    make_appointment(motif=long, calendar=it.calendar)


def hold(it):
    it.open(end_time=time(9, 20))
    take_hold(
        demand=Demand(it.motif),
        starts_at=paris(it.day, 9),
        location_id=None,
        visitor_key=uuid4(),
        client_hash="here",
        now=NOW,
    )


def pause(it):
    it.open(start_time=time(9, 30))
    slow = make_motif(organization=it.organization, duration=timedelta(minutes=30), pause=timedelta(minutes=30))
    make_appointment(motif=slow, calendar=it.calendar)


def too_short(it):
    it.open()
    it.persons = 4


def past(it):
    it.open()
    it.now = paris(it.day, 9, 41)


def too_soon(it):
    it.open()
    it.change(it.motif, minimum_delay=timedelta(hours=4), minimum_delay_binds_agents=True)


def too_late(it):
    it.open(rrule="FREQ=DAILY")
    it.day, it.for_agent = TUESDAY, False
    it.change(it.motif, maximum_delay_months=None, maximum_delay=timedelta(days=1))


def excluded_day(it):
    it.open(rrule="FREQ=DAILY", excluded_days=[TUESDAY])
    it.day = TUESDAY


def clock_change(it):
    it.open(first_day=SPRING, start_time=time(2, 15), end_time=time(3, 10))
    it.day = SPRING


CASES = [
    collective,
    archived_motif,
    no_referent,
    archived_desk,
    other_motif,
    no_place,
    closed_place,
    hidden_place,
    closed_day,
    unavailability,
    appointment,
    hold,
    pause,
    too_short,
    past,
    too_soon,
    too_late,
    excluded_day,
    clock_change,
]


def test_no_rule_is_without_a_case():
    assert [case.__name__ for case in CASES] == [rule.value for rule in Rule]


@pytest.mark.parametrize("case", CASES)
def test_a_rule_that_takes_everything_is_named_and_nothing_is_offered(case):
    it = Day()
    case(it)

    found = it.explained()

    named = {reason.rule for shown in found.timelines for piece in shown.timeline.pieces for reason in piece.reasons}
    named |= {absence.rule for absence in found.absences}
    assert named == {Rule(case.__name__)}
    assert found.slots == it.offered() == []


def test_without_any_of_them_every_start_is_offered_and_told():
    it = Day()
    it.open()

    assert it.explained().slots == it.offered() == [paris(MONDAY, 9, minute) for minute in (0, 20, 40)]


@pytest.mark.parametrize(
    ("for_agent", "binds", "starts"),
    [(False, False, 1), (False, True, 1), (True, False, 3), (True, True, 1)],
)
def test_the_minimum_delay_binds_agents_where_the_motif_says_so(for_agent, binds, starts):
    it = Day()
    it.open()
    it.change(it.motif, minimum_delay=timedelta(hours=2, minutes=30), minimum_delay_binds_agents=binds)
    it.for_agent = for_agent

    assert it.explained().slots == it.offered()
    assert len(it.offered()) == starts


def test_no_maximum_delay_binds_agents():
    it = Day()
    it.open(rrule="FREQ=DAILY")
    it.change(it.motif, maximum_delay_months=None, maximum_delay=timedelta(days=1))
    it.day = MONDAY + timedelta(days=400)

    assert it.explained().slots == it.offered()
    assert len(it.offered()) == 3


def test_quotas_take_no_slot():
    it = Day()
    it.open()
    it.change(it.calendar, weekly_allowance=timedelta(minutes=30))

    assert len(it.explained().slots) == len(it.offered()) == 3


def test_a_motif_that_no_opening_carries_has_no_calendar_to_explain():
    it = Day()
    it.open(motifs=[make_motif(organization=it.organization)])
    membership = Membership.of_territory_admin(make_agent(), it.organization)

    assert list(explained_calendars(membership, it.motif, day=MONDAY)) == []
    assert it.explained().next_day is None


class TestAnOccurrenceEditedOnItsOwn:
    @pytest.fixture
    def it(self):
        it = Day()
        it.series = it.open(rrule="FREQ=DAILY")
        it.day = TUESDAY
        return it

    def edit(self, it, **fields):
        fields = {"first_day": TUESDAY, "rrule": ""} | fields
        return change_opening(
            opening=it.series, motifs=[it.motif], now=NOW, scope=Scope.OCCURRENCE, day=TUESDAY, **fields
        )

    def test_is_told_with_its_hours_and_stands_in_the_day(self, it):
        edited = self.edit(it, start_time=time(14), end_time=time(14, 20))

        found = it.explained()

        assert [(absence.opening, absence.rule, absence.instead) for absence in found.absences] == [
            (it.series, Rule.EXCLUDED_DAY, edited)
        ]
        assert found.slots == it.offered() == [paris(TUESDAY, 14)]

    def test_is_told_also_where_it_went_to_another_day(self, it):
        edited = self.edit(it, first_day=MONDAY, start_time=time(14), end_time=time(14, 20))

        found = it.explained()

        assert [absence.instead for absence in found.absences] == [edited]
        assert found.slots == it.offered() == []


def test_motif_kinds_without_a_place_do_not_mind_one():
    it = Day()
    it.open(location=None, motifs=[make_motif(organization=it.organization, location_kind=Motif.LocationKind.PHONE)])
    it.motif = Motif.objects.get(openings__calendar=it.calendar)

    assert it.explained().slots == it.offered()
    assert it.offered()
