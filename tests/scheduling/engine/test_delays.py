from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.delays import (
    Delay,
    DurationError,
    describe_delay,
    describe_duration,
    parse_delay,
    parse_horizon,
    parse_minutes,
)
from tests.scheduling.engine import brute_force
from tests.scheduling.engine.strategies import days_in, walls, zones

PARIS = ZoneInfo("Europe/Paris")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def paris(*parts):
    return datetime(*parts, tzinfo=PARIS)


@given(st.data(), zones, walls, st.integers(1, 14))
def test_months_keep_the_wall_clock_time(data, zone, wall, months):
    # The day of arrival is near a clock change half of the time; the start is so many months before.
    day = data.draw(days_in(zone)) - relativedelta(months=months)
    now = brute_force.first_instant(day, wall, zone)
    shown = now.astimezone(zone).replace(tzinfo=None)
    arrival = shown + relativedelta(months=months)

    assert Delay(months=months).after(now, zone) == brute_force.first_instant(arrival.date(), arrival.time(), zone)


@given(st.data(), zones, st.integers(0, 20000))
def test_anything_else_is_elapsed_time(data, zone, length):
    day = data.draw(days_in(zone))
    now = datetime(day.year, day.month, day.day, tzinfo=UTC).astimezone(zone)

    after = Delay(MINUTE * length).after(now, zone)
    assert (after - now.astimezone(UTC), after.tzinfo) == (MINUTE * length, UTC)


@pytest.mark.parametrize(
    ("now", "delay", "expected"),
    [
        (paris(2026, 1, 31, 10), Delay(months=1), paris(2026, 2, 28, 10)),
        (paris(2028, 1, 31, 10), Delay(months=1), paris(2028, 2, 29, 10)),
        (paris(2028, 2, 29, 10), Delay(months=12), paris(2029, 2, 28, 10)),
        (paris(2026, 10, 31, 10), Delay(months=3), paris(2027, 1, 31, 10)),
        (paris(2026, 11, 30, 10), Delay(months=1), paris(2026, 12, 30, 10)),
        (paris(2026, 3, 1, 10), Delay(months=1), paris(2026, 4, 1, 10)),  # Summer time meanwhile.
        (paris(2026, 3, 28, 10), Delay(DAY), paris(2026, 3, 29, 11)),  # A day is 24 hours.
        (paris(2026, 2, 28, 2, 30), Delay(months=1), paris(2026, 3, 28, 2, 30)),
        (paris(2026, 1, 29, 2, 30), Delay(months=2), paris(2026, 3, 29, 3, 30)),  # 2 h 30 does not exist.
        (paris(2026, 9, 25, 2, 30), Delay(months=1), paris(2026, 10, 25, 2, 30)),  # The first of two.
        (paris(2026, 1, 31, 10), Delay(HOUR, months=1), paris(2026, 2, 28, 11)),
    ],
)
def test_delays_on_the_calendar(now, delay, expected):
    assert delay.after(now, PARIS) == expected.astimezone(UTC)


def test_no_months_keeps_the_second_of_two_equal_times():
    second = paris(2026, 10, 25, 2, 30).replace(fold=1)

    assert Delay().after(second, PARIS) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "duration", "delay", "horizon"),
    [
        ("45", 45 * MINUTE, Delay(45 * MINUTE), Delay(45 * DAY)),
        ("60m", HOUR, Delay(HOUR), Delay(months=60)),
        ("2h", 2 * HOUR, Delay(2 * HOUR), Delay(2 * HOUR)),
        ("10j", 10 * DAY, Delay(10 * DAY), Delay(10 * DAY)),
        ("2m", 2 * MINUTE, Delay(2 * MINUTE), Delay(months=2)),
        (" 1 H 30 ", 90 * MINUTE, Delay(90 * MINUTE), Delay(90 * MINUTE)),
        ("1h30min", 90 * MINUTE, Delay(90 * MINUTE), Delay(90 * MINUTE)),
        ("20\u00a0minutes", 20 * MINUTE, Delay(20 * MINUTE), Delay(20 * MINUTE)),
        ("6 semaines", 42 * DAY, Delay(42 * DAY), Delay(42 * DAY)),
        ("0", 0 * MINUTE, Delay(), Delay()),
    ],
)
def test_each_field_reads_a_duration_in_its_own_sense(text, duration, delay, horizon):
    assert parse_minutes(text) == duration
    assert parse_delay(text) == delay
    assert parse_horizon(text) == horizon


def test_months_are_written_out_where_m_is_minutes():
    assert parse_delay("1 mois") == Delay(months=1)
    with pytest.raises(DurationError, match="en minutes, en heures ou en jours"):
        parse_minutes("1 mois")


@pytest.mark.parametrize("text", ["", "abc", "-5", "1.5h", "1,5h", "2h75", "2j30", "h", "10 20", "1234567", "٣", "2x"])
@pytest.mark.parametrize("parse", [parse_minutes, parse_delay, parse_horizon])
def test_what_is_no_duration_is_refused_with_an_example(parse, text):
    with pytest.raises(DurationError, match="Écrivez par exemple") as refusal:
        parse(text)

    assert refusal.value.message == str(refusal.value)


def test_bounds_are_named_as_they_would_be_typed():
    bounds = {"minimum": 5 * MINUTE, "maximum": 8 * HOUR}
    assert parse_minutes("5", **bounds) == 5 * MINUTE
    assert parse_minutes("8h", **bounds) == 8 * HOUR
    with pytest.raises(DurationError, match=r"^«\u00a04\u00a0min\u00a0» est trop court\u00a0: au moins 5\u00a0min[.]$"):
        parse_minutes("4", **bounds)
    with pytest.raises(DurationError, match=r"^«\u00a09\u00a0h\u00a0» est trop long\u00a0: au plus 8\u00a0h[.]$"):
        parse_minutes("9h", **bounds)


def test_a_year_is_twelve_months_or_365_days():
    year = Delay(months=12)
    assert parse_horizon("365", maximum=year) == Delay(365 * DAY)
    assert parse_horizon("12m", maximum=year) == year
    for text in ("366", "13m", "99999m"):
        with pytest.raises(DurationError, match="au plus 12\u00a0mois"):
            parse_horizon(text, maximum=year)


@given(
    st.one_of(
        st.builds(Delay, st.integers(0, 99999).map(lambda n: MINUTE * n)), st.builds(Delay, months=st.integers(1, 99))
    )
)
def test_what_was_understood_can_be_typed_again(delay):
    shown = describe_delay(delay)

    assert parse_horizon(shown) == parse_delay(shown) == delay


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (Delay(60 * MINUTE), "1 h"),
        (Delay(90 * MINUTE), "1 h 30"),
        (Delay(65 * MINUTE), "1 h 05"),
        (Delay(DAY), "1 jour"),
        (Delay(10 * DAY), "10 jours"),
        (Delay(36 * HOUR), "36 h"),
        (Delay(months=2), "2 mois"),
        (Delay(DAY, months=1), "1 mois et 1 jour"),
        (Delay(), "0 min"),
    ],
)
def test_delays_in_words(delay, expected):
    assert describe_delay(delay) == expected.replace(" h", "\u00a0h").replace("h ", "h\u00a0").replace(
        " j", "\u00a0j"
    ).replace(" m", "\u00a0m")


def test_durations_are_in_hours_however_long():
    assert describe_duration(26 * HOUR) == "26\u00a0h"
