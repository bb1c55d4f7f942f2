"""What an agent books on a slot that « Trouver un RDV » offered, for somebody known or not."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from organizations.models import Citizen, Membership
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
    calendar_ids: Collection[int] | None,
    actor: Actor,
    details: dict,
    notifications: dict,
    idempotency_key: UUID,
    now: datetime,
    citizen: Citizen | None = None,
    record: dict | None = None,
    widened_by: Membership | None = None,
) -> Appointment:
    """Book for `citizen`, or for a new one made of the fields of `record`: both are written, or neither.

    `widened_by` is who found the slot by widening a search, with nobody named in `calendar_ids`: a new record is their
    organization's, which the one that receives comes to know by the booking, as it does a record of long ago.
    With several calendars, on a slot that all of them have free (`book_together`).
    The same `idempotency_key` gives the same appointment and no second record.
    Raises SlotTaken with the nearest free slots of the calendars.
    """
    booking = {
        "demand": demand,
        "starts_at": starts_at,
        "location_id": location_id,
        "calendar_ids": calendar_ids,
        "details": Details(**details),
        "actor": actor,
        "idempotency_key": idempotency_key,
        "now": now,
    }
    try:
        with transaction.atomic():
            if citizen is None:
                citizen = _registered(record, motif=demand.motif, widened_by=widened_by)
            booking["attendees"] = [Attendee(citizen, **notifications)]
            if calendar_ids is not None and len(calendar_ids) > 1:
                appointment = book_together(**booking)
            else:
                booked_from = widened_by and widened_by.organization
                appointment = book_appointment(for_agent=True, booked_from=booked_from, **booking)
            if record and not appointment.participations.filter(citizen=citizen).exists():
                raise _BookedBefore(appointment)
    except _BookedBefore as before:
        return before.appointment
    return appointment


def _registered(record, *, motif, widened_by):
    """Known to those who receive; to those who booked, when they are others."""
    if widened_by is None:
        return create_citizen(organization=motif.organization, units=motif.units.all(), **record)
    units = [] if widened_by.sees_every_unit else widened_by.units.all()
    return create_citizen(organization=widened_by.organization, units=units, **record)
