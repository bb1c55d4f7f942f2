"""Registering for a workshop as a citizen, and what is said of all its participants at once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from organizations.models import Prescriber

from ..engine.wall_clock import local_day
from ..exceptions import AppointmentNotChangeable, RegistrationClosed
from ..models import Appointment, AppointmentEvent, AppointmentStatus, Participation
from ..selectors.registrations import is_open_to_citizens, is_open_to_prescribers
from .actors import CITIZEN, PRESCRIBER, Actor
from .appointment_status import follow_participants
from .booking import Attendee
from .events import record_event
from .locks import lock_appointment
from .participants import add_participant


@transaction.atomic
def register_citizen(
    *,
    workshop: Appointment,
    attendee: Attendee,
    now: datetime,
    may_wait: bool = False,
    idempotency_key: UUID | None = None,
    prescriber: Prescriber | None = None,
) -> Participation:
    """Register somebody who does it themselves, or for whom `prescriber` does it; or put them in the queue if they
    want that.

    The same `idempotency_key` gives the same participation. Raises RegistrationClosed when the motif is not theirs to
    book, or outside its delays; else as `participants.add_participant`.
    """
    is_open = is_open_to_citizens if prescriber is None else is_open_to_prescribers
    if not is_open(workshop, now=now):
        raise RegistrationClosed
    return add_participant(
        appointment=workshop,
        attendee=attendee,
        actor=CITIZEN if prescriber is None else PRESCRIBER,
        now=now,
        may_wait=may_wait,
        idempotency_key=idempotency_key,
        prescriber=prescriber,
    )


@transaction.atomic
def all_present(*, workshop: Appointment, actor: Actor, now: datetime) -> int:
    """Everybody came of whom nothing was said; how many. One event, whatever their number.

    Raises AppointmentNotChangeable before its local day, or when it is cancelled.
    """
    workshop, calendars = lock_appointment(workshop)
    zone = workshop.organization.zone
    if workshop.is_cancelled or local_day(workshop.starts_at, zone) > local_day(now, zone):
        raise AppointmentNotChangeable
    expected = workshop.participations.taking_part().seated().filter(status=AppointmentStatus.BOOKED)
    number = expected.update(status=AppointmentStatus.FULFILLED)
    if number:
        follow_participants(workshop, calendars=calendars, now=now)
        record_event(workshop, AppointmentEvent.Kind.FULFILLED, actor=actor, now=now, reason="Tous présents")
    return number
