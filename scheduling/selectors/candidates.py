"""Who could take a demand at a start, in the order of the fair choice."""

from datetime import datetime, timedelta

from ..engine.fair_choice import Load, choose
from ..engine.intervals import Interval
from ..engine.wall_clock import MIDNIGHT, day_interval, local_day, to_instant
from .availability import loads_by_calendar
from .slots import Demand, Slot, offered_slots


def candidates_for(demand: Demand, *, starts_at: datetime, now: datetime, **restrictions) -> list[Slot]:
    """The slots of `demand` at exactly `starts_at`, one per calendar, the fairest calendar first.

    `restrictions` are those of `offered_slots`. One query, two when several calendars are free.
    """
    offered = offered_slots([demand], start=starts_at, end=starts_at + timedelta.resolution, now=now, **restrictions)
    slots = {slot.calendar_id: slot for slot in reversed(offered)}
    if len(slots) < 2:
        return list(slots.values())
    zone = demand.motif.organization.zone
    day = local_day(starts_at, zone)
    monday = day - timedelta(days=day.weekday())
    week = Interval(to_instant(monday, MIDNIGHT, zone), to_instant(monday + timedelta(days=7), MIDNIGHT, zone))
    loads = loads_by_calendar(list(slots), day=day_interval(day, zone), week=week)
    waiting = {calendar_id: Load(calendar_id, *loads[calendar_id]) for calendar_id in slots}
    in_order = []
    while waiting:
        in_order.append(slots[choose(waiting.values())])
        del waiting[in_order[-1].calendar_id]
    return in_order
