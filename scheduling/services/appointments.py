"""The life of an appointment once it exists: moved, cancelled, and what came of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from psycopg.errors import ExclusionViolation

from ..engine.intervals import Interval
from ..engine.wall_clock import local_day
from ..exceptions import AppointmentNotChangeable, SlotTaken, WorkshopHasNoSlots
from ..models import Appointment, AppointmentCalendar, AppointmentEvent, AppointmentStatus
from ..selectors.availability import busy_among
from ..selectors.holds import choices_for, hold_of
from ..selectors.slots import Demand, Slot, nearest_slots
from .actors import Actor
from .appointment_status import (
    busy_period,
    cancel_with_all,
    check_absence,
    check_not_being_received,
    conclude_for_all,
    forget_arrival_of_another_day,
)
from .conflicts import accept_as_placed, review_conflicts
from .events import calendars_change, record_event
from .holds import claim_slot
from .locks import calendars_of, lock_appointment
from .windows import refresh_windows

_NEAR = timedelta(days=7)

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
    or has begun; WorkshopHasNoSlots: `hand_moves` moves a workshop.
    """
    if appointment.is_collective:
        raise WorkshopHasNoSlots
    demand = Demand(appointment.motif, appointment.option, appointment.persons)
    calendar_ids = None if calendar_ids is None else set(calendar_ids)
    destination = {"starts_at": starts_at, "location_id": location_id, "calendar_ids": calendar_ids}
    current = calendars_of(appointment)
    if _is_at(appointment, current, **destination):
        return appointment
    restrictions = {
        "for_agent": for_agent,
        "calendar_ids": current if len(current) > 1 else calendar_ids,
        "location_ids": None if location_id is None else [location_id],
        "visitor_key": visitor_key,
    }
    own = hold_of(visitor_key)
    choices = choices_for(own, demand, starts_at=starts_at, now=now, **restrictions)
    move = {"demand": demand, "actor": actor, "now": now, "for_agent": for_agent, "visitor_key": visitor_key}
    for slot in sorted(choices, key=lambda slot: slot.calendar_id not in current):
        try:
            return _move(appointment, slot, held_calendar_id=own and own.calendar_id, **move)
        except SlotTaken:
            continue
        except IntegrityError as error:
            if not isinstance(error.__cause__, ExclusionViolation):
                raise
    # A second click, or somebody else with the same idea, may have moved it since it was read.
    appointment.refresh_from_db(fields=["starts_at", "ends_at", "location", "ics_sequence"])
    if _is_at(appointment, calendars_of(appointment), **destination):
        return appointment
    raise SlotTaken(nearest=nearest_slots(demand, to=starts_at, now=now, **restrictions))


def _is_at(appointment, calendars, *, starts_at, location_id, calendar_ids):
    return (
        appointment.starts_at == starts_at
        and location_id in (None, appointment.location_id)
        and (calendar_ids is None or calendars <= calendar_ids)
    )


@transaction.atomic
def _move(appointment, slot: Slot, *, demand, actor, now, for_agent, visitor_key, held_calendar_id):
    appointment, calendars = lock_appointment(appointment, and_calendars={slot.calendar_id, held_calendar_id} - {None})
    if not appointment.is_upcoming(now):
        raise AppointmentNotChangeable
    check_not_being_received(appointment)
    claim_slot(slot=slot, demand=demand, calendars=calendars, visitor_key=visitor_key, now=now, for_agent=for_agent)
    before = busy_period(appointment)
    previous_starts_at = appointment.starts_at
    occupied = calendars_of(appointment)
    kept = occupied if len(occupied) > 1 else {slot.calendar_id}
    appointment.appointment_calendars.all().delete()
    if busy_among(kept - {slot.calendar_id}, slot.period, now=now):
        raise SlotTaken
    appointment.starts_at, appointment.ends_at = slot.starts_at, slot.ends_at
    appointment.location_id = slot.location_id
    appointment.placed_at = now
    appointment.ics_sequence = F("ics_sequence") + 1
    forget_arrival_of_another_day(appointment, previous_starts_at=previous_starts_at)
    appointment.save(update_fields=["starts_at", "ends_at", "location", "placed_at", "ics_sequence", "arrived_at"])
    AppointmentCalendar.objects.bulk_create(
        AppointmentCalendar(
            organization_id=appointment.organization_id,
            appointment=appointment,
            calendar_id=calendar_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
        )
        for calendar_id in sorted(kept)
    )
    appointment.refresh_from_db(fields=["ics_sequence"])
    # The link of the message that follows replaces the ones sent before.
    appointment.participations.taking_part().update(link_version=F("link_version") + 1)
    for period in together_if_near([before, busy_period(appointment)]):
        refresh_windows(calendars=calendars, period=period, now=now)
    if len(kept) > 1:
        # The slot is one of a single calendar: the others may have no opening then.
        accept_as_placed(appointment=appointment, actor=actor, now=now)
    record_event(
        appointment,
        AppointmentEvent.Kind.MOVED,
        actor=actor,
        now=now,
        previous_starts_at=previous_starts_at,
        changes=calendars_change(before=occupied, after=kept),
    )
    return appointment


