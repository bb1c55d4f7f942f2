"""Holding a slot for a visitor while they fill the form."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation

from ..engine.intervals import Interval
from ..exceptions import HoldNotProlonged, SlotTaken, TooManyHolds
from ..models import HOLD_LASTS, Calendar, Hold
from ..selectors.candidates import candidates_for
from ..selectors.holds import hold_of, is_hold_of, is_kept, promised_slot
from ..selectors.offered_holds import offered_again
from ..selectors.slots import Demand, Slot, nearest_slots, offered_slots
from .locks import lock_calendars, lock_visitor
from .windows import refresh_windows

# A library or a shelter shares one address; nobody needs more to book, and it cannot fence off a day.
MOST_HOLDS_PER_CLIENT = 10

# Half of them at most are there for twenty minutes: who needs time gets it, who collects slots does not.
MOST_PROLONGED_PER_CLIENT = 5


def take_hold(
    *,
    demand: Demand,
    starts_at: datetime,
    location_id: int | None,
    visitor_key: UUID,
    client_hash: str,
    now: datetime,
    calendar_ids=None,
) -> Hold:
    """Keep the slot for the visitor for ten minutes; they give back any other slot they held.

    Asking again for the slot they hold gives the same hold, not prolonged, while it can be kept.
    Raises SlotTaken, with the nearest free slots, when no calendar is free then; TooManyHolds past the limit
    of one client address.
    """
    restrictions = {
        "location_ids": None if location_id is None else [location_id],
        "calendar_ids": None if calendar_ids is None else list(calendar_ids),
        "visitor_key": visitor_key,
    }
    own = hold_of(visitor_key)
    promised = promised_slot(own, demand, starts_at=starts_at, now=now, **restrictions)
    if promised and _is_for(own, demand, now) and is_kept(own, now=now):
        return own
    for candidate in candidates_for(demand, starts_at=starts_at, now=now, **restrictions):
        try:
            return _hold(candidate, demand=demand, visitor_key=visitor_key, client_hash=client_hash, now=now)
        except SlotTaken:
            continue  # Taken since we looked: the next calendar that is free then.
        except IntegrityError as error:
            # Somebody wrote without taking the lock: the constraint has the last word.
            if not isinstance(error.__cause__, ExclusionViolation):
                raise
    raise SlotTaken(nearest=nearest_slots(demand, to=starts_at, now=now, **restrictions))


@transaction.atomic
def _hold(slot: Slot, *, demand, visitor_key, client_hash, now) -> Hold:
    lock_visitor(visitor_key=visitor_key, client_hash=client_hash)
    held_elsewhere = Hold.objects.filter(visitor_key=visitor_key).values_list("calendar", flat=True)
    calendars = lock_calendars({slot.calendar_id, *held_elsewhere})
    own = Hold.objects.filter(visitor_key=visitor_key).first()
    if own is not None:
        if is_hold_of(own, slot) and _is_for(own, demand, now):
            return own
        remove_hold(own, calendars=calendars, now=now)
    held_by_client = Hold.objects.filter(client_hash=client_hash, expires_at__gt=now)
    if held_by_client.count() >= MOST_HOLDS_PER_CLIENT:
        raise TooManyHolds
    calendar = next(calendar for calendar in calendars if calendar.pk == slot.calendar_id)
    free_expired_holds(calendars=[calendar], now=now)
    if slot not in still_offered(slot, demand=demand, now=now):
        raise SlotTaken
    hold = Hold.objects.create(
        organization_id=slot.organization_id,
        calendar=calendar,
        opening_id=slot.opening_id,
        motif=demand.motif,
        option=demand.option,
        location_id=slot.location_id,
        persons=demand.persons,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        taken_at=now,
        expires_at=now + HOLD_LASTS,
        visitor_key=visitor_key,
        client_hash=client_hash,
    )
    refresh_windows(calendars=[calendar], period=busy_period(hold), now=now)
    return hold


@transaction.atomic
def prolong_hold(*, visitor_key: UUID, now: datetime) -> Hold:
    """Keep what the visitor holds for ten minutes more than it was promised for, once. Whoever lets it run out and
    takes it anew has a new hold: what bounds that are the limits of one client address.

    Raises HoldNotProlonged when they hold nothing any more, or what they hold was prolonged before or is an offer's;
    TooManyHolds past the limit of the client address that took it. Then nothing has changed. Six queries.
    """
    own = hold_of(visitor_key)
    if own is None:
        raise HoldNotProlonged
    lock_visitor(visitor_key=visitor_key, client_hash=own.client_hash)
    calendars = lock_calendars([own.calendar_id])
    hold = Hold.objects.filter(pk=own.pk, calendar__in=calendars, expires_at__gt=now).first()
    if hold is None or not hold.may_be_prolonged:
        raise HoldNotProlonged
    prolonged = Hold.objects.filter(client_hash=hold.client_hash, expires_at__gt=now, prolonged_at__isnull=False)
    if prolonged.count() >= MOST_PROLONGED_PER_CLIENT:
        raise TooManyHolds
    hold.prolonged_at = now
    hold.expires_at += HOLD_LASTS
    hold.save(update_fields=["prolonged_at", "expires_at"])
    return hold


def _is_for(hold, demand, now):
    asked = (demand.motif.pk, demand.option.pk if demand.option else None, demand.persons)
    return hold.expires_at > now and (hold.motif_id, hold.option_id, hold.persons) == asked


def still_offered(slot: Slot, *, demand: Demand, now: datetime, for_agent: bool = False) -> list[Slot]:
    """What the slot's own calendar offers at the slot's start, now. Under the calendar's lock this is the truth."""
    return offered_slots(
        [demand],
        start=slot.starts_at,
        end=slot.starts_at + timedelta.resolution,
        now=now,
        for_agent=for_agent,
        calendar_ids=[slot.calendar_id],
    )


