"""Who takes part in an appointment: somebody more, somebody less, and what came of each.

The status of the appointment follows from theirs (`appointment_status`). Each change is one event that names the
person; no other participant is told.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from organizations.models import Prescriber
from organizations.services.citizens import create_citizen, make_known

from ..engine.typography import NBSP
from ..engine.wall_clock import local_day
from ..exceptions import AlreadyParticipating, AppointmentNotChangeable, LastParticipant
from ..models import Appointment, AppointmentEvent, AppointmentStatus, Participation
from .actors import Actor
from .appointment_status import check_absence, follow_participants
from .appointments import CANCELLATIONS, OUTCOMES, cancel_appointment, record_outcome
from .booking import Attendee
from .events import record_event
from .locks import lock_appointment, lock_citizens, participation_of
from .seats import move_up, take_seat

# What may be said of one person. The planning is that of the appointment.
OF_ONE = (
    AppointmentStatus.BOOKED,
    AppointmentStatus.FULFILLED,
    AppointmentStatus.NO_SHOW,
    AppointmentStatus.CANCELLED_BY_CITIZEN,
    AppointmentStatus.CANCELLED_BY_AGENT,
)

_CANCELLED = "Ce rendez-vous est annulé."
_TAKEN_AWAY = "Cette personne a été retirée de ce rendez-vous."
_WAITING = f"Cette personne est en liste d'attente{NBSP}: donnez-lui d'abord une place."

Kind = AppointmentEvent.Kind


class _AddedBefore(Exception):
    """The request had already added somebody; the record that this one made is taken back."""

    def __init__(self, participation):
        self.participation = participation


@transaction.atomic
def add_participant(
    *,
    appointment: Appointment,
    attendee: Attendee,
    actor: Actor,
    now: datetime,
    may_wait: bool = False,
    idempotency_key: UUID | None = None,
    prescriber: Prescriber | None = None,
) -> Participation:
    """Register somebody for an appointment that exists, also one who had cancelled or been taken away; with
    `prescriber`, of the same territory, for whom this one does it.

    A workshop gives them a seat, or with `may_wait` a place in its queue when all are taken.
    The same `idempotency_key` gives the same participation. Locks the citizen, the calendars, the appointment.
    Raises AlreadyParticipating; AppointmentFull when its seats are taken; AppointmentNotChangeable when it is
    cancelled. About 20 queries.
    """
    merged = lock_citizens([attendee.citizen.pk])
    citizen = merged.get(attendee.citizen.pk, attendee.citizen)
    appointment, calendars = lock_appointment(appointment)
    if idempotency_key and (already := appointment.participations.filter(idempotency_key=idempotency_key).first()):
        return already
    if appointment.is_cancelled:
        raise AppointmentNotChangeable(_CANCELLED)
    before = appointment.participations.filter(citizen=citizen).first()
    if before is not None and before.left_at is None:
        raise AlreadyParticipating
    participation = before or Participation(
        organization_id=appointment.organization_id,
        territory_id=appointment.organization.territory_id,
        appointment=appointment,
        citizen=citizen,
    )
    participation.prescriber = prescriber
    participation.answers = attendee.answers or participation.answers
    participation.notify_by_email = attendee.notify_by_email
    participation.notify_by_sms = attendee.notify_by_sms
    participation.language = attendee.language
    participation.idempotency_key = idempotency_key
    participation.status = AppointmentStatus.BOOKED
    participation.left_at, participation.is_removed = None, False
    participation.created_at = now
    take_seat(participation, appointment=appointment, may_wait=may_wait, now=now)
    participation.save()
    make_known(citizen=citizen, organization=appointment.organization, units=appointment.motif.units.all())
    kind = Kind.PARTICIPANT_WAITING if participation.is_waiting else Kind.PARTICIPANT_ADDED
    _record(kind, participation, appointment, calendars, actor=actor, now=now)
    return participation


def add_new_participant(
    *,
    appointment: Appointment,
    record: dict,
    attendance: dict,
    actor: Actor,
    now: datetime,
    idempotency_key: UUID,
    may_wait: bool = False,
) -> Participation:
    """The same for somebody without a record, which is made of the fields of `record`: both are written, or neither.

    `attendance` are the fields of Attendee beside the citizen. Raises as `add_participant`.
    """
    try:
        with transaction.atomic():
            units = appointment.motif.units.all()
            citizen = create_citizen(organization=appointment.organization, units=units, **record)
            participation = add_participant(
                appointment=appointment,
                attendee=Attendee(citizen, **attendance),
                actor=actor,
                now=now,
                may_wait=may_wait,
                idempotency_key=idempotency_key,
            )
            if participation.citizen_id != citizen.pk:
                raise _AddedBefore(participation)
    except _AddedBefore as before:
        return before.participation
    return participation


@transaction.atomic
def remove_participant(*, participation: Participation, actor: Actor, now: datetime, reason: str = "") -> None:
    """Take away somebody who should not be there. Their links die, and what waits to be sent to them is dropped.

    Of a workshop, whoever waits first takes their seat.

    Taking away twice changes nothing. Raises LastParticipant for the only one of an appointment that is not
    collective; AppointmentNotChangeable when it is cancelled, or the person has left by themselves.
    """
    appointment, calendars = lock_appointment(participation.appointment)
    participation = participation_of(appointment, participation)
    if participation.is_removed:
        return
    if appointment.is_cancelled:
        raise AppointmentNotChangeable(_CANCELLED)
    if participation.left_at is not None:
        raise AppointmentNotChangeable("Cette personne a déjà annulé.")
    if _is_alone(participation) and not appointment.motif.is_collective:
        raise LastParticipant
    participation.status = AppointmentStatus.CANCELLED_BY_AGENT
    participation.left_at, participation.is_removed = now, True
    participation.link_version = F("link_version") + 1
    participation.seat = None
    participation.save(update_fields=["status", "left_at", "is_removed", "link_version", "seat"])
    _record(Kind.PARTICIPANT_REMOVED, participation, appointment, calendars, actor=actor, now=now, reason=reason)
    move_up(appointment, actor=actor, now=now)


@transaction.atomic
def set_participant_status(
    *, participation: Participation, status: str, actor: Actor, now: datetime, reason: str = ""
) -> Participation:
    """Say what came of one person (`OF_ONE`): came or not, cancelled by them or by the service; BOOKED takes it back.

    The same again changes nothing. What is said of the only one of an appointment is said of the appointment, so that
    its last participant's cancellation cancels it (`appointment_status` has the rule).

    Raises AppointmentNotChangeable: for an outcome before the local day of the appointment; for a cancellation after
    an outcome, or by the citizen once it has begun; whatever is asked when the appointment is cancelled or the person
    taken away. Raises AppointmentFull when somebody who had cancelled comes back and the seats are taken.
    """
    appointment, calendars = lock_appointment(participation.appointment)
    participation = participation_of(appointment, participation)
    if participation.is_removed:
        raise AppointmentNotChangeable(_TAKEN_AWAY)
    if participation.status == status:
        return participation
    if participation.left_at is None and _is_alone(participation) and not appointment.motif.is_collective:
        return _say_of_the_appointment(participation, appointment, status, actor=actor, now=now, reason=reason)
    if appointment.is_cancelled:
        raise AppointmentNotChangeable(_CANCELLED)
    change = _cancel if status in CANCELLATIONS else _take_back if status == AppointmentStatus.BOOKED else _conclude
    kind = change(participation, appointment, status, actor=actor, now=now)
    participation.save(update_fields=["status", "left_at", "created_at", "seat", "waiting_since"])
    _record(kind, participation, appointment, calendars, actor=actor, now=now, reason=reason)
    if status in CANCELLATIONS:
        move_up(appointment, actor=actor, now=now)
    return participation


def _say_of_the_appointment(participation, appointment, status, *, actor, now, reason):
    if status in CANCELLATIONS:
        cancel_appointment(appointment=appointment, status=status, actor=actor, now=now, reason=reason)
    else:
        record_outcome(appointment=appointment, status=status, actor=actor, now=now)
    participation.refresh_from_db(fields=["status", "left_at"])
    return participation


def _cancel(participation, appointment, status, *, actor, now):
    has_begun = appointment.starts_at <= now
    if participation.status != AppointmentStatus.BOOKED or (has_begun and actor.agent is None):
        raise AppointmentNotChangeable
    participation.status, participation.left_at, participation.seat = status, now, None
    return CANCELLATIONS[status]


def _take_back(participation, appointment, status, *, actor, now):
    """Of an outcome, or of a cancellation: the second is as good as a registration."""
    kind = OUTCOMES[AppointmentStatus.BOOKED]
    if participation.left_at is not None:
        take_seat(participation, appointment=appointment, now=now)
        participation.left_at, participation.created_at = None, now
        kind = Kind.PARTICIPANT_ADDED
    participation.status = status
    return kind


def _conclude(participation, appointment, status, *, actor, now):
    zone = appointment.organization.zone
    if local_day(appointment.starts_at, zone) > local_day(now, zone):
        raise AppointmentNotChangeable
    check_absence(appointment, status=status)
    if participation.is_waiting:
        raise AppointmentNotChangeable(_WAITING)
    if participation.left_at is not None:
        take_seat(participation, appointment=appointment, now=now)
    participation.status, participation.left_at = status, None
    return OUTCOMES[status]


def _is_alone(participation):
    return not participation.appointment.participations.taking_part().exclude(pk=participation.pk).exists()


def _record(kind, participation, appointment, calendars, *, actor, now, reason=""):
    participation.refresh_from_db(fields=["link_version"])
    follow_participants(appointment, calendars=calendars, now=now)
    record_event(appointment, kind, participation=participation, actor=actor, now=now, reason=reason)
