from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.openings import OpeningRule
from scheduling.engine.quota import Week, WeekOverrun, opened_by_week, weeks_over
from scheduling.engine.recurrence import Recurrence
from tests.scheduling.engine.brute_force import opened_minutes
from tests.scheduling.engine.strategies import any_days, opening_rules, zones

PARIS = ZoneInfo("Europe/Paris")
NOUMEA = ZoneInfo("Pacific/Noumea")
MONDAY = date(2026, 3, 2)  # Of week 10.
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
HOUR = timedelta(hours=1)


def opening(first_day, start=9, end=17, *, rrule="", zone=PARIS, excluded=()):
    return OpeningRule(1, Recurrence(first_day, rrule, frozenset(excluded)), time(start), time(end % 24), zone)


def over(rules, hours, *, from_week=(2026, 10), **options):
    return [
        (found.year, found.week, found.opened // HOUR, found.overrun // HOUR)
        for found in weeks_over(rules, hours * HOUR, from_week=from_week, **options)
    ]


def brute_force_weeks(rules, first_monday, weeks):
    totals = {}
    for number in range(weeks):
        monday = first_monday + timedelta(days=7 * number)
        total = sum(opened_minutes(rules, monday + timedelta(days=weekday)) for weekday in range(7))
        if total:
            totals[iso_week(monday)] = timedelta(minutes=total)
    return totals


def iso_week(day):
    return Week(*day.isocalendar()[:2])


@st.composite
def some_rules(draw, around):
    several = zones.flatmap(lambda zone: opening_rules(zone, around, most=3))
    return draw(st.lists(several, min_size=1, max_size=3))


@given(st.data(), any_days, st.integers(-10, 200), st.integers(0, 30))
def test_weeks_are_measured_minute_by_minute_on_the_wall_clock(data, around, offset, length):
    rules = data.draw(some_rules(around))
    first = around + timedelta(days=offset)
    last = first + timedelta(days=length)
    first_monday = first - timedelta(days=first.weekday())

    found = opened_by_week(rules, first, last)

    assert found == brute_force_weeks(rules, first_monday, (last - first_monday).days // 7 + 1)
    assert list(found) == sorted(found)


@given(st.data(), any_days, st.integers(1, 60))
def test_no_week_over_is_missed_however_late_it_comes(data, around, hours):
    rules = data.draw(some_rules(around))
    allowance = hours * HOUR
    monday = around - timedelta(days=around.weekday())
    # Two years: the rules here have repeated themselves by then, save for the days of months.
    expected = {week: total for week, total in brute_force_weeks(rules, monday, 2 * 52).items() if total > allowance}
    last_expected = iso_week(monday + timedelta(weeks=2 * 52 - 1))

    found = weeks_over(rules, allowance, from_week=iso_week(monday))

    if expected:
        first = min(expected)
        assert found[0] == WeekOverrun(*first, expected[first], expected[first] - allowance)
    told = {Week(week.year, week.week): week.opened for week in found}
    both = min(max(told, default=last_expected), last_expected)
    assert {week: total for week, total in told.items() if week <= both} == {
        week: total for week, total in expected.items() if week <= both
    }


@given(st.data(), any_days, st.integers(1, 60))
def test_only_the_weeks_that_a_change_touches_are_examined(data, around, hours):
    rules, changed = data.draw(some_rules(around)), data.draw(some_rules(around))
    everything = [*rules, *changed]
    from_week = iso_week(around - timedelta(days=7))
    found = weeks_over(everything, hours * HOUR, from_week=from_week, changed=changed)

    assert found == [
        week
        for week in weeks_over(everything, hours * HOUR, from_week=from_week)
        if any(opened_minutes(changed, date.fromisocalendar(week.year, week.week, weekday + 1)) for weekday in range(7))
    ]


class TestPartTime:
    """The examples of the part-time subscription."""

    def test_ten_hours_open_of_sixteen_leave_six(self):
        usual = opening(MONDAY, 8, 18, rrule="FREQ=WEEKLY;BYDAY=MO")

        assert over([usual, opening(WEDNESDAY, 9, 15)], 16) == []
        assert over([usual, opening(WEDNESDAY, 9, 16)], 16) == [(2026, 10, 17, 1)]

    def test_sixteen_exceptional_hours_when_nothing_else_is_open(self):
        assert over([opening(TUESDAY, 8, 16), opening(WEDNESDAY, 8, 16)], 16) == []
        assert over([opening(TUESDAY, 8, 16), opening(WEDNESDAY, 8, 17)], 16) == [(2026, 10, 17, 1)]

    def test_a_third_day_exceeds_two_of_eight_hours(self):
        usual = opening(MONDAY, 9, 17, rrule="FREQ=WEEKLY;BYDAY=TU,FR")

        assert over([usual, opening(WEDNESDAY)], 16) == [(2026, 10, 24, 8)]


def test_overlapping_ranges_count_once_whatever_their_zones():
    assert opened_by_week([opening(MONDAY, 9, 12), opening(MONDAY, 11, 14, zone=NOUMEA)], MONDAY, MONDAY) == {
        Week(2026, 10): 5 * HOUR
    }


def test_clock_changes_neither_give_nor_take_hours():
    night = opening(MONDAY, 1, 5, rrule="FREQ=WEEKLY;BYDAY=SU")

    assert set(opened_by_week([night], date(2026, 3, 20), date(2026, 11, 1)).values()) == {4 * HOUR}


def test_the_turn_of_the_year_is_one_week():
    days = [date(2026, 12, 28), date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 3)]

    assert over([opening(day) for day in days], 31) == [(2026, 53, 32, 1)]
    assert over([opening(date(2025, 12, 29)), opening(date(2026, 1, 4))], 15, from_week=(2025, 52)) == [
        (2026, 1, 16, 1)
    ]


def test_two_rhythms_meet_in_the_week_that_their_periods_share():
    every_second = opening(MONDAY, rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO")  # Weeks 10, 12, 14, 16…
    every_third = opening(TUESDAY + timedelta(days=7), rrule="FREQ=WEEKLY;INTERVAL=3;BYDAY=TU")  # Weeks 11, 14, 17…

    assert over([every_second, every_third], 15)[0] == (2026, 14, 16, 1)
    assert over([every_second, every_third], 16) == []


def test_every_second_and_every_third_week_meet_in_the_sixth():
    """The first is week 10: weeks 11, 13, 15 and weeks 12, 15."""
    every_second = opening(MONDAY + timedelta(weeks=1), rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO")
    every_third = opening(TUESDAY + timedelta(weeks=2), rrule="FREQ=WEEKLY;INTERVAL=3;BYDAY=TU")

    assert over([every_second, every_third], 15) == [(2026, 15, 16, 1)]
    assert over([every_second, every_third], 16) == []


@pytest.mark.parametrize("every_fifth", ["FREQ=WEEKLY;INTERVAL=5;BYDAY=TU", "FREQ=DAILY;INTERVAL=35"])
def test_two_rhythms_that_meet_late_are_followed_until_then(every_fifth):
    weeks_10_14_and_so_on = opening(MONDAY, rrule="FREQ=WEEKLY;INTERVAL=4;BYDAY=MO")
    weeks_11_16_and_so_on = opening(TUESDAY + timedelta(days=7), rrule=every_fifth)

    assert over([weeks_10_14_and_so_on, weeks_11_16_and_so_on], 15)[0] == (2026, 26, 16, 1)


def test_two_rhythms_that_never_meet_are_allowed_together():
    even = opening(MONDAY, rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO")
    odd = opening(MONDAY + timedelta(days=7), rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO")

    assert over([even, odd], 8) == []


def test_an_excluded_day_does_not_hide_the_weeks_after_it():
    series = opening(MONDAY, rrule="FREQ=WEEKLY;BYDAY=MO", excluded=[MONDAY, MONDAY + timedelta(days=21)])
    added = opening(TUESDAY, rrule="FREQ=WEEKLY;BYDAY=TU")

    weeks = [week for _, week, _, _ in over([series, added], 8)]
    assert weeks[:3] == [11, 12, 14]


def test_an_edited_occurrence_far_ahead_is_seen():
    series = opening(MONDAY, rrule="FREQ=WEEKLY;BYDAY=MO", excluded=[date(2028, 5, 8)])

    assert over([series, opening(date(2028, 5, 8), 8, 18)], 9) == [(2028, 19, 10, 1)]


def test_a_range_that_ends_is_followed_to_its_end():
    monthly = opening(MONDAY, rrule="FREQ=MONTHLY;BYMONTHDAY=29;INTERVAL=12;UNTIL=20350101")
    leap = opening(date(2026, 2, 1), rrule="FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29;UNTIL=20280301")

    assert over([monthly], 8) == []
    assert over([leap, opening(date(2028, 2, 27))], 8, from_week=(2026, 1)) == []
    assert over([leap, opening(date(2028, 3, 1))], 8, from_week=(2026, 1)) == [(2028, 9, 16, 8)]


def test_a_day_of_the_month_meets_a_weekday_years_later():
    """29 February 2028 is a Tuesday; the endless rules share no week before."""
    leap_day = opening(date(2026, 2, 1), rrule="FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29")
    early_january = opening(date(2026, 1, 1), rrule="FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=28")
    same_week = opening(date(2026, 2, 1), rrule="FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=28")

    assert over([leap_day, early_january], 8, from_week=(2026, 1)) == []
    assert over([leap_day, same_week], 8, from_week=(2026, 1))[0] == (2028, 9, 16, 8)


def test_nothing_is_looked_for_past_ten_years():
    leap_day = opening(date(2026, 2, 1), rrule="FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29")

    assert [year for year, *_ in over([leap_day], 7, from_week=(2026, 1))] == [2028, 2032]


@pytest.mark.parametrize("until", ["20601231", "99991231"])
def test_a_range_that_ends_later_than_ten_years_is_followed_that_far(until):
    bounded = opening(MONDAY, rrule=f"FREQ=WEEKLY;BYDAY=MO;UNTIL={until}")

    assert over([bounded], 7)[-1][:2] == (2036, 9)


def test_periods_without_measure_in_common_end_the_search_at_ten_years():
    rhythms = [opening(MONDAY, rrule=f"FREQ=WEEKLY;INTERVAL={weeks};BYDAY=MO") for weeks in (991, 997, 998, 999)]

    assert over(rhythms, 7) == [(2026, 10, 8, 1)]


def test_past_weeks_are_left_alone_unless_the_change_touches_them():
    past = opening(MONDAY, 8, 18)
    added_before = opening(MONDAY - timedelta(days=7), 9, 10)

    assert over([past], 8, from_week=(2026, 11)) == []
    assert over([past, added_before], 8, from_week=(2026, 9), changed=[added_before]) == []
    assert over([past, added_before], 8, from_week=(2026, 9)) == [(2026, 10, 10, 2)]


def test_weeks_that_were_open_for_as_long_before_are_left_alone():
    before, after = opening(MONDAY, 8, 18), opening(MONDAY, 8, 17)

    assert over([after], 8, changed=[after], before=[before]) == []
    assert over([before], 8, changed=[before], before=[before]) == []
    assert over([before], 8, changed=[before], before=[after]) == [(2026, 10, 10, 2)]
    assert over([before], 8, changed=[before]) == [(2026, 10, 10, 2)]


def test_no_range_at_all_exceeds_nothing():
    assert over([], 0) == []


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 3), date(2024, 12, 30)])
def test_a_week_runs_from_its_monday_to_its_sunday(day):
    week = Week.of(day)

    assert week.monday <= day <= week.sunday
    assert (week.monday.weekday(), (week.sunday - week.monday).days) == (0, 6)
