from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.intervals import Interval, merge, subtract
from tests.scheduling.engine.brute_force import minutes, runs

PARIS = ZoneInfo("Europe/Paris")
ORIGIN = datetime(2026, 3, 29, tzinfo=UTC)


def at(minute):
    return ORIGIN + timedelta(minutes=minute)


intervals = st.builds(
    lambda start, length: Interval(at(start), at(start + length)), st.integers(0, 300), st.integers(1, 90)
)


def minutes_of(found):
    return {minute for interval in found for minute in minutes(interval.start, interval.end)}


@given(st.lists(intervals, max_size=12))
def test_merging_keeps_every_minute_in_maximal_disjoint_pieces(several):
    assert [(piece.start, piece.end) for piece in merge(several)] == runs(minutes_of(several))


@given(intervals, st.lists(intervals, max_size=12))
def test_subtracting_leaves_the_minutes_that_are_not_busy(window, busy):
    left = minutes_of([window]) - minutes_of(busy)
    assert [(piece.start, piece.end) for piece in subtract(window, busy)] == runs(left)


@given(intervals, intervals)
def test_overlapping_is_having_a_minute_in_common(one, other):
    assert one.overlaps(other) == bool(minutes_of([one]) & minutes_of([other]))
    assert one.contains(other) == (minutes_of([other]) <= minutes_of([one]))


def test_touching_is_not_overlapping():
    assert not Interval(at(0), at(30)).overlaps(Interval(at(30), at(60)))


@pytest.mark.parametrize(("start", "end"), [(0, 0), (1, 0)])
def test_an_interval_is_never_empty_nor_inverted(start, end):
    with pytest.raises(ValueError, match="Empty interval"):
        Interval(at(start), at(end))


def test_an_interval_needs_a_time_zone():
    with pytest.raises(ValueError, match="No time zone"):
        Interval(at(0).replace(tzinfo=None), at(1).replace(tzinfo=None))


def test_a_night_of_clock_change_has_its_true_length():
    night = Interval(datetime(2026, 3, 29, 1, tzinfo=PARIS), datetime(2026, 3, 29, 5, tzinfo=PARIS))

    assert night.duration == timedelta(hours=3)
    assert night.start.tzinfo is UTC


def test_two_instants_of_one_repeated_hour_are_told_apart():
    first = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS)

    assert Interval(first, first.replace(fold=1)).duration == timedelta(hours=1)
