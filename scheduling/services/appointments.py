"""The life of an appointment once it exists: moved, cancelled, and what came of it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from psycopg.errors import ExclusionViolation

from ..engine.intervals import Interval
from ..engine.wall_clock import local_day
from ..exceptions import AppointmentNotChangeable, SlotTaken
from ..models import Appointment, AppointmentCalendar, AppointmentEvent, AppointmentStatus
from ..selectors.candidates import candidates_for
from ..selectors.slots import Demand, Slot, nearest_slots
from .actors import Actor
from .events import record_event
from .holds import free_expired_holds, still_offered
from .locks import lock_calendars
from .windows import refresh_windows

CANCELLATIONS = {
    AppointmentStatus.CANCELLED_BY_CITIZEN: AppointmentEvent.Kind.CANCELLED_BY_CITIZEN,
    AppointmentStatus.CANCELLED_BY_AGENT: AppointmentEvent.Kind.CANCELLED_BY_AGENT,
    AppointmentStatus.UNSCHEDULED: AppointmentEvent.Kind.UNSCHEDULED,
}
OUTCOMES = {
    AppointmentStatus.FULFILLED: AppointmentEvent.Kind.FULFILLED,
    AppointmentStatus.NO_SHOW: AppointmentEvent.Kind.NO_SHOW,
    AppointmentStatus.BOOKED: AppointmentEvent.Kind.OUTCOME_WITHDRAWN,
}


def move_appointment(
    *,
    appointment: Appointment,
    starts_at: datetime,
    location_id: int | None,
    actor: Actor,
    now: datetime,
    for_agent: bool = False,
    calendar_ids: Iterable[int] | None = None,
    visitor_key: UUID | None = None,
) -> Appointment:
    """Move to another slot of the same motif, option and number of persons; with its own agent if free then.

    An appointment of several calendars keeps them all. Moving it to where it already is changes nothing.
    Raises SlotTaken with the nearest free slots; AppointmentNotChangeable when it is cancelled, has an outcome
    or has begun.
    """
    demand = Demand(appointment.motif, appointment.option, appointment.persons)
    if (appointment.starts_at, appointment.location_id) == (starts_at, location_id) and calendar_ids is None:
        return appointment
    current = set(appointment.appointment_calendars.values_list("calendar", flat=True))
    restrictions = {
        "for_agent": for_agent,
        "calendar_ids": current if len(current) > 1 else calendar_ids,
        "location_ids": None if location_id is None else [location_id],
        "visitor_key": visitor_key,
    }
    candidates = candidates_for(demand, starts_at=starts_at, now=now, **restrictions)
    for slot in sorted(candidates, key=lambda slot: slot.calendar_id not in current):
        try:
            return _move(appointment, slot, demand=demand, actor=actor, now=now, for_agent=for_agent)
        except SlotTaken:
            continue
        except IntegrityError as error:
            if not isinstance(error.__cause__, ExclusionViolation):
                raise
    raise SlotTaken(nearest=nearest_slots(demand, to=starts_at, now=now, **restrictions))


@transaction.atomic
def _move(appointment, slot: Slot, *, demand, actor, now, for_agent):
    appointment, calendars = _lock(appointment, and_calendar=slot.calendar_id)
    if not appointment.is_upcoming(now):
        raise AppointmentNotChangeable
    target = [calendar for calendar in calendars if calendar.pk == slot.calendar_id]
    free_expired_holds(calendar=target[0], now=now)
    if slot not in still_offered(slot, demand=demand, now=now, for_agent=for_agent):
        raise SlotTaken
    before = _busy_period(appointment)
    previous_starts_at = appointment.starts_at
    occupied = list(appointment.appointment_calendars.values_list("calendar", flat=True))
    kept = calendars if len(occupied) > 1 else target
    appointment.appointment_calendars.all().delete()
    appointment.starts_at, appointment.ends_at = slot.starts_at, slot.ends_at
    appointment.location_id = slot.location_id
    appointment.placed_at = now
    appointment.ics_sequence = F("ics_sequence") + 1
    appointment.save(update_fields=["starts_at", "ends_at", "location", "placed_at", "ics_sequence"])
    AppointmentCalendar.objects.bulk_create(
        AppointmentCalendar(
            organization_id=appointment.organization_id,
            appointment=appointment,
            calendar=calendar,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
        )
        for calendar in kept
    )
    appointment.refresh_from_db(fields=["ics_sequence"])
    # The link of the message that follows replaces the ones sent before.
    appointment.participations.update(link_version=F("link_version") + 1)
    for period in (before, _busy_period(appointment)):
        refresh_windows(calendars=calendars, period=period, now=now)
    record_event(appointment, AppointmentEvent.Kind.MOVED, actor=actor, now=now, previous_starts_at=previous_starts_at)
    return appointment


@transaction.atomic
def cancel_appointment(
    *, appointment: Appointment, status: str, actor: Actor, now: datetime, reason: str = ""
) -> Appointment:
    """Cancel, by the citizen, an agent, or because the planning changed. Cancelling twice changes nothing.

    Raises AppointmentNotChangeable when it has an outcome, or when a citizen cancels what has begun.
    """
    appointment, calendars = _lock(appointment)
    if appointment.is_cancelled:
        return appointment
    begun = appointment.starts_at <= now
    if appointment.status != AppointmentStatus.BOOKED or (begun and actor.agent is None):
        raise AppointmentNotChangeable
    _set_status(appointment, status)
    refresh_windows(calendars=calendars, period=_busy_period(appointment), now=now)
    record_event(appointment, CANCELLATIONS[status], actor=actor, now=now, reason=reason)
    return appointment


@transaction.atomic
def record_outcome(*, appointment: Appointment, status: str, actor: Actor, now: datetime) -> Appointment:
    """Say what came of it: FULFILLED, NO_SHOW, or BOOKED to take an outcome back. The same again changes nothing.

    Raises AppointmentNotChangeable before its local day, or when it is cancelled.
    """
    appointment, _calendars = _lock(appointment)
    zone = appointment.organization.zone
    if appointment.is_cancelled or local_day(appointment.starts_at, zone) > local_day(now, zone):
        raise AppointmentNotChangeable
    if appointment.status == status:
        return appointment
    _set_status(appointment, status)
    record_event(appointment, OUTCOMES[status], actor=actor, now=now)
    return appointment


def _lock(appointment, and_calendar=None):
    """The appointment as it is now and its calendars, locked: calendars by id, then the appointment."""
    occupied = appointment.appointment_calendars.values_list("calendar", flat=True)
    calendars = lock_calendars({*occupied, and_calendar} - {None})
    appointment = (
        Appointment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("motif", "option", "location", "organization__territory")
        .get(pk=appointment.pk)
    )
    # Its calendars are only changed under the appointment's lock: read again what was read without it.
    if not set(appointment.appointment_calendars.values_list("calendar", flat=True)) <= {c.pk for c in calendars}:
        raise SlotTaken("Ce rendez-vous vient d'être déplacé. Rechargez la page.")
    return appointment, calendars


def _set_status(appointment, status):
    appointment.status = status
    appointment.ics_sequence = F("ics_sequence") + 1
    appointment.save(update_fields=["status", "ics_sequence"])
    appointment.refresh_from_db(fields=["ics_sequence", "is_occupying"])
    appointment.participations.update(status=status)


def _busy_period(appointment):
    return Interval(appointment.starts_at, appointment.ends_at + appointment.motif.pause)
