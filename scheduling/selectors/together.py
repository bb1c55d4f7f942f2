"""Slots that several calendars have free at once: what can be booked on all of them, and what an appointment of several
may be moved to.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..engine.intervals import Interval, merge
from ..engine.together import common, holds
from .availability import busy_by_calendar
from .free_time import free_time
from .slots import Demand, Slot, offered_slots
from .windows_end import end_of_windows

STRIDE = timedelta(weeks=8)
A_WEEK = timedelta(weeks=1)


def slots_together(
    demand: Demand,
    *,
    calendar_ids: Collection[int],
    start: datetime,
    end: datetime,
    now: datetime,
    location_ids: Collection[int] | None = None,
) -> list[Slot]:
    """The starts in [start, end), by time, at which an agent can book `demand` on all of the calendars; one per place.

    A start is one of a calendar whose opening carries the motif, on the grid of its own windows (slots.md, meaning 6),
    during which every other calendar is free: open in the organization at that place, or without any, for whatever
    motif, and not busy. The slot is that of the first calendar (by id) that has the start, whatever the order in which
    they are named. To be unoccupied is not enough here, as it is for a move (`free_together`): who is not open may not
    be at work, and nobody has agreed to this appointment yet. So what is found stands in no conflict
    (`engine.conflicts`).

    A calendar that no longer receives in the organization is never free. Nobody is not everybody: without calendars
    there is no slot. Two queries, whatever the number of calendars; those of the core where windows do not answer.
    """
    calendar_ids = sorted(set(calendar_ids))
    asked = {"start": start, "end": end, "now": now, "calendar_ids": calendar_ids, "location_ids": location_ids}
    offered = offered_slots([demand], for_agent=True, **asked)
    if not offered:
        return []
    free = _free_around(offered, calendar_ids, demand, now=now)
    shared = {
        place: common(_at(place, free[calendar_id]) for calendar_id in calendar_ids)
        for place in {slot.location_id for slot in offered}
    }
    found = {}
    for slot in offered:
        if holds(shared[slot.location_id], slot.period):
            found.setdefault((slot.starts_at, slot.location_id), slot)
    return list(found.values())


def _at(place, free):
    """Time of an opening elsewhere does not count, as it does not hold an RDV; a motif without place is anywhere."""
    return [interval for of_opening, interval in free if place is None or of_opening in (None, place)]


@dataclass(frozen=True)
class JointStart:
    """A start of one of several calendars, and which of them (by id) are not free then: none, and it is theirs."""

    slot: Slot
    not_free: tuple[int, ...]


def joint_starts(
    demand: Demand, *, calendar_ids: Collection[int], start: datetime, end: datetime, now: datetime
) -> list[JointStart]:
    """Why `slots_together` offers what it does in [start, end): every start that one of the calendars has, by time; one
    per place. The same queries.
    """
    calendar_ids = sorted(set(calendar_ids))
    offered = offered_slots([demand], start=start, end=end, now=now, for_agent=True, calendar_ids=calendar_ids)
    if not offered:
        return []
    free = _free_around(offered, calendar_ids, demand, now=now)
    found = {}
    for slot in offered:
        found.setdefault((slot.starts_at, slot.location_id), slot)
    return [JointStart(slot, tuple(_not_free(slot, calendar_ids, free))) for slot in found.values()]


def _not_free(slot, calendar_ids, free):
    for calendar_id in calendar_ids:
        if not holds(merge(_at(slot.location_id, free[calendar_id])), slot.period):
            yield calendar_id


def _free_around(offered, calendar_ids, demand, *, now):
    within = Interval(min(slot.starts_at for slot in offered), max(slot.ends_at for slot in offered))
    return free_time(calendar_ids, organization_id=demand.motif.organization_id, within=within, now=now)


def nearest_together(
    demand: Demand, *, to: datetime, calendar_ids: Collection[int], now: datetime, location_ids=None, count: int = 3
) -> list[Slot]:
    """As `nearest_slots`, of all the calendars at once: within a week around `to`, else the next ones after.

    Two queries, and one and two for every eight weeks where the week has none.
    """
    asked = {"calendar_ids": calendar_ids, "location_ids": location_ids, "now": now}
    after = max(now, to) + A_WEEK
    slots = slots_together(demand, start=max(now, to - A_WEEK), end=after, **asked)
    until = after if slots else end_of_windows(calendar_ids, default=after + STRIDE)
    while not slots and after < until:
        slots = slots_together(demand, start=after, end=min(after + STRIDE, until), **asked)
        after += STRIDE
    return sorted(slots, key=lambda slot: (abs(slot.starts_at - to), slot))[:count]


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