@transaction.atomic
def cancel_appointment(
    *, appointment: Appointment, status: str, actor: Actor, now: datetime, reason: str = ""
) -> Appointment:
    """Cancel, by the citizen, an agent, or because the planning changed. Cancelling twice changes nothing.

    Raises AppointmentNotChangeable when it has an outcome, or when a citizen cancels what has begun.
    """
    appointment, calendars = lock_appointment(appointment)
    if appointment.is_cancelled:
        return appointment
    begun = appointment.starts_at <= now or appointment.received_at is not None
    if appointment.status != AppointmentStatus.BOOKED or (begun and actor.agent is None):
        raise AppointmentNotChangeable
    cancel_with_all(appointment, status=status)
    refresh_windows(calendars=calendars, period=busy_period(appointment), now=now)
    record_event(appointment, CANCELLATIONS[status], actor=actor, now=now, reason=reason)
    return appointment


@transaction.atomic
def record_outcome(*, appointment: Appointment, status: str, actor: Actor, now: datetime) -> Appointment:
    """Say what came of it: FULFILLED, NO_SHOW, or BOOKED to take an outcome back. The same again changes nothing, but
    is said of those of whom nothing was.

    FULFILLED ends the visit of somebody who is being received that day; NO_SHOW forgets an arrival; BOOKED leads back
    to where the visit was.
    Raises AppointmentNotChangeable before its local day, when it is cancelled, or for the absence of a walk-in.
    """
    appointment, calendars = lock_appointment(appointment)
    zone = appointment.organization.zone
    if appointment.is_cancelled or local_day(appointment.starts_at, zone) > local_day(now, zone):
        raise AppointmentNotChangeable
    if appointment.status == status and not _leaves_somebody_open(appointment):
        return appointment
    check_absence(appointment, status=status)
    if (
        status == AppointmentStatus.FULFILLED
        and appointment.received_at
        and not appointment.finished_at
        and local_day(appointment.received_at, zone) == local_day(now, zone)
    ):
        appointment.finished_at = max(now, appointment.received_at)
        record_event(appointment, AppointmentEvent.Kind.FINISHED, actor=actor, now=now)
    conclude_for_all(appointment, status=status)
    if appointment.is_upcoming(now):
        # Whatever changed while it had an outcome passed it by.
        review_conflicts(calendars=calendars, now=now)
    record_event(appointment, OUTCOMES[status], actor=actor, now=now)
    return appointment


def _leaves_somebody_open(appointment):
    """It has an outcome, and not everybody in it."""
    if appointment.status == AppointmentStatus.BOOKED:
        return False
    return appointment.participations.taking_part().seated().filter(status=AppointmentStatus.BOOKED).exists()


def together_if_near(periods: list[Interval]) -> list[Interval]:
    """A few days more cost less to compute than to ask for once more."""
    both = Interval(min(period.start for period in periods), max(period.end for period in periods))
    return [both] if both.duration <= _NEAR else periods
