"""From openings, absences and RDVs of several calendars to the slots of a motif, all of it minute by minute."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.fair_choice import Load, choose
from scheduling.engine.intervals import Interval
from scheduling.engine.openings import OpeningRule, busy_intervals
from scheduling.engine.recurrence import Recurrence
from scheduling.engine.slots import bookable_starts
from scheduling.engine.wall_clock import MIDNIGHT, day_interval, local_day, to_instant
from scheduling.engine.windows import windows
from tests.scheduling.engine import brute_force
from tests.scheduling.engine.brute_force import MINUTE
from tests.scheduling.engine.strategies import (
    LONGEST_ABSENCE,
    busy_spans,
    days_in,
    opening_rules,
    unavailability_rules,
    zones,
)

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)


class Office:
    """Up to three calendars that share a motif, around one day; the zone of the motif and another."""

    def __init__(self, draw):
        self.zone = draw(zones)
        self.day = draw(days_in(self.zone))
        both = st.sampled_from([self.zone, draw(zones)])
        # Two calendars with one opening in common, or nearly nothing would ever be free at the same start.
        shared = draw(opening_rules(self.zone, self.day))
        numbers = range(1, draw(st.integers(1, 3)) + 1)
        self.openings = {number: [shared, draw(opening_rules(draw(both), self.day, number + 1))] for number in numbers}
        self.absences = {
            number: [draw(unavailability_rules(draw(both), self.day)) for _ in range(draw(st.integers(0, 1)))]
            for number in numbers
        }
        self.appointments = {number: draw(busy_spans(self.day, self.zone, most=2)) for number in numbers}
        closed = st.frozensets(st.integers(-1, 1).map(lambda offset: self.day + timedelta(days=offset)), max_size=1)
        self.closed = {1: draw(closed), 2: draw(closed)}
        self.pause = MINUTE * draw(st.sampled_from([0, 5, 20]))
        self.duration = MINUTE * draw(st.sampled_from([10, 30, 45, 200]))
        self.asked = self.duration * draw(st.integers(1, 2))
        noon = datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)
        self.not_before = noon + timedelta(hours=draw(st.integers(-40, 12)), seconds=draw(st.sampled_from([0, 1])))
        self.not_after = self.not_before + timedelta(hours=draw(st.integers(0, 60)))

    def free_calendars(self):
        """start → the calendars free then, by the engine."""
        around = Interval(
            day_interval(self.day - 2 * DAY, self.zone).start, day_interval(self.day + 2 * DAY, PARIS).end
        )
        around = Interval(around.start - DAY, around.end + DAY)
        free = {}
        for number, rules in self.openings.items():
            busy = [Interval(start, end + self.pause) for start, end in in_utc(self.appointments[number])]
            for rule in self.absences[number]:
                busy += busy_intervals(rule, around)
            found = windows(
                rules, first_day=self.day - DAY, last_day=self.day + DAY, busy=busy, closed_days=self.closed
            )
            for window in found:
                for start in bookable_starts(
                    window.interval,
                    duration=self.duration,
                    pause=self.pause,
                    asked=self.asked,
                    not_before=self.not_before,
                    not_after=self.not_after,
                ):
                    free.setdefault(start, set()).add(number)
        return free

    def chosen(self, start, numbers):
        day = day_interval(local_day(start, self.zone), self.zone)
        monday = local_day(start, self.zone) - timedelta(days=local_day(start, self.zone).weekday())
        week = (to_instant(monday, MIDNIGHT, self.zone), to_instant(monday + 7 * DAY, MIDNIGHT, self.zone))
        return choose(
            Load(
                number,
                sum(day.start <= begin < day.end for begin, _ in self.appointments[number]),
                sum(week[0] <= begin < week[1] for begin, _ in self.appointments[number]),
            )
            for number in numbers
        )

    def free_calendars_by_the_minute(self):
        free = {}
        for number, rules in self.openings.items():
            busy = [(start, end + self.pause) for start, end in in_utc(self.appointments[number])]
            for rule in self.absences[number]:
                for day in brute_force.days_of(
                    rule.recurrence, self.day - (LONGEST_ABSENCE + 4) * DAY, self.day + 4 * DAY
                ):
                    span = brute_force.span(day, rule.start_time, rule.end_time, rule.zone, rule.days_spanned)
                    busy += [span] if span else []
            for _, _, start, end in brute_force.free_windows(rules, self.day - DAY, self.day + DAY, busy, self.closed):
                wait = MINUTE * 0
                for minute in brute_force.minutes(start, end):
                    if wait == MINUTE * 0:
                        if minute + self.asked <= end and self.not_before <= minute <= self.not_after:
                            free.setdefault(minute, set()).add(number)
                        wait = self.duration + self.pause
                    wait -= MINUTE
        return free

    def fairest_by_the_calendar(self, start, numbers):
        """Counted on the pages of a calendar: RDVs written on the same day, then in the same ISO week."""
        page = start.astimezone(self.zone).date()
        best = None
        for number in sorted(numbers):
            pages = [begin.astimezone(self.zone).date() for begin, _ in self.appointments[number]]
            of_week = Counter(written.isocalendar()[:2] for written in pages)
            claim = (pages.count(page), of_week[page.isocalendar()[:2]])
            if best is None or claim < best[0]:
                best = (claim, number)
        return best[1]


def in_utc(spans):
    return [(start.astimezone(UTC), end.astimezone(UTC)) for start, end in spans]


@given(st.data())
def test_calendars_free_at_the_same_start_are_one_slot_which_the_fairest_takes(data):
    office = Office(data.draw)

    free = office.free_calendars()

    assert free == office.free_calendars_by_the_minute()
    for start, numbers in free.items():
        assert office.chosen(start, numbers) == office.fairest_by_the_calendar(start, numbers)


def test_the_hour_that_comes_twice_has_its_slots_twice():
    """25 October 2026 in Paris: from 2 h to 3 h the clock takes two hours."""
    day = date(2026, 10, 25)
    night = OpeningRule(1, Recurrence(day), time(2), time(3), PARIS)
    (window,) = windows([night], first_day=day, last_day=day, closed_days={})

    starts = bookable_starts(window.interval, duration=30 * MINUTE, pause=0 * MINUTE, asked=30 * MINUTE)
    assert [f"{start.astimezone(PARIS):%H:%M %Z}" for start in starts] == [
        "02:00 CEST",
        "02:30 CEST",
        "02:00 CET",
        "02:30 CET",
    ]
