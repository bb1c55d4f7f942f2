from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.intervals import Interval
from scheduling.engine.wall_clock import day_interval, end_instant, local_day, local_days, to_instant
from tests.scheduling.engine import brute_force
from tests.scheduling.engine.strategies import CHANGE_DAYS, days_in, walls, zones

PARIS = ZoneInfo("Europe/Paris")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@given(st.data(), zones, walls)
def test_a_wall_clock_time_is_the_first_instant_that_shows_it_or_moves_past_the_gap(data, zone, wall):
    day = data.draw(days_in(zone))

    assert to_instant(day, wall, zone) == brute_force.first_instant(day, wall, zone)
    assert to_instant(day, wall.replace(fold=1), zone) == to_instant(day, wall, zone)


@given(st.data(), zones)
def test_local_days_follow_each_other_without_gap(data, zone):
    day = data.draw(days_in(zone))
    today = day_interval(day, zone)

    assert today.end == day_interval(day + timedelta(days=1), zone).start == end_instant(day, time(0), zone)
    for minute in brute_force.minutes(today.start, today.end)[::7]:
        assert minute.astimezone(zone).date() == day == local_day(minute, zone)
    assert local_days(today, zone) == (day, day)


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        (SPRING, time(1, 59), datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (SPRING, time(2, 15), datetime(2026, 3, 29, 1, 15, tzinfo=UTC)),  # 3 h 15.
        (SPRING, time(3, 0), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (AUTUMN, time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # The first of two.
        (AUTUMN, time(3, 0), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_the_nights_of_clock_change_in_paris(day, wall, expected):
    assert to_instant(day, wall, PARIS) == expected


def test_an_interval_that_ends_at_midnight_stays_in_its_day():
    evening = Interval(to_instant(SPRING, time(20), PARIS), end_instant(SPRING, time(0), PARIS))

    assert local_days(evening, PARIS) == (SPRING, SPRING)


def test_a_day_that_a_zone_never_had_is_refused():
    with pytest.raises(ValueError, match="Empty interval"):
        day_interval(date(2011, 12, 30), ZoneInfo("Pacific/Apia"))


def test_the_properties_are_tried_on_the_nights_of_clock_change():
    assert {SPRING, AUTUMN} < set(CHANGE_DAYS[PARIS])
    assert CHANGE_DAYS[ZoneInfo("Pacific/Noumea")] == CHANGE_DAYS[ZoneInfo("Indian/Reunion")] == []
    assert sum(map(bool, CHANGE_DAYS.values())) == len(CHANGE_DAYS) - 2
