"""« Trouver un RDV »: what an agent is offered for one motif, narrowed by what they chose."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max

from ..engine.wall_clock import MIDNIGHT, local_day, to_instant
from ..models import Calendar
from .slots import Demand, Slot, next_slots, offered_slots

NOON = time(12)
WEEK = timedelta(days=7)

# A search by weekday or half day goes through all slots, so much at a time, as far as windows are kept.
STRIDE = timedelta(weeks=8)
WITHOUT_WINDOWS = timedelta(weeks=16)


@dataclass(frozen=True)
class SlotQuery:
    """`calendar_ids` is never None: an agent searches the calendars they may see. `location_ids` None is every place.

    No weekday is every weekday; `half_day` is "morning", "afternoon" or nothing. Days and noon are those of `zone`.
    """

    demand: Demand
    zone: ZoneInfo
    calendar_ids: list[int]
    location_ids: list[int] | None = None
    weekdays: frozenset[int] = frozenset()
    half_day: str = ""

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
    """The slots of the seven local days from `first_day`, by time; one for each calendar and place. One query."""
    return _kept(
        query,
        start=to_instant(first_day, MIDNIGHT, query.zone),
        end=to_instant(first_day + WEEK, MIDNIGHT, query.zone),
        now=now,
    )


def next_by_place(query: SlotQuery, *, now: datetime, after: datetime | None = None) -> list[Slot]:
    """The first slot of each place from `after` (or now) on, earliest first; a motif without place has one at most.

    One query; with weekdays or a half day, two and one for every eight weeks, until every place has its own.
    """
    if not query.narrows_times:
        return list(next_slots([query.demand], now=now, after=after, **query.restrictions).values())
    places = {location for _, location in next_slots([query.demand], now=now, after=after, **query.restrictions)}
    start, first = max(after or now, now), {}
    until = _end_of_windows(query, start)
    while start < until and not places <= first.keys():
        for slot in _kept(query, start=start, end=min(start + STRIDE, until), now=now):
            first.setdefault(slot.location_id, slot)
        start += STRIDE
    return sorted(first.values())


def _end_of_windows(query, start):
    calendars = Calendar.objects.filter(pk__in=query.calendar_ids)
    last_day = calendars.aggregate(last_day=Max("windows_until"))["last_day"]
    return to_instant(last_day, MIDNIGHT, query.zone) if last_day else start + WITHOUT_WINDOWS


def _kept(query, *, start, end, now):
    offered = offered_slots([query.demand], start=start, end=end, now=now, **query.restrictions)
    # Two openings of a calendar may overlap: to an agent that is one slot.
    entries = {(slot.starts_at, slot.calendar_id, slot.location_id): slot for slot in offered if query.keeps(slot)}
    return list(entries.values())


def days_of(slots: list[Slot], zone: ZoneInfo) -> dict[date, dict[tuple[int, int | None], list[Slot]]]:
    """Slots by local day, then by calendar and place."""
    days = {}
    for slot in slots:
        rows = days.setdefault(local_day(slot.starts_at, zone), {})
        rows.setdefault((slot.calendar_id, slot.location_id), []).append(slot)
    return days
