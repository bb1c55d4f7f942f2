"""What people decide about RDVs that stand where their calendar gives them no time any longer, many at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import OperationalError, transaction
from psycopg.errors import LockNotAvailable

from ..exceptions import AppointmentNotChangeable, ConflictSettled, SchedulingError, TooBusy
from ..models import Appointment, AppointmentStatus, Conflict
from .actors import Actor
from .appointments import cancel_appointment, move_appointment
from .conflicts import keep_appointment
from .locks import lock_calendars


class Act(StrEnum):
    MOVE = "deplacer"
    UNSCHEDULE = "deprogrammer"
    KEEP = "garder"


@dataclass(frozen=True)
class Decision:
    """`seen` is the `ics_sequence` of the RDV as the person saw it; a MOVE has a calendar and a start."""

    appointment: Appointment
    act: Act
    seen: int
    calendar_id: int | None = None
    starts_at: datetime | None = None


def settle(
    *, decisions: Iterable[Decision], actor: Actor, now: datetime
) -> list[tuple[Decision, SchedulingError | None]]:
    """Carry the decisions out in their order, each in a transaction of its own: one that fails leaves the others done.

    Each comes back with why it was not carried out: SlotTaken when its slot was taken meanwhile; ConflictSettled when
    the RDV has changed or was settled since it was seen, so that the same decisions again change nothing;
    AppointmentNotChangeable when it has begun; TooBusy when a lock did not come in time, and so are those after it:
    who decides has waited long enough.
    """
    outcomes, busy = [], None
    for decision in decisions:
        refusal = busy
        if busy is None:
            try:
                _carry_out(decision, actor=actor, now=now)
            except SchedulingError as error:
                refusal = error
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                refusal = busy = TooBusy()
        outcomes.append((decision, refusal))
    return outcomes


@transaction.atomic
def _carry_out(decision: Decision, *, actor, now):
    appointment = decision.appointment
    _lock_as_seen(decision, now)
    if decision.act == Act.KEEP:
        keep_appointment(appointment=appointment, actor=actor, now=now)
    elif decision.act == Act.UNSCHEDULE:
        cancel_appointment(appointment=appointment, status=AppointmentStatus.UNSCHEDULED, actor=actor, now=now)
    else:
        move_appointment(
            appointment=appointment,
            starts_at=decision.starts_at,
            location_id=appointment.location_id,
            calendar_ids=[decision.calendar_id],
            actor=actor,
            now=now,
            for_agent=True,
        )


def _lock_as_seen(decision, now):
    """Lock its calendars, and the one it goes to. Nobody moves, cancels or keeps it without its calendars' locks."""
    appointment = decision.appointment
    occupied = set(appointment.appointment_calendars.values_list("calendar", flat=True))
    lock_calendars(occupied | {decision.calendar_id} - {None})
    current = Appointment.objects.get(pk=appointment.pk)
    if current.status == AppointmentStatus.BOOKED and current.starts_at <= now:
        raise AppointmentNotChangeable
    conflicts = Conflict.objects.filter(appointment_calendar__appointment=current).open(now)
    if current.ics_sequence != decision.seen or not conflicts.exists():
        raise ConflictSettled
