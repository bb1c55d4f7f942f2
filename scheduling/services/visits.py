"""The day of an appointment: somebody has come, is received, and goes. Nothing of it is told to the citizen."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from ..engine.phrases import format_time
from ..engine.typography import NBSP
from ..engine.wall_clock import local_day
from ..exceptions import AlreadyReceived, AppointmentNotChangeable
from ..models import Appointment, AppointmentEvent, AppointmentStatus
from .actors import Actor
from .appointment_status import busy_period
from .appointments import record_outcome, together_if_near
from .events import record_event
from .locks import lock_appointment
from .windows import refresh_windows

OTHER_DAY = "Ce rendez-vous n'est pas d'aujourd'hui."
CANCELLED = "Ce rendez-vous est annulé."
HAS_OUTCOME = f"Le résultat de ce rendez-vous est déjà renseigné{NBSP}: annulez d'abord ce choix."
COLLECTIVE = "Pour un atelier, la présence se note participant par participant."
NOT_RECEIVED = f"Cette personne n'est pas encore reçue{NBSP}: pressez d'abord «{NBSP}Recevoir{NBSP}»."
BEING_RECEIVED = f"Cette personne est en train d'être reçue{NBSP}: remettez-la d'abord en attente."
CAME_WITHOUT_APPOINTMENT = f"Cette personne est venue sans rendez-vous{NBSP}: si elle est repartie, annulez sa demande."


@transaction.atomic
def mark_arrived(*, appointment: Appointment, actor: Actor, now: datetime) -> Appointment:
    """They are here and wait. Again, or while they are received, changes nothing.

    Raises AppointmentNotChangeable on another day than its own, when it is cancelled or has an outcome, and for a
    collective one.
    """
    appointment, _calendars = _lock_on_its_day(appointment, now)
    if appointment.arrived_at is None:
        appointment.arrived_at = now
        appointment.save(update_fields=["arrived_at"])
        record_event(appointment, AppointmentEvent.Kind.ARRIVED, actor=actor, now=now)
    return appointment


@transaction.atomic
def withdraw_arrival(*, appointment: Appointment, actor: Actor, now: datetime) -> Appointment:
    """They are not here after all. Again changes nothing.

    Raises AppointmentNotChangeable as `mark_arrived`, while they are received, and for a walk-in, which is nothing
    without its arrival.
    """
    appointment, _calendars = _lock_on_its_day(appointment, now)
    if appointment.received_at:
        raise AppointmentNotChangeable(BEING_RECEIVED)
    if appointment.is_walk_in:
        raise AppointmentNotChangeable(CAME_WITHOUT_APPOINTMENT)
    if appointment.arrived_at:
        appointment.arrived_at = None
        appointment.save(update_fields=["arrived_at"])
        record_event(appointment, AppointmentEvent.Kind.ARRIVAL_WITHDRAWN, actor=actor, now=now)
    return appointment


@transaction.atomic
def receive(*, appointment: Appointment, actor: Actor, now: datetime) -> Appointment:
    """The actor calls them in; who was not marked as arrived is, with that. Again by the same agent changes nothing.

    The time of a walk-in begins then, and not when they came.
    Raises AlreadyReceived, which says by whom; AppointmentNotChangeable as `mark_arrived`.
    """
    appointment, calendars = _lock_on_its_day(appointment, now)
    if appointment.received_at:
        if appointment.received_by == actor.agent:
            return appointment
        raise AlreadyReceived(_received_by(appointment))
    appointment.arrived_at = appointment.arrived_at or now
    # Clocks of two servers may differ by a breath.
    appointment.received_at = max(now, appointment.arrived_at)
    appointment.received_by = actor.agent
    appointment.save(update_fields=["arrived_at", "received_at", "received_by"])
    if appointment.is_walk_in:
        _begin_at(appointment, whole_minute(appointment.received_at), calendars=calendars, now=now)
    record_event(appointment, AppointmentEvent.Kind.RECEIVED, actor=actor, now=now)
    return appointment


@transaction.atomic
def withdraw_reception(*, appointment: Appointment, actor: Actor, now: datetime) -> Appointment:
    """They wait again, since when they came. Again changes nothing. Raises as `mark_arrived`."""
    appointment, _calendars = _lock_on_its_day(appointment, now)
    if appointment.received_at:
        appointment.received_at = appointment.received_by = None
        appointment.save(update_fields=["received_at", "received_by"])
        record_event(appointment, AppointmentEvent.Kind.RECEPTION_WITHDRAWN, actor=actor, now=now)
    return appointment


@transaction.atomic
def finish(*, appointment: Appointment, actor: Actor, now: datetime) -> Appointment:
    """They go, and the appointment is fulfilled: one press says both. Again changes nothing.

    Taking the outcome back (`record_outcome`) takes this back with it.
    Raises AppointmentNotChangeable when nobody is received, on another day, and when it is cancelled or has another
    outcome.
    """
    locked, _calendars = lock_appointment(appointment)
    if locked.finished_at:
        return locked
    _check_on_its_day(locked, now)
    if locked.received_at is None:
        raise AppointmentNotChangeable(NOT_RECEIVED)
    return record_outcome(appointment=locked, status=AppointmentStatus.FULFILLED, actor=actor, now=now)


def whole_minute(moment: datetime) -> datetime:
    """What begins now begins with the minute that clocks show."""
    return moment.replace(second=0, microsecond=0)


def _lock_on_its_day(appointment, now):
    appointment, calendars = lock_appointment(appointment)
    _check_on_its_day(appointment, now)
    return appointment, calendars


def _check_on_its_day(appointment, now):
    zone = appointment.organization.zone
    if appointment.is_cancelled:
        raise AppointmentNotChangeable(CANCELLED)
    if appointment.status != AppointmentStatus.BOOKED:
        raise AppointmentNotChangeable(HAS_OUTCOME)
    if local_day(appointment.starts_at, zone) != local_day(now, zone):
        raise AppointmentNotChangeable(OTHER_DAY)
    if appointment.motif.is_collective:
        raise AppointmentNotChangeable(COLLECTIVE)


def _received_by(appointment):
    who = appointment.received_by or "Quelqu'un"
    since = appointment.received_at.astimezone(appointment.organization.zone)
    return f"{who} reçoit déjà cette personne, depuis {format_time(since)}."


def _begin_at(appointment, starts_at, *, calendars, now):
    """Its calendars are locked, and it overlaps whom it will: that was confirmed when it came."""
    before = busy_period(appointment)
    appointment.ends_at = starts_at + (appointment.ends_at - appointment.starts_at)
    appointment.starts_at = starts_at
    # Somebody may have changed its length meanwhile, where nothing was in the way.
    appointment.appointment_calendars.update(is_overlap_confirmed=True)
    appointment.ics_sequence = F("ics_sequence") + 1
    appointment.save(update_fields=["starts_at", "ends_at", "ics_sequence"])
    appointment.refresh_from_db(fields=["ics_sequence"])
    for period in together_if_near([before, busy_period(appointment)]):
        refresh_windows(calendars=calendars, period=period, now=now)
