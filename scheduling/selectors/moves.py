"""Where an appointment could be moved to."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..engine.intervals import Interval
from ..engine.wall_clock import MIDNIGHT, local_day, to_instant
from ..models import Appointment, Calendar
from .slots import Demand, Slot, next_slots, offered_slots

ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Move:
    """A slot with the names that the page shows."""

    slot: Slot
    calendar: Calendar
    is_same_calendar: bool


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def demand_of(appointment: Appointment) -> Demand:
    return Demand(appointment.motif, appointment.option, appointment.persons)


def moves_of_week(appointment, *, membership, monday: date, now: datetime) -> dict[date, list[Move]]:
    """The slots of one week, by local day: per start and place one calendar, the appointment's own before colleagues.

    Two queries, and a few more where windows are stale.
    """
    zone = membership.organization.zone
    week = Interval(to_instant(monday, MIDNIGHT, zone), to_instant(monday + ONE_WEEK, MIDNIGHT, zone))
    calendars = {calendar.pk: calendar for calendar in Calendar.objects.visible_to(membership).in_use().for_display()}
    slots = offered_slots(
        [demand_of(appointment)],
        start=week.start,
        end=week.end,
        now=now,
        for_agent=True,
        calendar_ids=_bound_to(appointment) or list(calendars),
    )
    by_day = defaultdict(list)
    for move in named(slots, appointment, calendars):
        by_day[local_day(move.slot.starts_at, zone)].append(move)
    return dict(by_day)


def named(slots, appointment, calendars) -> list[Move]:
    """One move per start and place, by time; on the appointment's own calendar if it is free."""
    own = {calendar.pk for calendar in appointment.calendars.all()}
    best = {}
    for slot in sorted(slots, key=lambda slot: slot.calendar_id not in own):
        best.setdefault((slot.starts_at, slot.location_id), slot)
    return [
        Move(slot, calendars[slot.calendar_id], slot.calendar_id in own)
        for _, slot in sorted(best.items(), key=lambda item: item[1])
        if slot.calendar_id in calendars
    ]


def next_week_with_slots(appointment, *, membership, after: datetime, now: datetime) -> date | None:
    """The Monday of the first week with a slot from `after` on. Two queries."""
    calendars = _bound_to(appointment) or list(
        Calendar.objects.visible_to(membership).in_use().values_list("pk", flat=True)
    )
    first = next_slots([demand_of(appointment)], now=now, after=after, for_agent=True, calendar_ids=calendars)
    if not first:
        return None
    return monday_of(local_day(min(slot.starts_at for slot in first.values()), membership.organization.zone))


def _bound_to(appointment):
    """The calendars of an appointment of several: it keeps them all."""
    own = [calendar.pk for calendar in appointment.calendars.all()]
    return own if len(own) > 1 else None
