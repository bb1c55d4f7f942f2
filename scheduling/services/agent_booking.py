"""What an agent books on a slot that « Trouver un RDV » offered, for somebody known or not."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from organizations.models import Citizen
from organizations.services.citizens import create_citizen

from ..models import Appointment
from ..selectors.slots import Demand
from .actors import Actor
from .booking import Attendee, Details, book_appointment


class _BookedBefore(Exception):
    """The request had already booked; what this one wrote is taken back."""

    def __init__(self, appointment):
        self.appointment = appointment


def book_for_citizen(
    *,
    demand: Demand,
    starts_at: datetime,
    location_id: int | None,
    calendar_id: int,
    actor: Actor,
    details: dict,
    notifications: dict,
    idempotency_key: UUID,
    now: datetime,
    citizen: Citizen | None = None,
    record: dict | None = None,
) -> Appointment:
    """Book for `citizen`, or for a new one made of the fields of `record`: both are written, or neither.

    The same `idempotency_key` gives the same appointment and no second record.
    Raises SlotTaken with the nearest free slots of the calendar.
    """
    try:
        with transaction.atomic():
            if citizen is None:
                organization = demand.motif.organization
                citizen = create_citizen(organization=organization, units=demand.motif.units.all(), **record)
            appointment = book_appointment(
                demand=demand,
                starts_at=starts_at,
                location_id=location_id,
                calendar_ids=[calendar_id],
                attendees=[Attendee(citizen, **notifications)],
                details=Details(**details),
                actor=actor,
                for_agent=True,
                idempotency_key=idempotency_key,
                now=now,
            )
            if record and not appointment.participations.filter(citizen=citizen).exists():
                raise _BookedBefore(appointment)
    except _BookedBefore as before:
        return before.appointment
    return appointment