def claim_slot(*, slot: Slot, demand: Demand, calendars, visitor_key: UUID | None, now: datetime, for_agent: bool):
    """Under the locks of `calendars`, the slot's own among them: use up the visitor's hold, and leave the slot free.

    The caller occupies the slot and refreshes its time. Raises SlotTaken.
    """
    (calendar,) = (calendar for calendar in calendars if calendar.pk == slot.calendar_id)
    free_expired_holds(calendars=[calendar], now=now)
    own = Hold.objects.filter(visitor_key=visitor_key, calendar__in=calendars).first() if visitor_key else None
    if own is not None and is_hold_of(own, slot):
        if not is_kept(own, now=now):
            raise SlotTaken
        own.delete()
        return
    if own is not None:
        remove_hold(own, calendars=calendars, now=now)
    if slot not in still_offered(slot, demand=demand, now=now, for_agent=for_agent):
        raise SlotTaken


@transaction.atomic
def release_hold(*, visitor_key: UUID, now: datetime) -> None:
    """Give back what the visitor holds, if anything. Safe to repeat."""
    held = Hold.objects.filter(visitor_key=visitor_key)
    calendars = lock_calendars(list(held.values_list("calendar", flat=True)))
    for hold in held.filter(calendar__in=calendars):
        remove_hold(hold, calendars=calendars, now=now)


def free_expired_holds(*, calendars: Iterable[Calendar], now: datetime) -> int:
    """Remove what has expired on locked calendars, and open its time again. One query when there is nothing."""
    expired = list(Hold.objects.filter(calendar__in=calendars, expires_at__lte=now).order_by("pk"))
    for hold in expired:
        remove_hold(hold, calendars=calendars, now=now)
    return len(expired)


def sweep_expired_holds(*, now: datetime) -> int:
    """Free every expired hold, one short transaction per calendar. Returns how many were freed."""
    expired = Hold.objects.filter(expires_at__lte=now).order_by("calendar").values_list("calendar", flat=True)
    freed = 0
    for calendar_id in expired.distinct():
        with transaction.atomic():
            freed += free_expired_holds(calendars=lock_calendars([calendar_id]), now=now)
    return freed


def busy_period(hold: Hold) -> Interval:
    """What a hold occupies: its slot and the pause of its motif."""
    return Interval(hold.starts_at, hold.ends_at + hold.motif.pause)


def remove_hold(hold, *, calendars, now):
    """Delete a hold of one of these locked calendars, and open its time again.

    What a visitor held was free to everybody before they looked at it: it is not freed for those who wait. What was
    offered is, to the next of them.
    """
    period, freed = busy_period(hold), offered_again(hold, now=now)
    hold.delete()
    calendars = [calendar for calendar in calendars if calendar.pk == hold.calendar_id]
    refresh_windows(calendars=calendars, period=period, now=now, freed=freed)
