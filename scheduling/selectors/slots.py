"""Slots: what can be booked at which start. Cut from the stored windows; by the core where none are kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from organizations.models import Motif, MotifOption

from ..engine.delays import Delay
from ..engine.intervals import Interval
from ..engine.slots import asked_length
from ..models import Hold
from .slot_sources import Search, core_slots, first_slots_in_windows, slots_in_windows, starts_in_windows

SHORTEST_STEP = timedelta.resolution


@dataclass(frozen=True)
class Demand:
    """What somebody wants to book: a motif, perhaps one of its options, for so many persons."""

    motif: Motif
    option: MotifOption | None = None
    persons: int = 1

    def __post_init__(self):
        if self.option is not None and self.option.motif_id != self.motif.pk:
            raise ValueError(f"{self.option} is an option of another motif than {self.motif}")

    @property
    def length(self) -> timedelta:
        return asked_length(self.motif.duration, self.option.duration if self.option else None, self.persons)


class Slot(NamedTuple):
    """A start at which a calendar can take a demand. `location_id` is None unless the motif is on site."""

    starts_at: datetime
    ends_at: datetime
    motif_id: int
    organization_id: int
    location_id: int | None
    calendar_id: int
    opening_id: int

    @property
    def period(self):
        return Interval(self.starts_at, self.ends_at)


def citizen_bounds(motif: Motif, *, now: datetime) -> tuple[datetime, datetime]:
    """First and last start (both included) a citizen or prescriber may book `motif` at (slots.md, meaning 8)."""
    latest = Delay(elapsed=motif.maximum_delay) if motif.maximum_delay else Delay(months=motif.maximum_delay_months)
    return now + motif.minimum_delay, latest.after(now, motif.organization.zone)


def agent_bounds(motif: Motif, *, now: datetime) -> tuple[datetime, datetime]:
    """An agent is bound by the minimum delay only where the motif says so, and by no maximum."""
    return now + (motif.minimum_delay if motif.minimum_delay_binds_agents else timedelta(0)), _END_OF_TIME


_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


def offered_slots(
    demands: Iterable[Demand],
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    for_agent: bool = False,
    calendar_ids: Iterable[int] | None = None,
    location_ids: Iterable[int] | None = None,
    visitor_key=None,
) -> list[Slot]:
    """The slots of `demands` that start in [start, end), by time; one entry per calendar.

    Each demand is of another motif (the same one in several organizations, say). `calendar_ids` and
    `location_ids` restrict: None is everybody, an empty list is nobody. A collective motif has no slots, and a
    follow-up motif has none unless calendars are named. `visitor_key` is whose own hold does not hide its slot.

    One query; one more with a `visitor_key`; eight more when that visitor holds something, some calendar is stale,
    or the period passes its horizon.
    """
    search = search_of(
        demands,
        start=start,
        end=end,
        now=now,
        for_agent=for_agent,
        calendar_ids=calendar_ids,
        location_ids=location_ids,
        visitor_key=visitor_key,
    )
    if search is None:
        return []
    found, uncovered = slots_in_windows(search)
    found += core_slots(search, uncovered)
    return list(map(Slot._make, sorted(set(found))))


def offered_starts(
    demands: Iterable[Demand], *, start: datetime, end: datetime, now: datetime, **restrictions
) -> set[datetime]:
    """The different starts of `offered_slots`, for whom it is all the same which calendar is free.

    Arguments and queries as there; what twenty calendars share is read once.
    """
    search = search_of(demands, start=start, end=end, now=now, **restrictions)
    if search is None:
        return set()
    starts, uncovered = starts_in_windows(search)
    return starts | {row[0] for row in core_slots(search, uncovered)}


def next_slots(
    demands: Iterable[Demand],
    *,
    now: datetime,
    after: datetime | None = None,
    for_agent: bool = False,
    calendar_ids: Iterable[int] | None = None,
    location_ids: Iterable[int] | None = None,
    visitor_key=None,
    within: timedelta = timedelta(days=366),
) -> dict[tuple[int, int | None], Slot]:
    """The first slot of each (organization, location) that has one, earliest first. Arguments as `offered_slots`.

    One query, which looks into an index once for each opening that carries a motif, whatever the number of windows;
    more as for `offered_slots`. Past the horizon it does not look.
    """
    search = search_of(
        demands,
        start=after or now,
        end=(after or now) + within,
        now=now,
        for_agent=for_agent,
        calendar_ids=calendar_ids,
        location_ids=location_ids,
        visitor_key=visitor_key,
    )
    if search is None:
        return {}
    found, uncovered = first_slots_in_windows(search)
    found += core_slots(search, uncovered)
    first = {}
    for slot in map(Slot._make, sorted(found)):
        first.setdefault((slot.organization_id, slot.location_id), slot)
    return first


def next_slots_by_motif(
    demands: Iterable[Demand],
    *,
    now: datetime,
    calendar_ids: Iterable[int] | None = None,
    within: timedelta = timedelta(days=366),
) -> dict[tuple[int, int | None], Slot]:
    """The first slot that a citizen may book of each (motif, location) that has one. Each demand is of another motif;
    `calendar_ids` as `offered_slots`.

    One query whatever the number of motifs, and those of the core where some calendar is stale (see `next_slots`).
    """
    search = search_of(demands, start=now, end=now + within, now=now, calendar_ids=calendar_ids)
    if search is None:
        return {}
    found, uncovered = first_slots_in_windows(search, by_motif=True)
    found += core_slots(search, uncovered)
    first = {}
    for slot in map(Slot._make, sorted(found)):
        first.setdefault((slot.motif_id, slot.location_id), slot)
    return first


def nearest_slots(demand: Demand, *, to: datetime, now: datetime, count: int = 3, **restrictions) -> list[Slot]:
    """Free slots near `to`, nearest first, one per start: within a week around it, else the next ones after.

    One or two queries.
    """
    week = timedelta(days=7)
    slots = offered_slots([demand], start=max(now, to - week), end=max(now, to) + week, now=now, **restrictions)
    if not slots:
        slots = list(next_slots([demand], now=now, after=max(now, to), **restrictions).values())
    one_per_start = {}
    for slot in slots:
        one_per_start.setdefault((slot.starts_at, slot.location_id), slot)
    return sorted(one_per_start.values(), key=lambda slot: (abs(slot.starts_at - to), slot.starts_at))[:count]


def search_of(demands, *, start, end, now, for_agent=False, calendar_ids=None, location_ids=None, visitor_key=None):
    """What both sources of slots are asked; None when the answer is nothing. Arguments as for `offered_slots`."""
    bounds = agent_bounds if for_agent else citizen_bounds
    rows = []
    for demand in demands:
        motif = demand.motif
        if motif.is_collective or (motif.is_follow_up and calendar_ids is None) or not motif.is_active:
            continue
        earliest, latest = bounds(motif, now=now)
        first, last = max(start, earliest), min(end - SHORTEST_STEP, latest)
        if first <= last:
            rows.append((motif, demand.length, first, last))
    restrictions = (calendar_ids, location_ids)
    calendar_ids, location_ids = (None if ids is None else list(ids) for ids in restrictions)
    if not rows or calendar_ids == [] or location_ids == []:
        return None
    held = Hold.objects.filter(visitor_key=visitor_key).first() if visitor_key else None
    return Search(
        demands=rows,
        calendar_ids=calendar_ids,
        location_ids=location_ids,
        only_public_locations=not for_agent,
        now=now,
        visitor_key=visitor_key,
        held_calendar_id=held and held.calendar_id,
    )
