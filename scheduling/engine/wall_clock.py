"""From wall-clock times to instants and back.

A local time that does not exist that day (spring) moves forward by the gap; one that exists twice
(autumn) is the first. Both are what PEP 495 gives for `fold=0`.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .intervals import Interval

ONE_DAY = timedelta(days=1)
MIDNIGHT = time(0)


def to_instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which clocks of `zone` show `wall` on `day`."""
    return datetime.combine(day, wall.replace(fold=0) if wall.fold else wall, zone).astimezone(UTC)


def end_instant(day: date, end: time, zone: ZoneInfo) -> datetime:
    """Like `to_instant` for the end of something: midnight is the one that ends `day` (24 h)."""
    return to_instant(day + ONE_DAY, MIDNIGHT, zone) if end == MIDNIGHT else to_instant(day, end, zone)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def day_interval(day: date, zone: ZoneInfo) -> Interval:
    """The whole local day: 23, 24 or 25 hours.

    Raises ValueError for a day that the zone never had (Samoa, 30 December 2011).
    """
    return Interval(to_instant(day, MIDNIGHT, zone), end_instant(day, MIDNIGHT, zone))


def local_days(interval: Interval, zone: ZoneInfo) -> tuple[date, date]:
    """First and last local day touched by [start, end): an interval that ends at midnight stays in its day."""
    return local_day(interval.start, zone), local_day(interval.end - timedelta.resolution, zone)
