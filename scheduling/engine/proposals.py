"""Slots proposed to RDVs that have to leave their time: what is proposed to one is not proposed to another.

All the proposals of one call can be taken, in any order and whichever are left: none overlaps another or the pause
before it, and taking one leaves every other on the grid of what remains of its window.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .fair_choice import Load, choose
from .intervals import Interval
from .wall_clock import local_day

# No RDV is put off longer than that by itself.
FARTHEST = timedelta(weeks=6)


class Kind(StrEnum):
    """How a slot answers an RDV, in the order in which slots are given out."""

    COLLEAGUE = "collegue"  # The same time, on another calendar.
    SAME_CALENDAR = "agenda"  # The nearest of its own calendar.
    SAME_DAY = "jour"  # The nearest of that day on another calendar, where nobody has the same time.


@dataclass(frozen=True, slots=True)
class Grid:
    """How the slots of a demand follow each other, and what it keeps free after itself."""

    step: timedelta
    pause: timedelta


@dataclass(frozen=True, slots=True)
class Free:
    """A free slot of a demand."""

    demand: Hashable
    calendar_id: int
    location_id: int | None
    opening_id: int
    period: Interval


@dataclass(frozen=True, slots=True)
class Misplaced:
    """An RDV to move. `location_id` None is any place; `chosen` is the calendar and start that somebody wants.

    It is brought forward only to `earliest` or later: whoever comes has to hear of it in time. It goes only to the
    calendars of `bound_to`, None being any.
    """

    id: int
    demand: Hashable
    calendar_id: int
    location_id: int | None
    starts_at: datetime
    earliest: datetime | None = None
    bound_to: Collection[int] | None = None
    chosen: tuple[int, datetime] | None = None


def propose(
    misplaced: Iterable[Misplaced],
    free: Iterable[Free],
    *,
    grids: Mapping[Hashable, Grid],
    zone: ZoneInfo,
    booked: Mapping[tuple[int, date], int],
) -> dict[int, dict[Kind, Free]]:
    """The proposals of each RDV, one of a kind at most.

    What was chosen comes first; then every RDV, the earliest first, gets its slot of one kind before any gets its
    slot of the next. `booked` says how many RDVs a calendar has on a day: of several colleagues free at the same time,
    the fair choice (`fair_choice`) takes it, what is proposed to others counting as theirs.
    """
    rows = sorted(misplaced, key=lambda row: (row.starts_at, row.id))
    slots = _Slots(free, grids, zone, booked)
    proposals: dict[int, dict[Kind, Free]] = {row.id: {} for row in rows}
    for row in rows:
        if row.chosen and (slot := slots.chosen(row)):
            proposals[row.id][kind_of(row, slot, zone)] = slots.take(slot)
    for kind, find in ((Kind.COLLEAGUE, slots.colleague), (Kind.SAME_CALENDAR, slots.same_calendar)):
        for row in rows:
            if kind not in proposals[row.id] and (slot := find(row)):
                proposals[row.id][kind] = slots.take(slot)
    for row in rows:
        if not {Kind.COLLEAGUE, Kind.SAME_DAY} & proposals[row.id].keys() and (slot := slots.same_day(row)):
            proposals[row.id][Kind.SAME_DAY] = slots.take(slot)
    return proposals


def kind_of(row: Misplaced, slot: Free, zone: ZoneInfo) -> Kind | None:
    """None for what is never proposed: another place, somebody it is not bound to, its own time, another day elsewhere,
    too soon, too late.
    """
    start = slot.period.start
    if row.location_id not in (None, slot.location_id):
        return None
    if row.bound_to is not None and slot.calendar_id not in row.bound_to:
        return None
    if row.earliest is not None and start < min(row.earliest, row.starts_at):
        return None
    if slot.calendar_id == row.calendar_id:
        return Kind.SAME_CALENDAR if start != row.starts_at and start <= row.starts_at + FARTHEST else None
    if start == row.starts_at:
        return Kind.COLLEAGUE
    return Kind.SAME_DAY if local_day(start, zone) == local_day(row.starts_at, zone) else None


class _Slots:
    """The free slots, found by what is asked for, and those that are taken."""

    def __init__(self, free, grids, zone, booked):
        self._grids, self._zone = grids, zone
        self._loads = Counter(booked)
        self._taken = defaultdict(list)
        self._by_start, self._by_calendar, self._by_day = defaultdict(list), defaultdict(list), defaultdict(list)
        rows = sorted(set(free), key=lambda slot: (slot.period.start, slot.calendar_id, slot.opening_id))
        for slot in rows:
            self._by_start[slot.demand, slot.period.start].append(slot)
            self._by_calendar[slot.demand, slot.calendar_id].append(slot)
            self._by_day[slot.demand, local_day(slot.period.start, zone)].append(slot)
        self._first_of_run = _firsts_of_runs(rows, grids)

    def chosen(self, row: Misplaced) -> Free | None:
        calendar_id, start = row.chosen
        at_that_time = self._possible(row, self._by_start[row.demand, start])
        return next((slot for slot in at_that_time if slot.calendar_id == calendar_id), None)

    def colleague(self, row: Misplaced) -> Free | None:
        slots = self._possible(row, self._by_start[row.demand, row.starts_at])
        of_calendar = {slot.calendar_id: slot for slot in slots if slot.calendar_id != row.calendar_id}
        return of_calendar[choose(map(self._load, of_calendar.values()))] if of_calendar else None

    def same_calendar(self, row: Misplaced) -> Free | None:
        return self._nearest(row, self._by_calendar[row.demand, row.calendar_id])

    def same_day(self, row: Misplaced) -> Free | None:
        day = self._by_day[row.demand, local_day(row.starts_at, self._zone)]
        return self._nearest(row, [slot for slot in day if slot.calendar_id != row.calendar_id])

    def take(self, slot: Free) -> Free:
        self._taken[slot.calendar_id].append(slot)
        self._loads[slot.calendar_id, local_day(slot.period.start, self._zone)] += 1
        return slot

    def _nearest(self, row, slots):
        """The nearest in time, then the earlier, then the fair choice."""
        by_start = defaultdict(list)
        for slot in slots:
            by_start[slot.period.start].append(slot)
        for start in sorted(by_start, key=lambda start: (abs(start - row.starts_at), start)):
            possible = {slot.calendar_id: slot for slot in self._possible(row, by_start[start])}
            if possible:
                return possible[choose(map(self._load, possible.values()))]
        return None

    def _possible(self, row, slots) -> Iterator[Free]:
        for slot in slots:
            if kind_of(row, slot, self._zone) and all(map(self._both_fit(slot), self._taken[slot.calendar_id])):
                yield slot

    def _both_fit(self, slot):
        def with_slot(other):
            first, later = sorted((slot, other), key=lambda either: either.period.start)
            over = first.period.end + self._grids[first.demand].pause
            if later.period.start < over:
                return False
            step = self._grids[later.demand].step
            # Of the window that time has begun to eat, the beginning is not known: a rare slot is proposed in vain.
            is_same_window = first.period.start >= self._first_of_run[later]
            return not is_same_window or not (later.period.start - over) % step

        return with_slot

    def _load(self, slot) -> Load:
        day = local_day(slot.period.start, self._zone)
        week = (day + timedelta(days=number - day.weekday()) for number in range(7))
        of = slot.calendar_id
        return Load(of, self._loads[of, day], sum(self._loads[of, other] for other in week))


def _firsts_of_runs(slots: list[Free], grids) -> dict[Free, datetime]:
    """The start of the first of those that follow each other step by step: where the window of a slot begins.

    Where something busy lies exactly in a pause, or after a shorter option, two windows are taken for one: a slot may
    then be kept from an RDV, never given twice.
    """
    firsts, last = {}, {}
    for slot in slots:
        of = (slot.demand, slot.calendar_id, slot.opening_id)
        before = last.get(of)
        follows = before is not None and slot.period.start - before.period.start == grids[slot.demand].step
        firsts[slot] = firsts[before] if follows else slot.period.start
        last[of] = slot
    return firsts
