"""What the properties are tried on: days around clock changes of zones that change theirs in odd ways."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from scheduling.engine.openings import OpeningRule, UnavailabilityRule
from scheduling.engine.recurrence import Frequency, Recurrence, Rule

ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Paris",
        "Europe/Lisbon",
        "Pacific/Noumea",
        "America/Miquelon",
        "Indian/Reunion",
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

zones = st.sampled_from(ZONES)
any_days = st.dates(FIRST, LAST)


@st.composite
def days_in(draw, zone):
    """Half of them within two days of a clock change, where there is one."""
    if CHANGE_DAYS[zone] and draw(st.booleans()):
        return draw(st.sampled_from(CHANGE_DAYS[zone])) + timedelta(days=draw(st.integers(-2, 2)))
    return draw(any_days)


# Many times near midnight and in the small hours, where clocks change.
walls = st.one_of(
    st.times().map(lambda wall: wall.replace(second=0, microsecond=0)),
    st.builds(time, st.sampled_from([0, 1, 2, 3, 22, 23]), st.sampled_from([0, 10, 15, 30, 45, 59])),
)


@st.composite
def ranges(draw):
    """A start and a later end of one day, the end possibly midnight (24 h)."""
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
    first_days = st.integers(-20, 2).map(lambda offset: around + timedelta(days=offset))
    return OpeningRule(
        number, draw(recurrences(first_days, most=most)), start, end, zone, organization_id=draw(st.integers(1, 2))
    )


@st.composite
def unavailability_rules(draw, zone, around):
    days_spanned = draw(st.integers(0, 3))
    start, end = draw(ranges()) if days_spanned == 0 else (draw(walls), draw(walls))
    first_days = st.integers(-20, 2).map(lambda offset: around + timedelta(days=offset))
    return UnavailabilityRule(draw(recurrences(first_days)), start, end, days_spanned, zone)


@st.composite
def busy_spans(draw, around, zone, *, most=6):
    """(start, end) instants on whole minutes, from the day before `around` to the day after."""
    begin = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(hours=36)
    pairs = draw(st.lists(st.tuples(st.integers(0, 72 * 60), st.integers(1, 600)), max_size=most))
    spans = [(begin + timedelta(minutes=start), begin + timedelta(minutes=start + length)) for start, length in pairs]
    return [(start.astimezone(zone), end.astimezone(zone)) for start, end in spans] if draw(st.booleans()) else spans
