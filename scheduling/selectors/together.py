"""Slots that several calendars have free at once: what an appointment of several may be moved to."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from ..engine.intervals import Interval
from .availability import busy_by_calendar
from .slots import Demand, Slot, offered_slots
from .windows_end import end_of_windows

STRIDE = timedelta(weeks=8)


def free_together(slots: Iterable[Slot], calendar_ids: Collection[int], *, now: datetime) -> list[Slot]:
    """Those of `slots` during which nothing occupies any other of the calendars; an opening need not cover them there.

    What moving an appointment of several calendars asks for. Three queries; none for a single calendar.
    """
    slots = list(slots)
    if len(calendar_ids) < 2 or not slots:
        return slots
    within = Interval(min(slot.starts_at for slot in slots), max(slot.ends_at for slot in slots))
    busy = busy_by_calendar(calendar_ids, within, now=now)
    return [
        slot
        for slot in slots
        if not any(
            interval.overlaps(slot.period)
            for calendar_id in calendar_ids
            if calendar_id != slot.calendar_id
            for interval in busy[calendar_id]
        )
    ]


def next_together(
    demands: Iterable[Demand], *, calendar_ids: Collection[int], after: datetime, now: datetime, **restrictions
) -> Slot | None:
    """The first slot from `after` on that all the calendars have free, as far as windows are kept.

    One query, and four for every eight weeks until it is found. `restrictions` are those of `offered_slots`.
    """
    demands, until = list(demands), end_of_windows(calendar_ids, default=after + 2 * STRIDE)
    while after < until:
        end = min(after + STRIDE, until)
        offered = offered_slots(demands, start=after, end=end, now=now, calendar_ids=calendar_ids, **restrictions)
        found = free_together(offered, calendar_ids, now=now)
        if found:
            return found[0]
        after = end
    return None
