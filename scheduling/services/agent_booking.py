"""What an agent books for somebody known or not: on a slot that « Trouver un RDV » offered, or where they placed it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from organizations.models import Citizen, Membership
from organizations.services.citizens import create_citizen

from ..engine.intervals import Interval
from ..models import Appointment
from ..selectors.slots import Demand
from .actors import Actor
from .booking import Attendee, Details, book_appointment, place_appointment
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

    def book(citizen):
        booking["attendees"] = [Attendee(citizen, **notifications)]
        if calendar_ids is not None and len(calendar_ids) > 1:
            return book_together(**booking)
        booked_from = widened_by and widened_by.organization
        return book_appointment(for_agent=True, booked_from=booked_from, **booking)

    return _with_record(book, motif=demand.motif, citizen=citizen, record=record, widened_by=widened_by)


def place_for_citizen(
    *,
    demand: Demand,
    period: Interval,
    location_id: int | None,
    calendar_ids: Collection[int],
    overlaps_seen: Collection[int],
    actor: Actor,
    details: dict,
    notifications: dict,
    idempotency_key: UUID,
    now: datetime,
    citizen: Citizen | None = None,
    record: dict | None = None,
) -> Appointment:
    """Likewise, where the agent wants it, free or not; they confirmed that it overlaps `overlaps_seen`, and no other.

    Raises OverlapNotConfirmed.
    """

    def place(citizen):
        return place_appointment(
            motif=demand.motif,
            option=demand.option,
            persons=demand.persons,
            period=period,
            location_id=location_id,
            calendar_ids=calendar_ids,
            attendees=[Attendee(citizen, **notifications)],
            details=Details(**details),
            is_overlap_confirmed=bool(overlaps_seen),
            overlaps_seen=overlaps_seen,
            actor=actor,
            idempotency_key=idempotency_key,
            now=now,
        )

    return _with_record(place, motif=demand.motif, citizen=citizen, record=record)


def _with_record(act, *, motif, citizen, record, widened_by=None) -> Appointment:
    """What `act` books for the citizen, or for a new one; a request that had booked before leaves no second record."""
    try:
        with transaction.atomic():
            if citizen is None:
                citizen = _registered(record, motif=motif, widened_by=widened_by)
            appointment = act(citizen)
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
