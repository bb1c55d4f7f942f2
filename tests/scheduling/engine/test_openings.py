from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.openings import (
    OpeningRule,
    UnavailabilityRule,
    catches_up_with_itself,
    first_crossing,
    occurrences,
)
from scheduling.engine.recurrence import Recurrence
from tests.scheduling.engine.strategies import days_in, opening_rules, zones

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 3, 2)
A_YEAR_LATER = MONDAY + timedelta(days=365)


def opening(rrule, start, end, *, first_day=MONDAY, zone=PARIS):
    return OpeningRule(1, Recurrence(first_day, rrule), time(start), time(end), zone)


@pytest.mark.parametrize(
    ("rule", "other", "expected"),
    [
        (opening("FREQ=DAILY", 9, 12), opening("FREQ=WEEKLY;BYDAY=TH", 11, 14), date(2026, 3, 5)),
        (opening("FREQ=DAILY", 9, 12), opening("FREQ=WEEKLY;BYDAY=TH", 12, 14), None),  # Touching is not overlapping.
        (opening("FREQ=WEEKLY;BYDAY=MO", 9, 12), opening("FREQ=WEEKLY;BYDAY=TU", 9, 12), None),
        (opening("FREQ=WEEKLY;BYDAY=MO", 9, 12), opening("FREQ=MONTHLY;BYMONTHDAY=30", 9, 12), date(2026, 3, 30)),
        (opening("FREQ=DAILY", 9, 12), opening("FREQ=DAILY", 12, 13, zone=ZoneInfo("Indian/Reunion")), MONDAY),
    ],
)  # fmt: skip
def test_the_first_day_on_which_two_openings_cross(rule, other, expected):
    assert first_crossing(rule, other, MONDAY, A_YEAR_LATER) == expected


@given(st.data(), zones, zones, st.integers(0, 60))
def test_openings_cross_where_any_of_their_occurrences_overlap(data, zone, other_zone, days):
    first_day = data.draw(days_in(zone))
    rule = data.draw(opening_rules(zone, first_day))
    other = data.draw(opening_rules(other_zone, first_day))
    last_day = first_day + timedelta(days=days)
    others = list(occurrences(other, first_day - timedelta(days=2), last_day + timedelta(days=2)))
    crossed = [
        one.day
        for one in occurrences(rule, first_day, last_day)
        if any(one.interval.overlaps(two.interval) for two in others)
    ]
    assert first_crossing(rule, other, first_day, last_day) == (crossed[0] if crossed else None)


@pytest.mark.parametrize(
    ("rrule", "start", "end", "days_spanned", "expected"),
    [
        ("FREQ=DAILY", 9, 12, 0, False),
        ("FREQ=DAILY", 0, 0, 0, False),
        ("FREQ=DAILY", 9, 9, 1, False),  # Touching is allowed.
        ("FREQ=DAILY", 9, 10, 1, True),
        ("FREQ=WEEKLY;BYDAY=MO", 9, 9, 7, False),
        ("FREQ=WEEKLY;BYDAY=MO,FR", 9, 9, 3, False),
        ("FREQ=WEEKLY;BYDAY=MO,FR", 9, 18, 3, True),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", 0, 0, 28, False),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", 0, 0, 29, True),
        ("", 9, 12, 300, False),
    ],
)
def test_a_series_may_not_catch_up_with_itself(rrule, start, end, days_spanned, expected):
    rule = UnavailabilityRule(Recurrence(MONDAY, rrule), time(start), time(end), days_spanned, PARIS)
    assert catches_up_with_itself(rule) is expected
