"""Somebody who came without an appointment: they stand in the queue at once."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from organizations.models import Citizen
from organizations.services.citizens import create_citizen

from ..engine.intervals import Interval
from ..models import Appointment, Calendar
from ..selectors.slots import Demand
from .actors import Actor
from .booking import Attendee, Details, already_booked, as_they_stand, create_appointment
from .locks import lock_calendars
from .visits import whole_minute
from .windows import refresh_windows


class _RegisteredBefore(Exception):
    """The request had registered them already; what this one wrote is taken back."""


def register_walk_in(
    *,
    demand: Demand,
    calendar: Calendar,
    location_id: int | None,
    actor: Actor,
    now: datetime,
    idempotency_key: UUID,
    citizen: Citizen | None = None,
    record: dict | None = None,
    context_note: str = "",
    is_told: bool = False,
) -> Appointment:
    """Put `citizen`, or a new one made of the fields of `record`, in the queue of `calendar`: arrived now.

    It occupies the calendar from now on for its length, free or not, opened or not: people who wait are more than the
    calendar has time for. Reminders never concern it; a confirmation goes out where `is_told` asks for one.
    The same `idempotency_key` gives the same appointment and no second record. Raises no refusal.
    """
    fields = {"calendar": calendar, "location_id": location_id, "context_note": context_note, "is_told": is_told}
    before = already_booked(organization_id=demand.motif.organization_id, idempotency_key=idempotency_key)
    if before is not None:
        return before
    try:
        return _register(demand, citizen, record, actor=actor, now=now, idempotency_key=idempotency_key, **fields)
    except _RegisteredBefore:
        return already_booked(organization_id=demand.motif.organization_id, idempotency_key=idempotency_key)
    except IntegrityError as error:
        # Twice at once: the calendar's lock lets one pass after the other, but on two calendars nothing does.
        before = already_booked(organization_id=demand.motif.organization_id, idempotency_key=idempotency_key)
        if before is None or not isinstance(error.__cause__, UniqueViolation):
            raise
        return before


@transaction.atomic
def _register(
    demand, citizen, record, *, calendar, location_id, context_note, is_told, actor, now, idempotency_key
) -> Appointment:
    motif = demand.motif
    if citizen is None:
        citizen = create_citizen(organization=motif.organization, units=motif.units.all(), **record)
    attendees = as_they_stand([Attendee(citizen, notify_by_email=is_told, notify_by_sms=is_told)])
    calendars = lock_calendars([calendar.pk])
    if already_booked(organization_id=motif.organization_id, idempotency_key=idempotency_key) is not None:
        raise _RegisteredBefore
    starts_at = whole_minute(now)
    appointment = create_appointment(
        period=Interval(starts_at, starts_at + demand.length),
        motif=motif,
        option=demand.option,
        persons=demand.persons,
        location_id=location_id,
        calendars=calendars,
        overlapped={calendar.pk},
        attendees=attendees,
        actor=actor,
        now=now,
        details=Details(context_note=context_note),
        idempotency_key=idempotency_key,
        is_walk_in=True,
        arrived_at=now,
    )
    refresh_windows(calendars=calendars, period=Interval(starts_at, appointment.ends_at + motif.pause), now=now)
    return appointment
