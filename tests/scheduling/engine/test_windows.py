from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.intervals import Interval
from scheduling.engine.openings import OpeningRule, UnavailabilityRule, busy_intervals, occurrences
from scheduling.engine.recurrence import Recurrence
from scheduling.engine.wall_clock import day_interval
from scheduling.engine.windows import Window, windows
from tests.scheduling.engine import brute_force
from tests.scheduling.engine.strategies import (
    LONGEST_ABSENCE,
    busy_spans,
    days_in,
    opening_rules,
    unavailability_rules,
    zones,
)

PARIS = ZoneInfo("Europe/Paris")
NUUK = ZoneInfo("America/Nuuk")
DAILY = "FREQ=DAILY"


def opening(first_day, start, end, *, rrule="", zone=PARIS, number=1):
    return OpeningRule(number, Recurrence(first_day, rrule), start, end, zone, organization_id=1)


def local(found, zone=PARIS):
    """« 29/03 01:00-03:30 » for each occurrence or window."""
    return [
        f"{item.interval.start.astimezone(zone):%d/%m %H:%M}-{item.interval.end.astimezone(zone):%H:%M}"
        for item in found
    ]


@given(st.data(), zones, zones)
def test_windows_are_what_remains_minute_by_minute(data, zone, other_zone):
    day = data.draw(days_in(zone))
    rules = [
        data.draw(opening_rules(data.draw(st.sampled_from([zone, other_zone])), day, number))
        for number in range(data.draw(st.integers(1, 3)))
    ]
    busy = data.draw(busy_spans(day, zone))
    around = st.frozensets(st.integers(-2, 2).map(lambda offset: day + timedelta(days=offset)), max_size=2)
    closed = {1: data.draw(around), 2: data.draw(around)}
    first, last = day - timedelta(days=1), day + timedelta(days=1)

    found = windows(
        rules,
        first_day=first,
        last_day=last,
        busy=[Interval(*times) for times in busy],
        closed_days=closed,
    )

    expected = brute_force.free_windows(
        rules, first, last, [(start.astimezone(UTC), end.astimezone(UTC)) for start, end in busy], closed
    )
    assert [(window.opening_id, window.day, window.interval.start, window.interval.end) for window in found] == expected
    assert found == sorted(found)


@given(st.data(), zones)
def test_occurrences_are_the_days_of_the_rule_at_their_wall_clock_times(data, zone):
    day = data.draw(days_in(zone))
    rule = data.draw(opening_rules(zone, day))
    first, last = day - timedelta(days=3), day + timedelta(days=3)

    spans = [
        (hit, brute_force.span(hit, rule.start_time, rule.end_time, zone))
        for hit in brute_force.days_of(rule.recurrence, first, last)
    ]
    assert [(found.day, (found.interval.start, found.interval.end)) for found in occurrences(rule, first, last)] == [
        pair for pair in spans if pair[1] is not None
    ]


@given(st.data(), zones)
def test_an_unavailability_covers_its_minutes_also_when_it_began_before(data, zone):
    day = data.draw(days_in(zone))
    rule = data.draw(unavailability_rules(zone, day))
    (start, end), *_ = data.draw(busy_spans(day, zone, most=1).filter(bool))
    within = Interval(start, end)

    spans = [
        brute_force.span(hit, rule.start_time, rule.end_time, zone, rule.days_spanned)
        for hit in brute_force.days_of(
            rule.recurrence, day - timedelta(days=LONGEST_ABSENCE + 5), day + timedelta(days=6)
        )
    ]
    assert [(found.start, found.end) for found in busy_intervals(rule, within)] == [
        times for times in spans if times is not None and times[0] < within.end and within.start < times[1]
    ]


