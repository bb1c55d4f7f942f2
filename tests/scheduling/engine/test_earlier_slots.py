"""What somebody wishes who waits for an earlier slot, and how long they have to answer."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.earlier_slots import EVERY_DAY, OFFER_LASTS, SHORTEST_ANSWER, Night, Wishes, answer_until
from tests.factories import FRIDAY, MONDAY, PARIS, TUESDAY, paris


@pytest.mark.parametrize(
    ("wishes", "start", "suits"),
    [
        (Wishes(), paris(MONDAY, 0), True),
        (Wishes(weekdays=frozenset({0})), paris(MONDAY, 23, 59), True),
        (Wishes(weekdays=frozenset({0})), paris(TUESDAY, 0), False),
        (Wishes(afternoons=False), paris(MONDAY, 11, 59), True),
        (Wishes(afternoons=False), paris(MONDAY, 12), False),
        (Wishes(mornings=False), paris(MONDAY, 12), True),
        (Wishes(not_before=TUESDAY), paris(MONDAY, 23, 59), False),
        (Wishes(not_before=TUESDAY), paris(TUESDAY, 0), True),
    ],
)
def test_wishes_are_of_local_days_and_noon_is_afternoon(wishes, start, suits):
    assert wishes.suit(start, PARIS) is suits


# Hypothesis adds the zone.
_FIRST, _LAST = datetime(2026, 2, 1), datetime(2026, 4, 30)  # noqa: DTZ001
instants = st.datetimes(_FIRST, _LAST, timezones=st.just(ZoneInfo("UTC")))


@given(
    weekdays=st.frozensets(st.sampled_from(sorted(EVERY_DAY)), min_size=1),
    halves=st.sampled_from([(True, True), (True, False), (False, True)]),
    not_before=st.none() | st.sampled_from([MONDAY, FRIDAY]),
    first=instants,
    hours=st.integers(0, 24 * 9),
)
def test_wishes_can_be_met_where_one_of_the_quarters_of_an_hour_suits(weekdays, halves, not_before, first, hours):
    wishes = Wishes(weekdays, *halves, not_before)
    first = first.replace(minute=0, second=0, microsecond=0)
    last = first + timedelta(hours=hours)
    quarters = [first + timedelta(minutes=15) * number for number in range(4 * hours + 1)]

    assert wishes.can_be_met(first, last, PARIS) is any(wishes.suit(start, PARIS) for start in quarters)


def test_wishes_cannot_be_met_in_no_time():
    assert not Wishes().can_be_met(paris(TUESDAY, 9), paris(MONDAY, 9), PARIS)


@pytest.mark.parametrize(
    ("night", "now", "end"),
    [
        (Night(), paris(MONDAY, 19, 59), paris(MONDAY, 19, 59)),
        (Night(), paris(MONDAY, 20), paris(TUESDAY, 8)),
        (Night(), paris(TUESDAY, 7, 59), paris(TUESDAY, 8)),
        (Night(), paris(TUESDAY, 8), paris(TUESDAY, 8)),
        (Night(time(0), time(9)), paris(TUESDAY, 1), paris(TUESDAY, 9)),
        (Night(time(0), time(9)), paris(MONDAY, 23), paris(MONDAY, 23)),
        (Night(time(8), time(8)), paris(TUESDAY, 3), paris(TUESDAY, 3)),
    ],
)
def test_the_night_ends_in_the_morning(night, now, end):
    assert night.end_after(now, PARIS) == end


@given(now=instants, ahead=st.integers(0, 60 * 60))
def test_an_answer_has_at_least_its_shortest_and_at_most_its_longest_time_by_day(now, ahead):
    latest = now + timedelta(minutes=ahead)

    until = answer_until(now, latest=latest, zone=PARIS, night=Night())

    begins = Night().end_after(now, PARIS)
    assert (until is None) is (latest - begins < SHORTEST_ANSWER)
    if until is not None:
        assert SHORTEST_ANSWER <= until - begins <= OFFER_LASTS
        assert until <= latest
