"""Cutting a series for « cette occurrence / celle-ci et les suivantes / toutes »."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.recurrence import Recurrence
from scheduling.engine.series import Cut, Scope, cut
from tests.scheduling.engine import brute_force
from tests.scheduling.engine.strategies import recurrences

YEARS = (date(2025, 1, 1), date(2031, 12, 31))
MONDAY = date(2026, 3, 2)
WEEKLY = Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260330")


@given(st.data(), recurrences(), st.sampled_from(Scope))
def test_what_is_left_and_what_is_taken_are_the_series_and_share_no_day(data, recurrence, scope):
    found = brute_force.days_of(recurrence, *YEARS)
    if not found:
        return
    day = data.draw(st.sampled_from(found))

    parts = cut(recurrence, scope, day)

    left = brute_force.days_of(parts.left, *YEARS) if parts.left else []
    taken = brute_force.days_of(parts.taken, *YEARS)
    expected = {
        Scope.OCCURRENCE: [day],
        Scope.FOLLOWING: [other for other in found if other >= day],
        Scope.ALL: found,
    }
    assert taken == expected[scope]
    assert left == [other for other in found if other not in taken]
    # Nothing that opens no day stays behind, save where only days past YEARS are left.
    assert parts.left is None or left or recurrence.last_day() is None


def test_every_day_of_a_series_can_be_taken_by_itself():
    days = brute_force.days_of(WEEKLY, *YEARS)

    assert [cut(WEEKLY, Scope.OCCURRENCE, day).taken for day in days] == [Recurrence(day) for day in days]


def test_the_only_occurrence_leaves_nothing():
    only = Recurrence(MONDAY, "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260308")

    assert cut(only, Scope.OCCURRENCE, MONDAY) == cut(only, Scope.FOLLOWING, MONDAY) == Cut(None, only)


@pytest.mark.parametrize("scope", [Scope.OCCURRENCE, Scope.FOLLOWING])
def test_a_day_that_is_no_occurrence_cannot_be_changed(scope):
    with pytest.raises(ValueError, match="not an occurrence"):
        cut(WEEKLY, scope, MONDAY + timedelta(days=1))
