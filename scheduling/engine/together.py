"""When several calendars are free at once: the intersection of their free time."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from .intervals import Interval, merge


def common(free: Iterable[Iterable[Interval]]) -> list[Interval]:
    """The instants that every set of intervals holds, as maximal intervals in order.

    Of no set at all it is nothing: nobody is never everybody.
    """
    sets = iter(free)
    shared = merge(next(sets, ()))
    for others in sets:
        shared = _intersect(shared, merge(others))
    return shared


def _intersect(first: list[Interval], second: list[Interval]) -> list[Interval]:
    """Both disjoint and in order, as `merge` gives them; so is the answer, in one pass."""
    shared, i, j = [], 0, 0
    while i < len(first) and j < len(second):
        start, end = max(first[i].start, second[j].start), min(first[i].end, second[j].end)
        if start < end:
            shared.append(Interval(start, end))
        if first[i].end < second[j].end:
            i += 1
        else:
            j += 1
    return shared


def holds(shared: Sequence[Interval], period: Interval) -> bool:
    """Whether one of these disjoint intervals in order holds all of `period`."""
    at = bisect_right(shared, period.start, key=lambda interval: interval.start) - 1
    return at >= 0 and shared[at].contains(period)
