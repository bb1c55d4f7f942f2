"""The slots a citizen chooses from: the next one, and seven days of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from scheduling.engine.earlier_slots import Wishes
from scheduling.engine.intervals import Interval
from scheduling.engine.wall_clock import MIDNIGHT, local_day, to_instant
from scheduling.selectors.slots import Demand, Slot, citizen_bounds, next_slots, offered_slots, offered_starts
from scheduling.selectors.together import free_together, next_together
from scheduling.selectors.wished_slots import next_wished_slot

SEVEN_DAYS = timedelta(days=7)

# What fills two screens of a phone: the days after these slots are folded.
ENOUGH = 24


@dataclass
class DaySlots:
    """The starts of one local day, each once, before and from noon."""

    day: date
    morning: list[datetime] = field(default_factory=list)
    afternoon: list[datetime] = field(default_factory=list)
    # Unfolded on the page: the first days, until there is enough to choose from.
    is_open: bool = True

    @property
    def count(self):
        return len(self.morning) + len(self.afternoon)


@dataclass
class SlotWeek:
    """Seven days from `first_day`. `next_slot` is the very first one; `later` the first after the seven days,
    looked for only when these hold none. `previous_day` and `following_day` begin the weeks beside, or are None:
    nothing is free before the next slot.
    """

    first_day: date
    next_slot: Slot | None
    days: list[DaySlots]
    later: Slot | None
    previous_day: date | None
    following_day: date | None

    @property
    def starts(self) -> set[datetime]:
        return {start for day in self.days for start in (*day.morning, *day.afternoon)}

    @property
    def last_day(self):
        return self.first_day + SEVEN_DAYS - timedelta(days=1)


def slot_week(
    demands: Iterable[Demand],
    *,
    first_day: date | None,
    zone: ZoneInfo,
    now: datetime,
    location_id: int | None = None,
    calendar_ids: Collection[int] | None = None,
    together: bool = False,
    wishes: Wishes | None = None,
    visitor_key=None,
) -> SlotWeek:
    """The slots of seven local days of `zone`, from `first_day` or else from the day of the next slot.

    A day before today or past the last bookable one is brought back between them. `calendar_ids` are those that may
    take it, None for everybody; `together`, they are all to be free at once. With `wishes`, slots that do not suit them
    by the clocks of `zone` are as good as taken; nobody wishes together.
    Two queries, three when the week is empty; a few more for a visitor who holds a slot, for several together, and with
    wishes (see `next_wished_slot`).
    """
    demands = list(demands)
    first_slot = partial(_first_slot, demands, together=together, wishes=wishes, zone=zone)
    asked = {
        "now": now,
        "location_ids": None if location_id is None else [location_id],
        "calendar_ids": calendar_ids,
        "visitor_key": visitor_key,
    }
    next_slot = first_slot(after=now, **asked)
    earliest, latest = bookable_days(demands, zone, now)
    first_free = local_day(next_slot.starts_at, zone) if next_slot else earliest
    if first_day is None:
        first_day = first_free
    first_day = min(max(first_day, earliest), latest)
    week = Interval(to_instant(first_day, MIDNIGHT, zone), to_instant(first_day + SEVEN_DAYS, MIDNIGHT, zone))
    starts = _starts(demands, together=together, start=week.start, end=week.end, **asked)
    if wishes:
        starts = {start for start in starts if wishes.suit(start, zone)}
    later = None
    if next_slot and not starts:
        is_ahead = next_slot.starts_at >= week.end
        later = next_slot if is_ahead else first_slot(after=week.end, **asked)
    return SlotWeek(
        first_day=first_day,
        next_slot=next_slot,
        days=_by_day(starts, zone),
        later=later,
        previous_day=max(first_day - SEVEN_DAYS, first_free) if first_day > first_free else None,
        following_day=first_day + SEVEN_DAYS if first_day + SEVEN_DAYS <= latest else None,
    )


def _first_slot(demands, *, together, wishes, zone, **asked):
    if wishes:
        return next_wished_slot(demands, wishes, zone=zone, **asked)
    return next_together(demands, **asked) if together else min(next_slots(demands, **asked).values(), default=None)


def _starts(demands, *, together, **asked):
    if not together:
        return offered_starts(demands, **asked)
    offered = offered_slots(demands, **asked)
    return {slot.starts_at for slot in free_together(offered, asked["calendar_ids"], now=asked["now"])}


def bookable_days(demands, zone, now):
    """The first and the last local day of `zone` on which one of `demands` may be booked now."""
    today = local_day(now, zone)
    lasts = [citizen_bounds(demand.motif, now=now)[1] for demand in demands]
    return today, local_day(max(lasts), zone) if lasts else today


def _by_day(starts, zone):
    days = {}
    for start in sorted(starts):
        local = start.astimezone(zone)
        day = days.setdefault(local.date(), DaySlots(local.date()))
        (day.morning if local.hour < 12 else day.afternoon).append(start)
    shown = 0
    for day in days.values():
        day.is_open = shown < ENOUGH
        shown += day.count
    return list(days.values())
