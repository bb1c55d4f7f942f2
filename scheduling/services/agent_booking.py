"""What an agent books on a slot that « Trouver un RDV » offered, for somebody known or not."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from organizations.models import Citizen
from organizations.services.citizens import create_citizen

from ..models import Appointment
from ..selectors.slots import Demand
from .actors import Actor
from .booking import Attendee, Details, book_appointment
from .booking_together import book_together


class _BookedBefore(Exception):
    """The request had already booked; what this one wrote is taken back."""

    def __init__(self, appointment):
        self.appointment = appointment


def book_for_citizen(
    *,
    demand: Demand,
    starts_at: datetime,
    location_id: int | None,
    calendar_ids: Collection[int],
    actor: Actor,
    details: dict,
    notifications: dict,
    idempotency_key: UUID,
    now: datetime,
    citizen: Citizen | None = None,
    record: dict | None = None,
) -> Appointment:
    """Book for `citizen`, or for a new one made of the fields of `record`: both are written, or neither.

    With several calendars, on a slot that all of them have free (`book_together`).
    The same `idempotency_key` gives the same appointment and no second record.
    Raises SlotTaken with the nearest free slots of the calendars.
    """
    booking = {
        "demand": demand,
        "starts_at": starts_at,
        "location_id": location_id,
        "calendar_ids": list(calendar_ids),
        "details": Details(**details),
        "actor": actor,
        "idempotency_key": idempotency_key,
        "now": now,
    }
    try:
        with transaction.atomic():
            if citizen is None:
                organization = demand.motif.organization
                citizen = create_citizen(organization=organization, units=demand.motif.units.all(), **record)
            booking["attendees"] = [Attendee(citizen, **notifications)]
            if len(booking["calendar_ids"]) > 1:
                appointment = book_together(**booking)
            else:
                appointment = book_appointment(for_agent=True, **booking)
            if record and not appointment.participations.filter(citizen=citizen).exists():
                raise _BookedBefore(appointment)
    except _BookedBefore as before:
        return before.appointment
    return appointment
