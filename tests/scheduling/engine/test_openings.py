from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.openings import (
    OpeningRule,
    UnavailabilityRule,
    catches_up_with_itself,
    first_crossing,
)
from scheduling.engine.recurrence import Recurrence
from tests.scheduling.engine import brute_force
from tests.scheduling.engine.strategies import days_in, opening_rules, unavailability_rules, zones

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
        # The evening before ends where the day begins, and the day has an evening of its own.
        (opening("FREQ=WEEKLY;BYDAY=TU", 0, 0), opening("FREQ=DAILY", 22, 0), date(2026, 3, 3)),
    ],
)  # fmt: skip
def test_the_first_day_on_which_two_openings_cross(rule, other, expected):
    assert first_crossing(rule, other, MONDAY, A_YEAR_LATER) == expected


@given(st.data(), zones, zones, st.integers(0, 21))
def test_openings_cross_where_any_of_their_occurrences_overlap(data, zone, other_zone, days):
    first_day = data.draw(days_in(zone))
    rule = data.draw(opening_rules(zone, first_day))
    other = data.draw(opening_rules(other_zone, first_day))
    last_day = first_day + timedelta(days=days)
    others = spans_of(other, first_day - timedelta(days=2), last_day + timedelta(days=2)).values()
    crossed = [
        day
        for day, (start, end) in spans_of(rule, first_day, last_day).items()
        if any(start < other_end and other_start < end for other_start, other_end in others)
    ]
    assert first_crossing(rule, other, first_day, last_day) == (crossed[0] if crossed else None)


def spans_of(rule, first_day, last_day):
    found = {
        day: brute_force.span(day, rule.start_time, rule.end_time, rule.zone)
        for day in brute_force.days_of(rule.recurrence, first_day, last_day)
    }
    return {day: span for day, span in found.items() if span is not None}


@given(st.data(), zones)
def test_a_series_catches_up_with_itself_where_an_hour_is_in_two_of_its_occurrences(data, zone):
    around = data.draw(days_in(zone))
    rule = data.draw(unavailability_rules(zone, around))
    first = rule.recurrence.first_day
    spans = []
    # Without clock changes: what is compared is what the form shows. Five years hold every rhythm of these rules.
    for day in brute_force.days_of(rule.recurrence, first, first + timedelta(days=5 * 366)):
        end = datetime.combine(day + timedelta(days=rule.days_spanned), rule.end_time)
        if rule.days_spanned == 0 and rule.end_time == time(0):
            end += timedelta(days=1)
        spans.append((datetime.combine(day, rule.start_time), end))

    twice = any(later_start < earlier_end for (_, earlier_end), (later_start, _) in pairwise(spans))
    assert catches_up_with_itself(rule) == twice


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
