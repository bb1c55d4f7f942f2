from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.recurrence import Frequency, Recurrence, RecurrenceError, Rule, days_in_month, parse_rrule
from tests.scheduling.engine import brute_force
from tests.scheduling.engine.strategies import any_days, recurrences, rules

YEARS = (date(2025, 1, 1), date(2034, 12, 31))


def days(first_day, rrule, *, count=5, excluded=()):
    found = Recurrence(first_day, rrule, frozenset(excluded)).days(first_day, date(2100, 1, 1))
    return [day.isoformat() for day, _ in zip(found, range(count), strict=False)]


@given(recurrences(most=30), any_days, st.integers(-5, 900))
def test_the_days_are_those_that_the_rule_hits(recurrence, first, length):
    last = first + timedelta(days=length)

    assert list(recurrence.days(first, last)) == brute_force.days_of(recurrence, first, last)


@given(st.data(), any_days, any_days, st.integers(0, 900))
def test_the_days_are_those_that_an_ics_client_would_read(data, first_day, first, length):
    rule = data.draw(rules(first_day, most=12))
    last = first + timedelta(days=length)
    # As a naive midnight, since dateutil drops the last day when a date-only UNTIL meets a start with a time.
    reference = rrulestr(rule.to_rrule(), dtstart=datetime.combine(first_day, time.min))
    expected = reference.between(datetime.combine(first, time.min), datetime.combine(last, time.min), inc=True)

    assert list(Recurrence(first_day, rule.to_rrule()).days(first, last)) == [moment.date() for moment in expected]


@given(st.data(), any_days)
def test_a_rule_is_read_back_as_it_was_written(data, first_day):
    rule = data.draw(rules(first_day, most=999))

    assert parse_rrule(rule.to_rrule()) == rule
    assert parse_rrule(rule.to_rrule().lower() + ";wkst=mo") == rule


@given(recurrences())
def test_the_first_occurrence_and_the_last_day_bound_the_series(recurrence):
    found = brute_force.days_of(recurrence, *YEARS)

    if found or recurrence.last_day() is not None:
        assert recurrence.first_occurrence() == (found[0] if found else None)
    if recurrence.last_day() is not None:
        assert all(day <= recurrence.last_day() for day in found)


@given(st.data(), recurrences())
def test_a_series_cut_in_two_keeps_its_days(data, recurrence):
    found = brute_force.days_of(recurrence, YEARS[0], date(2030, 1, 1))
    if not found:
        return
    day = data.draw(st.sampled_from(found))
    before, following = recurrence.split(day)

    earlier = list(before.days(*YEARS)) if before else []
    assert earlier + list(following.days(*YEARS)) == brute_force.days_of(recurrence, *YEARS)
    assert earlier == [other for other in found if other < day]
    assert before is None or earlier
    assert following.first_occurrence() == day


@given(st.data(), recurrences())
def test_an_excluded_day_is_the_only_one_that_goes(data, recurrence):
    found = brute_force.days_of(recurrence, *YEARS)
    if not found:
        return
    day = data.draw(st.sampled_from(found))

    assert list(recurrence.excluding(day).days(*YEARS)) == [other for other in found if other != day]
    assert not recurrence.excluding(day).is_occurrence(day)


