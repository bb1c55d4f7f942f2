"""A day drawn to scale: where instants lie between two hours, in percent of the width, so that no text is stretched."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .engine.intervals import Interval
from .engine.phrases import format_time

HOUR = timedelta(hours=1)

# More hours than this, and only every other one is written; on a phone, half as many.
MOST_LABELS = 12


@dataclass(frozen=True)
class Tick:
    x: str
    label: str
    anchor: str
    is_minor: bool


@dataclass(frozen=True)
class Axis:
    """From the whole hour before everything to the whole hour after, by the clocks of `zone`."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    @classmethod
    def around(cls, intervals: Iterable[Interval], zone: ZoneInfo) -> "Axis":
        """Of at least one interval."""
        intervals = list(intervals)
        last = max(interval.end for interval in intervals)
        end = _hour_before(last, zone)
        return cls(
            _hour_before(min(interval.start for interval in intervals), zone), end if end == last else end + HOUR, zone
        )

    def x(self, instant: datetime) -> str:
        return _percent((instant - self.start) / (self.end - self.start))

    def width(self, interval: Interval) -> str:
        return _percent(interval.duration / (self.end - self.start))

    @property
    def ticks(self) -> list[Tick]:
        """One for each hour that passes: where clocks change, one is missing or stands twice."""
        hours = (self.end - self.start) // HOUR
        every = 1 if hours <= MOST_LABELS else 2
        ticks = []
        for number in range(0, hours + 1, every):
            instant = self.start + number * HOUR
            is_last = instant == self.end
            wall = instant.astimezone(self.zone).time()
            label = "24\u00a0h" if is_last and number and not wall.hour else format_time(wall)
            anchor = "start" if not number else "end" if is_last else "middle"
            ticks.append(Tick(self.x(instant), label, anchor, is_minor=bool(number // every % 2)))
        return ticks


def _hour_before(instant, zone):
    local = instant.astimezone(zone)
    return (instant - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)).astimezone(
        UTC
    )


def _percent(share):
    return f"{share * 100:.3f}%"
