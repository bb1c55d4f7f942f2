"""Half-open intervals [start, end) of instants, and the only arithmetic done on them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

_by_start = attrgetter("start")


@dataclass(frozen=True, order=True, slots=True)
class Interval:
    """[start, end): touching is not overlapping.

    Both ends are kept in UTC whatever zone they came in: Python compares and subtracts two datetimes
    of one zone by their wall clocks, which is wrong across a clock change.

    Raises ValueError when it is empty or inverted, or an end has no time zone.
    """

    start: datetime
    end: datetime

    def __post_init__(self):
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC:
            object.__setattr__(self, "start", _in_utc(self.start))
            object.__setattr__(self, "end", _in_utc(self.end))
        if self.start >= self.end:
            raise ValueError(f"Empty interval: {self.start} – {self.end}")

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Interval") -> bool:
        return self.start <= other.start and other.end <= self.end

    def common(self, other: "Interval") -> "Interval":
        """Raises ValueError where they do not overlap."""
        return Interval(max(self.start, other.start), min(self.end, other.end))


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"No time zone: {moment}")
    return moment.astimezone(UTC)


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants as disjoint intervals in order; touching ones are joined."""
    merged: list[Interval] = []
    start = end = None
    for interval in sorted(intervals, key=_by_start):
        if end is None:
            start, end = interval.start, interval.end
        elif interval.start > end:
            merged.append(Interval(start, end))
            start, end = interval.start, interval.end
        elif interval.end > end:
            end = interval.end
    if end is not None:
        merged.append(Interval(start, end))
    return merged


def subtract(window: Interval, busy: Iterable[Interval]) -> Iterator[Interval]:
    """What is left of `window` once every `busy` interval is removed: maximal pieces, in order."""
    cursor = window.start
    for block in sorted(busy, key=_by_start):
        if block.end <= cursor:
            continue
        if block.start >= window.end:
            break
        if block.start > cursor:
            yield Interval(cursor, block.start)
        cursor = block.end
    if cursor < window.end:
        yield Interval(cursor, window.end)
