"""What the engine needs to know about calendars, read in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Q

from ..engine.intervals import Interval
from ..engine.openings import OpeningRule, busy_intervals
from ..engine.windows import windows
from ..models import AppointmentCalendar, Hold, Opening, Unavailability
from .opening_days import closed_days_of

# An RDV lasts a day at most and its pause half a day (constraints): what began earlier is over.
LONGEST_BUSY = timedelta(hours=36)


class WindowRow(NamedTuple):
    """A free window with the columns under which it is stored; `starts_at` and `ends_at` in UTC."""

    calendar_id: int
    opening_id: int
    organization_id: int
    local_day: date
    starts_at: datetime
    ends_at: datetime


@dataclass
class CalendarFacts:
    """Everything that opens or occupies one calendar on some days."""

    openings: list[OpeningRule] = field(default_factory=list)
    busy: list[Interval] = field(default_factory=list)


def core_rows(calendar_ids, *, first_day, last_day, now, without_hold_of=None) -> Iterator[WindowRow]:
    """The free windows of the local days [first_day, last_day], computed by the core from what opens a calendar.

    `without_hold_of` is the visitor whose own hold does not count. Six queries, whatever the number of calendars.
    """
    facts, closed = _facts(calendar_ids, first_day, last_day, now, without_hold_of)
    for calendar_id, of_calendar in facts.items():
        organization_of = {rule.id: rule.organization_id for rule in of_calendar.openings}
        for window in windows(
            of_calendar.openings, first_day=first_day, last_day=last_day, busy=of_calendar.busy, closed_days=closed
        ):
            yield WindowRow(
                calendar_id=calendar_id,
                opening_id=window.opening_id,
                organization_id=organization_of[window.opening_id],
                local_day=window.day,
                starts_at=window.interval.start,
                ends_at=window.interval.end,
            )


def _facts(calendar_ids, first_day: date, last_day: date, now: datetime, without_hold_of):
    facts = {calendar_id: CalendarFacts() for calendar_id in calendar_ids}
    # Local days of any zone lie within these instants.
    within = Interval(
        datetime.combine(first_day - timedelta(days=1), time(0), UTC),
        datetime.combine(last_day + timedelta(days=2), time(0), UTC),
    )
    organizations = {}
    openings = (
        Opening.objects.filter(calendar__in=facts, calendar__desk__archived_at=None)
        .touching(first_day, last_day)
        .select_related("organization__territory")
        .order_by("pk")
    )
    for opening in openings:
        # One object per organization, so that its zone is looked up once.
        opening.organization = organizations.setdefault(opening.organization_id, opening.organization)
        facts[opening.calendar_id].openings.append(opening.rule)
    for calendar_id, interval in _busy(facts, within, now, without_hold_of):
        facts[calendar_id].busy.append(interval)
    # The day after counts too: what a clock change moves beyond midnight stops there when that day is closed.
    return facts, closed_days_of(organizations.values(), first_day=first_day, last_day=last_day + timedelta(days=1))


def _busy(calendar_ids, within, now, without_hold_of):
    unavailabilities = (
        Unavailability.objects.filter(calendar__in=calendar_ids)
        .touching(within.start.date() - timedelta(days=1), within.end.date() + timedelta(days=1))
        .select_related("organization__territory")
        .order_by("pk")
    )
    for unavailability in unavailabilities:
        for interval in busy_intervals(unavailability.rule, within):
            yield unavailability.calendar_id, interval
    booked = AppointmentCalendar.objects.filter(
        calendar__in=calendar_ids,
        is_occupying=True,
        starts_at__gt=within.start - LONGEST_BUSY,
        starts_at__lt=within.end,
    ).values_list("calendar_id", "starts_at", "ends_at", "appointment__motif__pause")
    held = Hold.objects.filter(calendar__in=calendar_ids, expires_at__gt=now).filter(
        ~Q(visitor_key=without_hold_of) if without_hold_of else Q()
    )
    for occupied in (booked, held.values_list("calendar_id", "starts_at", "ends_at", "motif__pause")):
        for calendar_id, starts_at, ends_at, pause in occupied.order_by("pk"):
            yield calendar_id, Interval(starts_at, ends_at + pause)


def busy_among(calendar_ids, period: Interval, *, now: datetime) -> set[int]:
    """The calendars that something occupies during `period`: RDV and its pause, hold, absence. Three queries."""
    calendar_ids = list(calendar_ids)
    if not calendar_ids:
        return set()
    busy = _busy(calendar_ids, period, now, None)
    return {calendar_id for calendar_id, interval in busy if interval.overlaps(period)}


def busy_by_calendar(calendar_ids, within: Interval, *, now: datetime) -> dict[int, list[Interval]]:
    """What occupies each calendar around `within`, as `busy_among` counts it; in no order. Three queries."""
    busy = defaultdict(list)
    for calendar_id, interval in _busy(calendar_ids, within, now, None):
        busy[calendar_id].append(interval)
    return busy


def loads_by_calendar(calendar_ids, *, day: Interval, week: Interval) -> dict[int, tuple[int, int]]:
    """RDVs that count, per calendar: how many start in `day`, and in `week`. One query."""
    counts = defaultdict(lambda: [0, 0])
    starts = AppointmentCalendar.objects.filter(
        calendar__in=calendar_ids, is_occupying=True, starts_at__gte=week.start, starts_at__lt=week.end
    ).values_list("calendar_id", "starts_at")
    for calendar_id, starts_at in starts.order_by("pk"):
        counts[calendar_id][0] += day.start <= starts_at < day.end
        counts[calendar_id][1] += 1
    return {calendar_id: tuple(counts[calendar_id]) for calendar_id in calendar_ids}
