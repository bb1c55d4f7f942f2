"""How many slots each day of a period has: the overview before the search."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..engine.wall_clock import MIDNIGHT, ONE_DAY, to_instant
from .slot_sources import core_slots, counts_in_windows, slots_in_windows
from .slots import Demand, search_of

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
    **restrictions,
) -> dict[date, int]:
    """The number of different starts of each local day of `zone` in [first_day, last_day], days without any left out.

    Calendars free at the same start count once. `half_day` is "morning", "afternoon" or nothing; `restrictions` are
    those of `offered_slots`. One query, counted by the database; two more and those of the core where `offered_slots`
    needs the core.
    """
    days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
    edges = [to_instant(day, wall, zone) for day in days for wall in (MIDNIGHT, NOON)]
    end = to_instant(last_day + ONE_DAY, MIDNIGHT, zone)
    search = search_of(demands, start=edges[0], end=end, now=now, **restrictions)
    if search is None:
        return {}
    counts, uncovered = counts_in_windows(search, edges)
    if uncovered:
        # The same start may stand in a window here and come from the core there: counted from the starts themselves.
        rows = slots_in_windows(search)[0] + core_slots(search, uncovered)
        counts = Counter(bisect_right(edges, start) for start in {row[0] for row in rows})
    by_day = {
        day: sum(counts.get(2 * number + half + 1, 0) for half in HALVES[half_day]) for number, day in enumerate(days)
    }
    return {day: count for day, count in by_day.items() if count}
