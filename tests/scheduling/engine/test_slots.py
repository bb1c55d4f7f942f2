from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.intervals import Interval, subtract
from scheduling.engine.slots import asked_length, bookable_starts, slot_starts
from tests.scheduling.engine.brute_force import MINUTE, minutes

PARIS = ZoneInfo("Europe/Paris")
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)

lengths = st.integers(1, 600).map(lambda number: Interval(NINE, NINE + MINUTE * number))
grids = st.fixed_dictionaries(
    {
        "duration": st.integers(1, 60).map(lambda number: MINUTE * number),
        "pause": st.integers(0, 20).map(lambda number: MINUTE * number),
        "asked": st.integers(1, 120).map(lambda number: MINUTE * number),
    }
)
moments = st.integers(-30, 660).map(lambda number: NINE + timedelta(minutes=number, seconds=number % 60))


def window(length):
    return Interval(NINE, NINE + MINUTE * length)


def starts(length, duration, pause=0, asked=None):
    """In minutes after the start of the window."""
    found = slot_starts(
        window(length), duration=MINUTE * duration, pause=MINUTE * pause, asked=MINUTE * (asked or duration)
    )
    return [(start - NINE) // MINUTE for start in found]


@given(lengths, grids)
def test_slots_are_the_grid_minutes_whose_whole_length_is_free(free, grid):
    inside = set(minutes(free.start, free.end))
    expected, wait = [], 0
    for minute in minutes(free.start, free.end):
        if wait == 0:
            if inside.issuperset(minutes(minute, minute + grid["asked"])):
                expected.append(minute)
            wait = (grid["duration"] + grid["pause"]) // MINUTE
        wait -= 1

    assert list(slot_starts(free, **grid)) == expected


@given(lengths, grids, moments, moments)
def test_time_only_filters_the_grid(free, grid, not_before, not_after):
    found = list(bookable_starts(free, **grid, not_before=not_before, not_after=not_after))

    assert found == [start for start in slot_starts(free, **grid) if not_before <= start <= not_after]


@given(lengths, grids, moments, st.integers(0, 60))
def test_a_minute_later_the_slots_are_the_same_less_some_at_the_front(free, grid, now, later):
    before = list(bookable_starts(free, **grid, not_before=now))
    after = list(bookable_starts(free, **grid, not_before=now + MINUTE * later))

    assert after == before[len(before) - len(after) :]


@given(lengths, grids, st.data())
def test_booking_a_slot_leaves_those_before_it(free, grid, data):
    """They stand on the same grid; what follows restarts after the RDV and its pause."""
    slots = list(slot_starts(free, **grid))
    if not slots:
        return
    taken = data.draw(st.sampled_from(slots))
    left = subtract(free, [Interval(taken, taken + grid["asked"] + grid["pause"])])
    again = [start for piece in left for start in slot_starts(piece, **grid)]

    assert [start for start in again if start < taken] == [start for start in slots if start + grid["asked"] <= taken]


def test_half_hours_fill_a_morning():
    assert starts(180, 30) == [0, 30, 60, 90, 120, 150]


def test_the_last_pause_need_not_fit():
    assert starts(70, 30, pause=10) == [0, 40]
    assert starts(69, 30, pause=10) == [0]


def test_what_is_shorter_than_asked_is_lost():
    assert starts(29, 30) == []
    assert starts(59, 30) == [0]


def test_asking_for_more_than_one_person_keeps_the_grid():
    assert starts(100, 20, pause=5, asked=40) == [0, 25, 50]


def test_the_grid_restarts_after_an_rdv_and_its_pause():
    day = Interval(NINE, NINE + timedelta(hours=3))
    rdv_with_pause = Interval(NINE + MINUTE * 65, NINE + MINUTE * 100)

    found = [
        (start - NINE) // MINUTE
        for piece in subtract(day, [rdv_with_pause])
        for start in slot_starts(piece, duration=MINUTE * 30, pause=MINUTE * 5, asked=MINUTE * 30)
    ]
    # The second RDV of the first window ends where the next begins: the pause between them need not fit.
    assert found == [0, 35, 100, 135]


def test_an_option_and_several_persons_make_the_asked_length():
    assert asked_length(MINUTE * 20) == MINUTE * 20
    assert asked_length(MINUTE * 20, MINUTE * 30) == MINUTE * 30
    assert asked_length(MINUTE * 20, None, 3) == MINUTE * 60
    assert asked_length(MINUTE * 20, MINUTE * 30, 2) == MINUTE * 60
    with pytest.raises(ValueError, match="0 persons"):
        asked_length(MINUTE * 20, persons=0)


@pytest.mark.parametrize(("duration", "pause", "asked"), [(0, 0, 10), (10, -1, 10), (10, 0, 0)])
def test_a_grid_without_a_step_is_refused(duration, pause, asked):
    with pytest.raises(ValueError, match="No grid"):
        list(slot_starts(window(60), duration=MINUTE * duration, pause=MINUTE * pause, asked=MINUTE * asked))


def test_a_slot_given_in_local_time_is_checked_as_an_instant():
    spring = Interval(datetime(2026, 3, 29, 0, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC))
    grid = {"duration": MINUTE * 60, "pause": MINUTE * 0, "asked": MINUTE * 60}

    assert list(bookable_starts(spring, **grid, not_after=datetime(2026, 3, 29, 1, 30, tzinfo=PARIS))) == [spring.start]
