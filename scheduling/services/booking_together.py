"""Booking a slot that several calendars have free at once, for one appointment of all of them."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation, UniqueViolation

from ..engine.intervals import Interval
from ..exceptions import SlotTaken
from ..models import Appointment
from ..selectors.slots import Demand
from ..selectors.together import nearest_together, slots_together
from .actors import Actor
from .booking import Attendee, Details, already_booked, as_they_stand, create_appointment
from .holds import free_expired_holds
from .locks import lock_calendars
from .windows import refresh_windows


def book_together(
    *,
    demand: Demand,
    starts_at: datetime,
    location_id: int | None,
    calendar_ids: Collection[int],
    attendees: Iterable[Attendee],
    actor: Actor,
    now: datetime,
    details: Details,
    idempotency_key: UUID | None = None,
) -> Appointment:
    """Book `demand` for an agent at `starts_at` on all of the calendars: one appointment, or nothing at all.

    The same `idempotency_key` gives the same appointment, however often it is asked.

    Raises SlotTaken, with the nearest slots that all have free, when one of the calendars is no longer free then,
    whatever the reason.
    """
    calendar_ids = sorted(set(calendar_ids))
    asked = {"calendar_ids": calendar_ids, "location_ids": None if location_id is None else [location_id], "now": now}
    try:
        return _book(
            demand,
            starts_at,
            asked=asked,
            attendees=attendees,
            actor=actor,
            details=details,
            idempotency_key=idempotency_key,
        )
    except SlotTaken:
        pass
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            already = already_booked(organization_id=demand.motif.organization_id, idempotency_key=idempotency_key)
            if already is not None:
                return already
        # Somebody wrote without taking the lock: the constraint has the last word.
        if not isinstance(error.__cause__, ExclusionViolation):
            raise
    # Outside the transaction: the search must not lengthen the queue at the calendars' locks.
    raise SlotTaken(nearest=nearest_together(demand, to=starts_at, **asked))


@transaction.atomic
def _book(demand, starts_at, *, asked, attendees, actor, details, idempotency_key):
    now = asked["now"]
    attendees = as_they_stand(attendees)
    # In the order of their ids: bookings that share a calendar queue, and never for each other.
    calendars = lock_calendars(asked["calendar_ids"])
    already = already_booked(organization_id=demand.motif.organization_id, idempotency_key=idempotency_key)
    if already is not None:
        return already
    free_expired_holds(calendars=calendars, now=now)
    slots = slots_together(demand, start=starts_at, end=starts_at + timedelta.resolution, **asked)
    if not slots:
        raise SlotTaken
    slot = slots[0]
    appointment = create_appointment(
        period=slot.period,
        motif=demand.motif,
        option=demand.option,
        persons=demand.persons,
        location_id=slot.location_id,
        calendars=calendars,
        attendees=attendees,
        actor=actor,
        now=now,
        details=details,
        idempotency_key=idempotency_key,
    )
    refresh_windows(calendars=calendars, period=Interval(slot.starts_at, slot.ends_at + demand.motif.pause), now=now)
    return appointment
