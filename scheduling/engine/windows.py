"""Free windows: what remains of each occurrence of an opening range once everything busy is removed."""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date

from .intervals import Interval, merge, subtract
from .openings import OpeningRule, occurrences


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """`day` is the local day of the occurrence that the window is a part of."""

    opening_id: int
    day: date
    interval: Interval


def windows(
    openings: Iterable[OpeningRule],
    *,
    first_day: date,
    last_day: date,
    busy: Iterable[Interval] = (),
    closed_days: Mapping[Hashable, Set[date]],
) -> list[Window]:
    """The maximal free windows of one calendar on the days [first_day, last_day], both included, sorted.

    `busy` holds whatever occupies the calendar (unavailabilities, RDVs with their pause, holds, external events),
    in any order, overlapping or not. `closed_days` are by `organization_id` of the openings.
    Each opening range has its own windows, also where two of them overlap.
    """
    blocks = merge(busy)
    starts = [block.start for block in blocks]
    ends = [block.end for block in blocks]
    free: list[Window] = []
    for rule in sorted(openings, key=lambda rule: rule.id):
        closed = closed_days.get(rule.organization_id, frozenset())
        for occurrence in occurrences(rule, first_day, last_day, closed):
            interval = occurrence.interval
            first = bisect_right(ends, interval.start)
            last = bisect_left(starts, interval.end, lo=first)
            if first == last:
                free.append(Window(rule.id, occurrence.day, interval))
            else:
                free.extend(Window(rule.id, occurrence.day, piece) for piece in subtract(interval, blocks[first:last]))
    return free
