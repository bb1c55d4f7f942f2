"""How many slots each day of a period has: the overview before the search."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..engine.wall_clock import MIDNIGHT, ONE_DAY, to_instant
from .slot_search import SlotQuery
from .slot_sources import core_slots, counts_in_windows, slots_in_windows
from .slots import Demand, offered_slots, search_of
from .together import slots_together

NOON = time(12)
HALVES = {"morning": (0,), "afternoon": (1,), "": (0, 1)}


def free_slots_per_day(
    demands: Iterable[Demand],
    *,
    first_day: date,
    last_day: date,
    zone: ZoneInfo,
    now: datetime,
    half_day: str = "",
    is_together: bool = False,
    beyond: Sequence[SlotQuery] = (),
    **restrictions,
) -> dict[date, int]:
    """The number of different starts of each local day of `zone` in [first_day, last_day], days without any left out.

    Calendars free at the same start count once. `half_day` is "morning", "afternoon" or nothing; `restrictions` are
    those of `offered_slots`. One query, counted by the database; two more and those of the core where `offered_slots`
    needs the core. With `is_together`, what all the calendars have free, at the queries of `slots_together`. With what
    a search was widened to (`beyond`), the starts of all of them, at one query each.
    """
    days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
    edges = [to_instant(day, wall, zone) for day in days for wall in (MIDNIGHT, NOON)]
    end = to_instant(last_day + ONE_DAY, MIDNIGHT, zone)
    asked = {"start": edges[0], "end": end, "now": now}
    if beyond:
        found = offered_slots(demands, **asked, **restrictions)
        for query in beyond:
            found += offered_slots(query.demands, **asked, **query.restrictions)
        counts = _between(edges, (slot.starts_at for slot in found))
    else:
        count = _counted_together if is_together else _counted
        counts = count(demands, edges, **asked, **restrictions)
    by_day = {
        day: sum(counts.get(2 * number + half + 1, 0) for half in HALVES[half_day]) for number, day in enumerate(days)
    }
    return {day: count for day, count in by_day.items() if count}


def _counted(demands, edges, **asked):
    search = search_of(demands, **asked)
    if search is None:
        return {}
    counts, uncovered = counts_in_windows(search, edges)
    if not uncovered:
        return counts
    # The same start may stand in a window here and come from the core there: counted from the starts themselves.
    return _between(edges, (row[0] for row in slots_in_windows(search)[0] + core_slots(search, uncovered)))


def _counted_together(demands, edges, *, for_agent, **asked):
    return _between(edges, (slot.starts_at for demand in demands for slot in slots_together(demand, **asked)))


def _between(edges, starts):
    return Counter(bisect_right(edges, start) for start in set(starts))


@dataclass(frozen=True)
class MonthDay:
    """`slots` is None outside the days that can be searched."""

    day: date
    slots: int | None


@dataclass(frozen=True)
class SlotMonth:
    """`weeks` are of seven days, from Monday, None where another month begins or ends; those before the first day that
    can be searched are left out. `previous` and `following` are the first days of the months beside, None where nothing
    can be searched.
    """

    first_day: date
    weeks: list[list[MonthDay | None]]
    previous: date | None
    following: date | None

    @property
    def weekdays(self) -> list[date]:
        """Seven days for their names, from Monday."""
        monday = self.first_day - timedelta(days=self.first_day.weekday())
        return [monday + timedelta(days=number) for number in range(7)]

    @property
    def total(self) -> int:
        return sum(day.slots or 0 for week in self.weeks for day in week if day)


def slot_month(
    demands: Iterable[Demand],
    *,
    month: date,
    earliest: date,
    latest: date,
    zone: ZoneInfo,
    now: datetime,
    weekdays: Set[int] = frozenset(),
    **restrictions,
) -> SlotMonth:
    """The month that holds the day `month`, brought between those of `earliest` and `latest`, which can be searched.

    No weekday is every weekday; the rest as `free_slots_per_day`, and its queries.
    """
    first_day = min(max(month, earliest), latest).replace(day=1)
    following = (first_day + timedelta(days=31)).replace(day=1)
    first, last = max(first_day, earliest), min(following - ONE_DAY, latest)
    counts = free_slots_per_day(demands, first_day=first, last_day=last, zone=zone, now=now, **restrictions)

    def shown(day):
        if day.month != first_day.month:
            return None
        wanted = first <= day <= last and (not weekdays or day.weekday() in weekdays)
        return MonthDay(day, counts.get(day, 0) if wanted else None)

    mondays, day = [], first - timedelta(days=first.weekday())
    while day < following:
        mondays.append(day)
        day += timedelta(days=7)
    return SlotMonth(
        first_day=first_day,
        weeks=[[shown(monday + timedelta(days=number)) for number in range(7)] for monday in mondays],
        previous=(first_day - ONE_DAY).replace(day=1) if first_day > earliest else None,
        following=following if following <= latest else None,
    )
