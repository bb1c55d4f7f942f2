"""Opening ranges and unavailabilities: wall-clock times repeated over days, turned into intervals of instants."""

from collections.abc import Hashable, Iterator, Set
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from .intervals import Interval
from .recurrence import Recurrence
from .wall_clock import MIDNIGHT, ONE_DAY, end_instant, local_day, to_instant


@dataclass(frozen=True, slots=True)
class OpeningRule:
    """An opening range: `end_time` of midnight is 24 h, the end of the same day.

    `organization_id` names the closed days that apply to it, `location_id` the place, if it is at one.
    """

    id: int
    recurrence: Recurrence
    start_time: time
    end_time: time
    zone: ZoneInfo
    organization_id: Hashable = None
    location_id: Hashable = None

    def __post_init__(self):
        if self.end_time != MIDNIGHT and self.end_time <= self.start_time:
            raise ValueError(f"Ends before it starts: {self.start_time} – {self.end_time}")


@dataclass(frozen=True, slots=True)
class Occurrence:
    opening_id: int
    day: date
    interval: Interval


def occurrences(
    rule: OpeningRule, first_day: date, last_day: date, closed_days: Set[date] = frozenset()
) -> Iterator[Occurrence]:
    """The occurrences of the days [first_day, last_day], both included, in order, without those of closed days.

    An occurrence that a clock change empties or inverts does not exist.
    """
    for day in rule.recurrence.days(first_day, last_day):
        if day in closed_days:
            continue
        start = to_instant(day, rule.start_time, rule.zone)
        end = end_instant(day, rule.end_time, rule.zone)
        if closed_days and day + ONE_DAY in closed_days:
            # Where clocks skip the last hour of a day (Nuuk), its times move into the next one.
            end = min(end, end_instant(day, MIDNIGHT, rule.zone))
        if start < end:
            yield Occurrence(rule.id, day, Interval(start, end))


@dataclass(frozen=True, slots=True)
class UnavailabilityRule:
    """An unavailability, from `start_time` on each day of the recurrence to `end_time` so many days later.

    An `end_time` of midnight is 24 h when `days_spanned` is 0, and otherwise the midnight that begins the
    last day: Monday 8 h to Wednesday 24 h is 3 days and midnight.
    """

    recurrence: Recurrence
    start_time: time
    end_time: time
    days_spanned: int
    zone: ZoneInfo

    def __post_init__(self):
        same_day_inverted = self.days_spanned == 0 and MIDNIGHT != self.end_time <= self.start_time
        if self.days_spanned < 0 or same_day_inverted:
            raise ValueError(f"Ends before it starts: {self.start_time} – {self.end_time} (+{self.days_spanned})")


def busy_intervals(rule: UnavailabilityRule, within: Interval) -> Iterator[Interval]:
    """The occurrences that overlap `within`, whole, in order; also those that began before it."""
    # A day more on both sides: a clock change can move a time across midnight.
    first = local_day(within.start, rule.zone) - timedelta(days=rule.days_spanned + 1)
    last = local_day(within.end, rule.zone) + ONE_DAY
    for day in rule.recurrence.days(first, last):
        start = to_instant(day, rule.start_time, rule.zone)
        if rule.days_spanned:
            end = to_instant(day + timedelta(days=rule.days_spanned), rule.end_time, rule.zone)
        else:
            end = end_instant(day, rule.end_time, rule.zone)
        if start < end and start < within.end and within.start < end:
            yield Interval(start, end)


def first_crossing(rule: OpeningRule, other: OpeningRule, first_day: date, last_day: date) -> date | None:
    """The first day of `rule` in [first_day, last_day] on which the two overlap; None when they never do.

    Closed days count as any other: what opens twice is worth knowing on those too.
    """
    taken = (occurrence.interval for occurrence in occurrences(other, first_day - ONE_DAY, last_day + ONE_DAY))
    candidate = next(taken, None)
    for occurrence in occurrences(rule, first_day, last_day):
        while candidate is not None and candidate.end <= occurrence.interval.start:
            candidate = next(taken, None)
        if candidate is None:
            return None
        if candidate.overlaps(occurrence.interval):
            return occurrence.day
    return None


# Further apart than this, two occurrences of one series are as far apart as two earlier ones were.
_OCCURRENCES_COMPARED = 400


def catches_up_with_itself(rule: UnavailabilityRule) -> bool:
    """Whether an occurrence begins before the one before it has ended, on the wall clock."""
    length = timedelta(days=rule.days_spanned) + _since_midnight(rule.end_time) - _since_midnight(rule.start_time)
    days = islice(rule.recurrence.days(rule.recurrence.first_day, date.max), _OCCURRENCES_COMPARED)
    return any(later - earlier < length for earlier, later in pairwise(days))


def _since_midnight(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)
