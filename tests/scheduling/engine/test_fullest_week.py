"""The week to come that is opened the longest."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.engine.openings import OpeningRule
from scheduling.engine.quota import Week, fullest_week
from scheduling.engine.recurrence import Recurrence

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 3, 2)
THIS_WEEK = Week.of(MONDAY)
H = timedelta(hours=1)


def rule(hours, first_day=MONDAY, rrule="", start=8):
    return OpeningRule(0, Recurrence(first_day, rrule), time(start), time(start + hours), PARIS)


def test_nothing_opened_has_none():
    assert fullest_week([], from_week=THIS_WEEK) is None


def test_what_is_over_has_none():
    assert fullest_week([rule(3)], from_week=Week(2026, 11)) is None


def test_the_first_of_several_alike():
    assert fullest_week([rule(3, rrule="FREQ=WEEKLY;BYDAY=MO")], from_week=THIS_WEEK) == (THIS_WEEK, 3 * H)


def test_past_weeks_do_not_count():
    rules = [rule(9), rule(3, rrule="FREQ=WEEKLY;BYDAY=TU")]

    assert fullest_week(rules, from_week=Week(2026, 11)) == (Week(2026, 11), 3 * H)


def test_series_of_different_periods_meet():
    """Every second and every third week, from the week after each: together in the sixth."""
    rules = [
        rule(2, MONDAY + timedelta(weeks=1), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"),
        rule(2, MONDAY + timedelta(weeks=2), "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO", start=12),
    ]

    assert fullest_week(rules, from_week=THIS_WEEK) == (Week(2026, 15), 4 * H)


def test_an_exceptional_day_years_ahead_is_found():
    rules = [rule(3, rrule="FREQ=WEEKLY;BYDAY=MO"), rule(5, date(2030, 6, 5))]

    assert fullest_week(rules, from_week=THIS_WEEK) == (Week(2030, 23), 8 * H)