class TestClockChanges:
    SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

    def test_nine_to_noon_stays_nine_to_noon(self):
        rule = opening(date(2026, 3, 23), time(9), time(12), rrule="FREQ=WEEKLY;BYDAY=MO")

        spring = list(occurrences(rule, date(2026, 3, 23), date(2026, 3, 30)))
        autumn = list(occurrences(rule, date(2026, 10, 19), date(2026, 10, 26)))

        assert local(spring) == ["23/03 09:00-12:00", "30/03 09:00-12:00"]
        assert local(autumn) == ["19/10 09:00-12:00", "26/10 09:00-12:00"]
        assert [found.interval.start.hour for found in spring + autumn] == [8, 7, 7, 8]

    @pytest.mark.parametrize(
        ("zone", "day", "start", "hours"),
        [
            ("Europe/Paris", SPRING, "01:00", 3),
            ("Europe/Paris", AUTUMN, "01:00", 5),
            ("Europe/Lisbon", SPRING, "02:00", 3),  # 1 h does not exist.
            ("Europe/Lisbon", AUTUMN, "01:00", 5),  # The first of two.
            ("America/Miquelon", date(2026, 3, 8), "01:00", 3),
            ("America/Miquelon", date(2026, 11, 1), "01:00", 5),
            ("Pacific/Noumea", SPRING, "01:00", 4),
            ("Indian/Reunion", AUTUMN, "01:00", 4),
        ],
    )
    def test_one_to_five_has_an_hour_less_or_more(self, zone, day, start, hours):
        zone = ZoneInfo(zone)
        (night,) = occurrences(opening(day, time(1), time(5), zone=zone), day, day)

        assert local([night], zone) == [f"{day:%d/%m} {start}-05:00"]
        assert night.interval.duration == timedelta(hours=hours)

    def test_what_the_clock_inverts_does_not_exist_that_night(self):
        rule = opening(date(2026, 3, 28), time(2, 15), time(3, 10), rrule=DAILY)

        assert local(occurrences(rule, date(2026, 3, 28), date(2026, 3, 30))) == [
            "28/03 02:15-03:10",
            "30/03 02:15-03:10",
        ]

    def test_what_the_clock_empties_does_not_exist_that_night(self):
        lord_howe = ZoneInfo("Australia/Lord_Howe")
        day = date(2026, 10, 4)  # From 2 h to 2 h 30.

        assert not list(occurrences(opening(day, time(2), time(2, 30), zone=lord_howe), day, day))

    def test_what_lies_in_the_gap_moves_past_it(self):
        rule = opening(self.SPRING, time(2, 15), time(2, 45))

        assert local(occurrences(rule, self.SPRING, self.SPRING)) == ["29/03 03:15-03:45"]

    def test_a_whole_day_is_as_long_as_the_day(self):
        rule = opening(date(2026, 3, 29), time(0), time(0), rrule="FREQ=MONTHLY;BYDAY=-1SU")

        lengths = [
            found.interval.duration // timedelta(hours=1) for found in occurrences(rule, self.SPRING, self.AUTUMN)
        ]
        assert lengths == [23, 24, 24, 24, 24, 24, 24, 25]

    def test_a_closed_day_is_closed_whole_where_clocks_skip_the_end_of_the_day_before(self):
        saturday = date(2026, 3, 28)  # From 23 h to midnight in Nuuk.
        rule = opening(saturday, time(22, 30), time(23, 30), zone=NUUK)
        sunday = day_interval(saturday + timedelta(days=1), NUUK)

        (found,) = windows([rule], first_day=saturday, last_day=saturday, closed_days={1: {date(2026, 3, 29)}})

        assert found.interval == Interval(sunday.start - timedelta(minutes=30), sunday.start)


def test_each_of_two_overlapping_openings_has_its_own_windows():
    day = date(2026, 3, 2)
    rules = [opening(day, time(10), time(12), number=2), opening(day, time(9), time(11), number=1)]
    busy = [Interval(datetime(2026, 3, 2, 10, 15, tzinfo=PARIS), datetime(2026, 3, 2, 10, 45, tzinfo=PARIS))]

    found = windows(rules, first_day=day, last_day=day, busy=busy, closed_days={})

    assert local(found) == ["02/03 09:00-10:15", "02/03 10:45-11:00", "02/03 10:00-10:15", "02/03 10:45-12:00"]
    assert [window.opening_id for window in found] == [1, 1, 2, 2]


def test_a_closed_day_of_another_organization_closes_nothing():
    day = date(2026, 3, 2)
    rule = opening(day, time(9), time(12))

    assert windows([rule], first_day=day, last_day=day, closed_days={2: {day}}) == [
        Window(1, day, next(occurrences(rule, day, day)).interval)
    ]
    assert windows([rule], first_day=day, last_day=day, closed_days={1: {day}}) == []


def test_unavailabilities_of_a_day_of_a_night_and_of_several_days():
    monday = date(2026, 3, 2)
    week = Interval(day_interval(monday, PARIS).start, day_interval(date(2026, 3, 8), PARIS).end)

    def hours(start, end, days_spanned, rrule=""):
        rule = UnavailabilityRule(Recurrence(monday, rrule), start, end, days_spanned, PARIS)
        return [
            f"{found.start.astimezone(PARIS):%a %H:%M}-{found.end.astimezone(PARIS):%a %H:%M}"
            for found in busy_intervals(rule, week)
        ]

    assert hours(time(8), time(0), 0) == ["Mon 08:00-Tue 00:00"]
    assert hours(time(22), time(6), 1) == ["Mon 22:00-Tue 06:00"]
    assert hours(time(8), time(0), 3) == ["Mon 08:00-Thu 00:00"]
    assert hours(time(8), time(12), 2, "FREQ=DAILY;INTERVAL=4") == ["Mon 08:00-Wed 12:00", "Fri 08:00-Sun 12:00"]


def test_an_unavailability_that_only_touches_is_not_there():
    rule = UnavailabilityRule(Recurrence(date(2026, 3, 2), DAILY), time(9), time(12), 0, PARIS)

    between = Interval(datetime(2026, 3, 2, 12, tzinfo=PARIS), datetime(2026, 3, 3, 9, tzinfo=PARIS))
    assert list(busy_intervals(rule, between)) == []


def test_an_unavailability_that_the_clock_moves_past_midnight_is_found_from_the_next_day():
    saturday = date(2026, 3, 28)  # Without its last hour in Nuuk: 23 h 30 is half past midnight.
    rule = UnavailabilityRule(Recurrence(saturday), time(22), time(23, 30), 0, NUUK)
    midnight = day_interval(saturday, NUUK).end

    (found,) = busy_intervals(rule, Interval(midnight, midnight + timedelta(hours=8)))
    assert found == Interval(midnight - timedelta(hours=1), midnight + timedelta(minutes=30))


@pytest.mark.parametrize(("start", "end"), [(time(9), time(9)), (time(10), time(9)), (time(9), time(8, 59))])
def test_a_range_ends_after_it_starts(start, end):
    with pytest.raises(ValueError, match="Ends before it starts"):
        opening(date(2026, 3, 2), start, end)
    with pytest.raises(ValueError, match="Ends before it starts"):
        UnavailabilityRule(Recurrence(date(2026, 3, 2)), start, end, 0, PARIS)
