"""What the properties are tried on: days around clock changes of zones that change theirs in odd ways."""

from datetime import UTC, date, datetime, time, timedelta
from operator import add
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from scheduling.engine.openings import OpeningRule, UnavailabilityRule
from scheduling.engine.recurrence import Frequency, Recurrence, Rule

# Where the product is used: two with Europe's clock changes, one with America's, two without any.
PARIS, LISBON, NOUMEA, MIQUELON, REUNION = FRENCH_AND_PORTUGUESE = [
    ZoneInfo(name) for name in ("Europe/Paris", "Europe/Lisbon", "Pacific/Noumea", "America/Miquelon", "Indian/Reunion")
]
ZONES = FRENCH_AND_PORTUGUESE + [
    ZoneInfo(name)
    for name in (
        "Australia/Lord_Howe",  # Half an hour.
        "America/Nuuk",  # Skips the last hour of a Saturday.
        "Africa/Cairo",  # Skips the first hour of a day, repeats the last.
        "Atlantic/Azores",  # Skips and repeats the first hour of a day.
        "America/Santiago",
        "Africa/Casablanca",  # Ramadan.
        "Pacific/Chatham",  # Twelve hours and three quarters.
    )
]

FIRST = date(2025, 1, 1)
LAST = date(2028, 12, 31)


def _change_days(zone):
    days, offset = [], None
    for number in range((LAST - FIRST).days):
        day = FIRST + timedelta(days=number)
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).astimezone(zone)
        if offset is not None and noon.utcoffset() != offset:
            days.append(day)
        offset = noon.utcoffset()
    return days


CHANGE_DAYS = {zone: _change_days(zone) for zone in ZONES}

# Ends of years (in a week 1, 53 and 52), the leap day, ends of months of 28, 30 and 31 days.
TURNING_DAYS = [
    date(2025, 12, 31),
    date(2026, 12, 28),
    date(2027, 1, 3),
    date(2027, 12, 31),
    date(2028, 2, 29),
    date(2026, 5, 31),
    date(2026, 6, 30),
    date(2027, 2, 28),
]

zones = st.one_of(st.sampled_from(FRENCH_AND_PORTUGUESE), st.sampled_from(ZONES))
near = st.sampled_from([0, 0, 0, -1, 1, -2, 2]).map(lambda number: timedelta(days=number))
turning_days = st.builds(add, st.sampled_from(TURNING_DAYS), near)
any_days = st.one_of(st.dates(FIRST, LAST), turning_days)


@st.composite
def days_in(draw, zone):
    """Half of them within two days of a clock change, where there is one; the others as `any_days`."""
    if CHANGE_DAYS[zone] and draw(st.booleans()):
        return draw(st.sampled_from(CHANGE_DAYS[zone])) + draw(near)
    return draw(any_days)


# Many times near midnight and in the small hours, where clocks change.
walls = st.one_of(
    st.times().map(lambda wall: wall.replace(second=0, microsecond=0)),
    st.builds(time, st.sampled_from([0, 1, 2, 3, 22, 23]), st.sampled_from([0, 10, 15, 30, 45, 59])),
)


OVER_A_CHANGE = [
    (time(1), time(5)),
    (time(2), time(3)),
    (time(2, 15), time(3, 10)),
    (time(2, 15), time(2, 45)),
    (time(0, 30), time(1, 30)),
    (time(1), time(2)),
    (time(22, 30), time(0)),
    (time(23, 15), time(23, 45)),
    (time(0), time(0)),
]


@st.composite
def ranges(draw):
    """A start and a later end of one day, the end possibly midnight (24 h); one in four over the hours that change."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(OVER_A_CHANGE))
    start, end = draw(walls), draw(walls)
    if end < start and end != time(0):
        start, end = end, start
    return (start, end) if start < end else (start, time(0))


@st.composite
def rules(draw, first_day, *, most=4, endless=None):
    frequency = draw(st.sampled_from(Frequency))
    parts = {"interval": draw(st.integers(1, most))}
    if frequency is Frequency.WEEKLY:
        parts["weekdays"] = draw(st.frozensets(st.integers(0, 6), min_size=1))
    elif frequency is Frequency.MONTHLY and draw(st.booleans()):
        parts["month_day"] = draw(st.sampled_from([-1, 1, 2, 15, 28, 29, 30, 31]))
    elif frequency is Frequency.MONTHLY:
        parts["nth"] = draw(st.sampled_from([-1, 1, 2, 3, 4, 5]))
        parts["weekdays"] = frozenset({draw(st.integers(0, 6))})
    if endless is False or (endless is None and draw(st.booleans())):
        parts["until"] = first_day + timedelta(days=draw(st.integers(-3, 400)))
    return Rule(frequency, **parts)


@st.composite
def recurrences(draw, first_days=any_days, *, most=4):
    first_day = draw(first_days)
    rrule = "" if draw(st.integers(0, 4)) == 0 else draw(rules(first_day, most=most)).to_rrule()
    excluded = draw(st.frozensets(st.integers(0, 30), max_size=4))
    return Recurrence(first_day, rrule, frozenset(first_day + timedelta(days=number) for number in excluded))


@st.composite
def opening_rules(draw, zone, around, number=1, *, most=4):
    start, end = draw(ranges())
    first_days = st.one_of(st.just(0), st.integers(-20, 2)).map(lambda offset: around + timedelta(days=offset))
    return OpeningRule(
        number, draw(recurrences(first_days, most=most)), start, end, zone, organization_id=draw(st.integers(1, 2))
    )


LONGEST_ABSENCE = 10  # In days spanned.


@st.composite
def unavailability_rules(draw, zone, around):
    days_spanned = draw(st.one_of(st.integers(0, 3), st.integers(4, LONGEST_ABSENCE)))
    start, end = draw(ranges()) if days_spanned == 0 else (draw(walls), draw(walls))
    first_days = st.one_of(st.just(0), st.integers(-20, 2)).map(lambda offset: around + timedelta(days=offset))
    return UnavailabilityRule(draw(recurrences(first_days)), start, end, days_spanned, zone)


@st.composite
def busy_spans(draw, around, zone, *, most=6):
    """(start, end) instants on whole minutes that begin from the day before `around` to the day after."""
    begin = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(hours=36)
    lengths = st.one_of(st.integers(1, 600), st.integers(1, 600), st.integers(600, 3 * 24 * 60))
    pairs = draw(st.lists(st.tuples(st.integers(0, 72 * 60), lengths), max_size=most))
    spans = [(begin + timedelta(minutes=start), begin + timedelta(minutes=start + length)) for start, length in pairs]
    return [(start.astimezone(zone), end.astimezone(zone)) for start, end in spans] if draw(st.booleans()) else spans
