"""Where an appointment could be moved to."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..engine.intervals import Interval
from ..engine.wall_clock import MIDNIGHT, local_day, to_instant
from ..models import Appointment, Calendar, Participation
from .slot_search import SlotQuery, next_by_place
from .slots import Demand, Slot, offered_slots
from .together import free_together, next_together

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


def calendars_bound_to(appointment: Appointment) -> list[int] | None:
    """As `bindings_of`, for one."""
    return bindings_of([appointment])[appointment.pk]


def bindings_of(appointments: Iterable[Appointment]) -> dict[int, list[int] | None]:
    """The calendars that each appointment may be moved to, when it is bound to some; None when it is not.

    One of several calendars keeps them all (and moves when all are free); one of a follow-up stays with its own or goes
    to those of the participants' referents. One query if there is a follow-up, else none once `calendars` are loaded.
    """
    bindings, followed = {}, {}
    for appointment in appointments:
        own = [calendar.pk for calendar in appointment.calendars.all()]
        bindings[appointment.pk] = own if len(own) > 1 else None
        if len(own) == 1 and appointment.motif.is_follow_up:
            followed[appointment.pk] = set(own)
    if followed:
        referents = Participation.objects.taking_part().filter(
            appointment__in=followed, citizen__referents__calendar__isnull=False
        )
        for pk, calendar_id in referents.order_by().values_list("appointment", "citizen__referents__calendar"):
            followed[pk].add(calendar_id)
    return bindings | {pk: sorted(ids) for pk, ids in followed.items()}


def free_for_all(slots: Iterable[Slot], appointment: Appointment, *, now: datetime) -> list[Slot]:
    """Those of `slots` that suit every calendar of the appointment, when it has several (see `free_together`)."""
    return free_together(slots, _together(appointment), now=now)


def moves_of_week(appointment, *, membership, monday: date, now: datetime) -> dict[date, list[Move]]:
    """The slots of one week, by local day: per start and place one calendar, the appointment's own before colleagues.

    Two queries, five for an appointment of several calendars, and a few more where windows are stale.
    """
    zone = membership.organization.zone
    week = Interval(to_instant(monday, MIDNIGHT, zone), to_instant(monday + ONE_WEEK, MIDNIGHT, zone))
    calendars = {calendar.pk: calendar for calendar in Calendar.objects.visible_to(membership).in_use().for_display()}
    bound = calendars_bound_to(appointment)
    slots = offered_slots(
        [demand_of(appointment)],
        start=week.start,
        end=week.end,
        now=now,
        for_agent=True,
        calendar_ids=list(calendars) if bound is None else bound,
    )
    by_day = defaultdict(list)
    for move in named(free_for_all(slots, appointment, now=now), appointment, calendars):
        by_day[local_day(move.slot.starts_at, zone)].append(move)
    return dict(by_day)


def named(slots, appointment, calendars) -> list[Move]:
    """One move per start and place, by time; on the appointment's own calendar if it is free. Only on `calendars`."""
    own, best = {calendar.pk for calendar in appointment.calendars.all()}, {}
    for slot in sorted(slots, key=lambda slot: slot.calendar_id not in own):
        if slot.calendar_id in calendars:
            best.setdefault((slot.starts_at, slot.location_id), slot)
    return [
        Move(slot, calendars[slot.calendar_id], slot.calendar_id in own)
        for _, slot in sorted(best.items(), key=lambda item: item[1])
    ]


def next_week_with_slots(appointment, *, membership, after: datetime, now: datetime) -> date | None:
    """The Monday of the first week with a slot from `after` on. Two queries, or those of `next_together`."""
    zone, demand, bound = membership.organization.zone, demand_of(appointment), calendars_bound_to(appointment)
    if together := _together(appointment):
        first = next_together([demand], calendar_ids=together, after=after, now=now, for_agent=True)
    else:
        visible = Calendar.objects.visible_to(membership).in_use()
        calendar_ids = list(visible.values_list("pk", flat=True)) if bound is None else bound
        first = min(next_by_place(SlotQuery(demand, zone, calendar_ids), now=now, after=after), default=None)
    return monday_of(local_day(first.starts_at, zone)) if first else None


def _together(appointment):
    own = [calendar.pk for calendar in appointment.calendars.all()]
    return own if len(own) > 1 else []
