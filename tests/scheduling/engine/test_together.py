"""What several calendars have free at once, against a count minute by minute."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.intervals import Interval
from scheduling.engine.together import common, holds

MINUTE = timedelta(minutes=1)
NIGHT = datetime(2026, 3, 28, 22, tzinfo=UTC)  # Clocks change in Paris.
LENGTH = 120


def at(minute):
    return NIGHT + minute * MINUTE


intervals = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, 40)).map(
    lambda drawn: Interval(at(drawn[0]), at(drawn[0] + drawn[1]))
)
calendars = st.lists(st.lists(intervals, max_size=6), max_size=4)


def minutes_of(free):
    return {minute for minute in range(LENGTH + 40) if any(it.start <= at(minute) < it.end for it in free)}


def minutes_in_all(free):
    return set.intersection(*map(minutes_of, free)) if free else set()


@given(calendars)
def test_every_minute_that_all_have_is_in_it_and_no_other(free):
    assert minutes_of(common(free)) == minutes_in_all(free)


@given(calendars)
def test_its_intervals_are_maximal_and_in_order(free):
    shared = common(free)

    assert all(before.end < after.start for before, after in pairwise(shared))


@given(calendars, st.randoms(use_true_random=False))
def test_the_order_of_calendars_does_not_matter_nor_how_their_time_is_cut(free, chance):
    shuffled = [chance.sample(of_one, len(of_one)) for of_one in chance.sample(free, len(free))]
    cut = [[piece for it in of_one for piece in (Interval(it.start, it.start + MINUTE), it)] for of_one in shuffled]

    assert common(cut) == common(free)


@given(calendars, intervals)
def test_a_period_is_held_when_each_of_its_minutes_is_free_for_all(free, period):
    asked = minutes_of([period])

    assert holds(common(free), period) == (asked <= minutes_in_all(free) and bool(free))


@given(calendars, st.lists(intervals, max_size=6))
def test_one_calendar_more_only_takes_time_away(free, more):
    if free:
        assert minutes_of(common([*free, more])) <= minutes_of(common(free))


def test_nobody_has_no_time():
    assert common([]) == []
    assert common([[Interval(at(0), at(30))], []]) == []
