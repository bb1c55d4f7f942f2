"""What a visitor has under way: the slot they hold, the contact they proved, the RDV they have just booked."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from notifications.models import OneTimeCode
from organizations.models import MotifQuestion, Territory
from scheduling.models import Appointment, Hold, Participation
from scheduling.selectors.slots import Demand, offered_slots

from ..visitor import REMEMBERED_FOR


def own_hold(
    demand: Demand,
    *,
    starts_at: datetime,
    location_id: int | None,
    visitor_key: UUID | None,
    now: datetime,
    calendar_ids: Collection[int] | None = None,
) -> Hold | None:
    """The visitor's hold, if it is for exactly this, with one of these calendars (None for any).

    One query, none for somebody who holds nothing.
    """
    if visitor_key is None:
        return None
    holds = Hold.objects.all() if calendar_ids is None else Hold.objects.filter(calendar__in=calendar_ids)
    return holds.filter(
        visitor_key=visitor_key,
        expires_at__gt=now,
        motif=demand.motif,
        option=demand.option,
        persons=demand.persons,
        starts_at=starts_at,
        location=location_id,
    ).first()


def is_offered(
    demand: Demand,
    *,
    starts_at: datetime,
    location_id: int | None,
    visitor_key,
    now: datetime,
    calendar_ids: Collection[int] | None = None,
) -> bool:
    """Whether the slot can be had right now. One query; a few more when the visitor holds another one."""
    slots = offered_slots(
        [demand],
        start=starts_at,
        end=starts_at + timedelta.resolution,
        location_ids=None if location_id is None else [location_id],
        calendar_ids=calendar_ids,
        visitor_key=visitor_key,
        now=now,
    )
    return bool(slots)


def is_proven(*, territory: Territory, contact: str, visitor_key: UUID | None, now: datetime) -> bool:
    """Whether this visitor has lately typed a code that was sent to this contact. One query at most."""
    if visitor_key is None:
        return False
    return _codes(territory, contact, visitor_key).filter(used_at__gt=now - REMEMBERED_FOR).exists()


def has_live_code(*, territory: Territory, contact: str, visitor_key: UUID, now: datetime) -> bool:
    """Whether a code is on its way, so that no second one need be sent. One query."""
    live = _codes(territory, contact, visitor_key).filter(used_at=None, expires_at__gt=now, attempts_left__gt=0)
    return live.exists()


def _codes(territory, contact, visitor_key):
    return OneTimeCode.objects.for_territory(territory).filter(visitor_key=visitor_key, contact=contact.lower())


def booked_participation(*, territory: Territory, idempotency_key: UUID | None) -> Participation | None:
    """What this very attempt has already booked. One query at most."""
    if idempotency_key is None:
        return None
    booked = Participation.objects.filter(territory=territory, appointment__idempotency_key=idempotency_key)
    return booked.order_by("pk").first()


def registered_participation(workshop: Appointment, *, idempotency_key: UUID | None) -> Participation | None:
    """What this very attempt has already registered for. One query at most."""
    if idempotency_key is None:
        return None
    return Participation.objects.listed().filter(appointment=workshop, idempotency_key=idempotency_key).first()


def prescribed_participation(territory: Territory, pk: int) -> Participation | None:
    """With what the prescriber's confirmation shows of it; None when it is of another territory, or gone. One query."""
    whole = ("appointment__motif", "appointment__option", "appointment__location")
    found = Participation.objects.filter(territory=territory, pk=pk)
    return found.select_related(*whole, "appointment__organization__territory").first()


def questions_of(motif) -> list[MotifQuestion]:
    return list(motif.questions.order_by("position", "pk"))
