"""« Trouver un RDV »: what an agent is offered for one motif, narrowed by what they chose."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Min

from ..engine.openings import occurrences
from ..engine.wall_clock import MIDNIGHT, local_day, to_instant
from ..models import Calendar, Opening
from .slots import Demand, Slot, next_slots, offered_slots
from .together import slots_together
from .windows_end import end_of_windows

NOON = time(12)
WEEK = timedelta(days=7)

# No search of an agent goes farther than this from today.
FARTHEST = timedelta(days=730)

# A search by weekday or half day goes through all slots, so much at a time, as far as windows are kept.
STRIDE = timedelta(weeks=8)
WITHOUT_WINDOWS = timedelta(weeks=16)

# How far the search by windows goes (see `next_slots`).
LOOKED_INTO = timedelta(days=366)

# Past the windows the core answers, which is slow: little at first.
STRIDES_OF_THE_CORE = [timedelta(weeks=2), timedelta(weeks=4), timedelta(weeks=8)]


@dataclass(frozen=True)
class SlotQuery:
    """`calendar_ids` is never None: an agent searches the calendars they may see. `location_ids` None is every place.

    No weekday is every weekday; `half_day` is "morning", "afternoon" or nothing. Days and noon are those of `zone`.
    `is_together` asks for slots that all the calendars have free (see `slots_together`).
    """

    demand: Demand
    zone: ZoneInfo
    calendar_ids: list[int]
    location_ids: list[int] | None = None
    weekdays: frozenset[int] = frozenset()
    half_day: str = ""
    is_together: bool = False
    # Those of other motifs, searched at once.
    more_demands: tuple[Demand, ...] = ()

    @property
    def demands(self):
        return [self.demand, *self.more_demands]

    @property
    def narrows_times(self):
        return bool(self.weekdays or self.half_day)

    def keeps(self, slot: Slot) -> bool:
        local = slot.starts_at.astimezone(self.zone)
        if self.weekdays and local.weekday() not in self.weekdays:
            return False
        return not self.half_day or (local.time() < NOON) == (self.half_day == "morning")

    @property
    def restrictions(self):
        return {"for_agent": True, "calendar_ids": self.calendar_ids, "location_ids": self.location_ids}


def slots_of_week(query: SlotQuery, *, first_day: date, now: datetime) -> list[Slot]:
    """The slots of the seven local days from `first_day`, by time; one for each calendar and place.

    One query. Of several calendars together: one for each place, and two queries.
    """
    return _kept(
        query,
        start=to_instant(first_day, MIDNIGHT, query.zone),
        end=to_instant(first_day + WEEK, MIDNIGHT, query.zone),
        now=now,
    )


def next_by_place(query: SlotQuery, *, now: datetime, after: datetime | None = None) -> list[Slot]:
    """The first slot of each place from `after` (or now) on, earliest first; a motif without place has one at most.

    One query; with weekdays or a half day, two and one for every eight weeks, until every place has its own; together,
    two and two for every eight weeks. When there is no slot at all as far as windows are kept, the core looks at some
    weeks beyond: thirty queries more at most.
    """
    start = max(after or now, now)
    first = next_slots(query.demands, now=now, after=after, **query.restrictions)
    if not first:
        return _first_past_windows(query, start=start, now=now)
    if not query.narrows_times and not query.is_together:
        return list(first.values())
    return _first_kept(query, first.keys(), start, now)


def _first_kept(query, places, start, now):
    until, first = end_of_windows(query.calendar_ids, default=start + WITHOUT_WINDOWS), {}
    while start < until and not places <= first.keys():
        for slot in _kept(query, start=start, end=min(start + STRIDE, until), now=now):
            first.setdefault(_place(slot), slot)
        start += STRIDE
    return sorted(first.values())


def _place(slot):
    """As `next_slots` tells places apart."""
    return slot.organization_id, slot.location_id


def _first_past_windows(query, *, start, now):
    """Likewise, from the first day that an opening of the motif has where no window answers."""
    kept_until = Calendar.objects.filter(pk__in=query.calendar_ids).aggregate(day=Min("windows_until"))["day"]
    if kept_until is not None:
        start = max(start, min(to_instant(kept_until, MIDNIGHT, query.zone), start + LOOKED_INTO))
    opened = _next_opened_day(query, local_day(start, query.zone), local_day(now + FARTHEST, query.zone))
    if opened is None:
        return []
    start, first = max(start, to_instant(opened, MIDNIGHT, query.zone)), {}
    for stride in STRIDES_OF_THE_CORE:
        for slot in _kept(query, start=start, end=min(start + stride, now + FARTHEST), now=now):
            first.setdefault(_place(slot), slot)
        start += stride
        if first or start >= now + FARTHEST:
            break
    return sorted(first.values())


def _next_opened_day(query, day, last_day):
    """The first day in [day, last_day] that an opening of the motif has, closed or not. One query."""
    openings = (
        Opening.objects.filter(calendar__in=query.calendar_ids, motifs__in=[demand.motif for demand in query.demands])
        .touching(day, last_day)
        .select_related("organization__territory")
    )
    firsts = (next(occurrences(opening.rule, day, last_day), None) for opening in openings)
    return min((occurrence.day for occurrence in firsts if occurrence), default=None)


def _kept(query, *, start, end, now):
    if query.is_together:
        slots = slots_together(
            query.demand,
            calendar_ids=query.calendar_ids,
            location_ids=query.location_ids,
            start=start,
            end=end,
            now=now,
        )
        return [slot for slot in slots if query.keeps(slot)]
    offered = offered_slots(query.demands, start=start, end=end, now=now, **query.restrictions)
    # Two openings of a calendar may overlap: to an agent that is one slot.
    entries = {
        (slot.starts_at, slot.calendar_id, slot.location_id, slot.motif_id): slot
        for slot in offered
        if query.keeps(slot)
    }
    return list(entries.values())


def days_of(slots: list[Slot], zone: ZoneInfo, *, is_together: bool = False) -> dict[date, dict[tuple, list[Slot]]]:
    """Slots by local day, then by calendar and place; by place alone when they are of several calendars together."""
    days = {}
    for slot in slots:
        rows = days.setdefault(local_day(slot.starts_at, zone), {})
        key = (None if is_together else slot.calendar_id, slot.location_id)
        rows.setdefault(key, []).append(slot)
    return days