@pytest.mark.parametrize(
    ("first_day", "rrule", "expected"),
    [
        # A first day outside the rule is not an occurrence: 2026-03-04 is a Wednesday.
        (date(2026, 3, 4), "FREQ=WEEKLY;BYDAY=TU", ["2026-03-10", "2026-03-17"]),
        # Every second week counts from the week of the first day, which has its Thursday still.
        (date(2026, 3, 4), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", ["2026-03-05", "2026-03-16", "2026-03-19"]),
        # From a Sunday, the Monday of the same week is past.
        (date(2026, 3, 8), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", ["2026-03-16", "2026-03-30"]),
        # Over the 53rd week of 2026, every second week stays every fourteen days.
        (date(2026, 12, 21), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", ["2026-12-21", "2027-01-04", "2027-01-18"]),
        (date(2026, 1, 1), "FREQ=DAILY;INTERVAL=10", ["2026-01-01", "2026-01-11", "2026-01-21"]),
        # What a month lacks is skipped, never moved.
        (date(2026, 1, 31), "FREQ=MONTHLY;BYMONTHDAY=31", ["2026-01-31", "2026-03-31", "2026-05-31"]),
        (date(2026, 1, 30), "FREQ=MONTHLY;BYMONTHDAY=30", ["2026-01-30", "2026-03-30", "2026-04-30"]),
        (date(2026, 1, 29), "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29", ["2026-01-29", "2027-01-29"]),
        (date(2026, 2, 1), "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29", ["2028-02-29", "2032-02-29"]),
        (date(2026, 1, 1), "FREQ=MONTHLY;BYDAY=5MO", ["2026-03-30", "2026-06-29", "2026-08-31"]),
        (date(2026, 1, 1), "FREQ=MONTHLY;BYDAY=-1FR", ["2026-01-30", "2026-02-27", "2026-03-27"]),
        (date(2026, 1, 1), "FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (date(2026, 1, 14), "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU", ["2026-03-10", "2026-05-12"]),
        # The last day of UNTIL counts.
        (date(2026, 3, 3), "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260310", ["2026-03-03", "2026-03-10"]),
        (date(2026, 3, 3), "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260309", ["2026-03-03"]),
        (date(2026, 3, 3), "FREQ=DAILY;UNTIL=20260302", []),
        (date(2026, 3, 3), "", ["2026-03-03"]),
    ],
)
def test_repetitions_as_a_person_expects_them(first_day, rrule, expected):
    found = days(first_day, rrule, count=len(expected) + ("UNTIL" in rrule or not rrule))
    assert found == expected


def test_a_rule_that_never_hits_says_so_at_once():
    never = Recurrence(date(2026, 2, 1), "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30")

    assert never.first_occurrence() is None
    assert never.last_day() is None


def test_the_last_day_of_the_calendar_is_no_obstacle():
    end = date.max
    for rrule in ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=FR", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYDAY=-1FR"):
        assert list(Recurrence(end - timedelta(days=3), rrule).days(date.min, end))[-1] == end


def test_cutting_needs_an_occurrence():
    with pytest.raises(ValueError, match="not an occurrence"):
        Recurrence(date(2026, 3, 3), "FREQ=WEEKLY;BYDAY=TU").split(date(2026, 3, 4))


def test_cutting_at_the_first_occurrence_leaves_nothing_before():
    series = Recurrence(date(2026, 3, 2), "FREQ=WEEKLY;BYDAY=TU")

    assert series.split(date(2026, 3, 3)) == (None, replace(series, first_day=date(2026, 3, 3)))


def test_months_have_their_days():
    for number in range(12 * 401):
        year, month = 1899 + number // 12, number % 12 + 1
        following = date(year + month // 12, month % 12 + 1, 1)
        assert days_in_month(year, month) == (following - date(year, month, 1)).days


@pytest.mark.parametrize(
    "rrule",
    [
        "x",
        "FREQ=YEARLY",
        "FREQ=HOURLY",
        "INTERVAL=2",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=1000",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=1;INTERVAL=2",
        "FREQ=DAILY;",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=MO,1WE",
        "FREQ=WEEKLY;BYDAY=MO;WKST=SU",
        "FREQ=WEEKLY;BYDAY=MO;BYMONTHDAY=3",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=-2MO",
        "FREQ=MONTHLY;BYDAY=1MO,3MO",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=-2",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=DAILY;UNTIL=20260230",
        "FREQ=DAILY;UNTIL=20260301T000000Z",
        "FREQ=DAILY;UNTIL=2026",
        "FREQ=DAILY;UNTIL=٢٠٢٦٠٣٠١",
        "RRULE:FREQ=DAILY",
    ],
)
def test_what_is_not_understood_is_refused(rrule):
    with pytest.raises(RecurrenceError) as refusal:
        Recurrence(date(2026, 3, 3), rrule)

    assert refusal.value.message == str(refusal.value)
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize(
    "parts",
    [
        {"frequency": Frequency.WEEKLY, "weekdays": frozenset({7})},
        {"frequency": Frequency.MONTHLY, "weekdays": frozenset({1}), "nth": 0},
        {"frequency": Frequency.MONTHLY, "weekdays": frozenset({1})},
        {"frequency": Frequency.MONTHLY, "month_day": 40},
        {"frequency": Frequency.DAILY, "month_day": 4},
    ],
)
def test_a_rule_built_from_a_form_is_held_to_the_same(parts):
    with pytest.raises(RecurrenceError):
        Rule(**parts)
