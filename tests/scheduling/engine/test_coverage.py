from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.coverage import is_covered
from scheduling.engine.intervals import Interval
from scheduling.engine.openings import OpeningRule
from scheduling.engine.recurrence import Recurrence
from tests.scheduling.engine import brute_force
from tests.scheduling.engine.strategies import days_in, opening_rules, zones

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 3, 2)


@given(st.data(), zones)
def test_a_period_is_covered_when_each_of_its_minutes_is_opened(data, zone):
    around = data.draw(days_in(zone))
    rules = data.draw(st.lists(opening_rules(zone, around), max_size=4))
    noon = datetime(around.year, around.month, around.day, 12, tzinfo=UTC)
    start = noon + timedelta(minutes=data.draw(st.integers(-18 * 60, 18 * 60)))
    end = start + timedelta(minutes=data.draw(st.integers(1, 300)))

    opened = set()
    for rule in rules:
        for day in brute_force.days_of(rule.recurrence, around - timedelta(days=4), around + timedelta(days=4)):
            span = brute_force.span(day, rule.start_time, rule.end_time, zone)
            opened.update(brute_force.minutes(*span) if span else ())
    assert is_covered(Interval(start, end), rules) == set(brute_force.minutes(start, end)).issubset(opened)


def opening(day, start, end):
    return OpeningRule(1, Recurrence(day), time(start), time(end % 24), PARIS)


def paris(day, hour):
    return datetime.combine(day, time(hour), PARIS)


@pytest.mark.parametrize(
    ("rules", "covered"),
    [
        ([opening(MONDAY, 9, 12)], True),
        ([opening(MONDAY, 9, 11)], False),
        ([opening(MONDAY, 9, 11), opening(MONDAY, 11, 12)], True),
        ([opening(MONDAY, 9, 10), opening(MONDAY, 11, 12)], False),
        ([], False),
    ],
)
def test_openings_cover_alone_or_end_to_end(rules, covered):
    assert is_covered(Interval(paris(MONDAY, 10), paris(MONDAY, 12)), rules) is covered


def test_two_openings_that_meet_at_midnight_cover_what_goes_over_it():
    night = [opening(MONDAY, 20, 24), opening(MONDAY + timedelta(days=1), 0, 6)]

    assert is_covered(Interval(paris(MONDAY, 23), paris(MONDAY + timedelta(days=1), 1)), night)


def test_an_opening_that_the_clock_moves_past_midnight_covers_the_beginning_of_the_next_day():
    """In Nuuk, 28 March 2026 has no hour from 23 h on: 22 h 30 to 23 h 30 ends half an hour after midnight."""
    nuuk, saturday = ZoneInfo("America/Nuuk"), date(2026, 3, 28)
    rule = OpeningRule(1, Recurrence(saturday), time(22, 30), time(23, 30), nuuk)
    midnight = datetime(2026, 3, 29, tzinfo=nuuk)

    assert is_covered(Interval(midnight, midnight + timedelta(minutes=30)), [rule])
    assert not is_covered(Interval(midnight, midnight + timedelta(minutes=31)), [rule])
