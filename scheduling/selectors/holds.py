"""What a hold promises to its visitor."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..models import Hold
from .availability import core_rows
from .candidates import candidates_for
from .slot_sources import Search, carriers_of
from .slots import Demand, Slot


def hold_of(visitor_key) -> Hold | None:
    """What the visitor holds, expired or not, with what its promise depends on. One query; none without a key."""
    if visitor_key is None:
        return None
    return Hold.objects.filter(visitor_key=visitor_key).select_related("motif").first()


def promised_slot(
    hold: Hold | None, demand: Demand, *, starts_at: datetime, now: datetime, location_ids, calendar_ids, **_others
) -> Slot | None:
    """The slot that was held for this demand, unless the hold is of something else or has expired.

    The option may be another of the same length. Restrictions as for `offered_slots`.
    """
    if hold is None or hold.expires_at <= now or hold.motif_id != demand.motif.pk or hold.starts_at != starts_at:
        return None
    if hold.ends_at - hold.starts_at != demand.length:
        return None
    if hold.location_id is not None and location_ids is not None and hold.location_id not in location_ids:
        return None
    if calendar_ids is not None and hold.calendar_id not in calendar_ids:
        return None
    return _slot_of(hold)


def choices_for(
    own: Hold | None, demand: Demand, *, starts_at: datetime, now: datetime, **restrictions
) -> Iterator[Slot]:
    """What the visitor was promised, and then whatever is free at that start, the fairest calendar first."""
    promised = promised_slot(own, demand, starts_at=starts_at, now=now, **restrictions)
    if promised is not None:
        yield promised
    for slot in candidates_for(demand, starts_at=starts_at, now=now, **restrictions):
        if slot != promised:
            yield slot


def is_hold_of(hold: Hold, slot: Slot) -> bool:
    return _slot_of(hold) == slot


def _slot_of(hold):
    return Slot(**{name: getattr(hold, name) for name in Slot._fields})


def is_kept(hold: Hold, *, now: datetime) -> bool:
    """Whether the held time is still free apart from the hold, on the grid or not, in an opening that still receives
    this motif at this place: what was promised is kept as long as it can be. Seven queries.
    """
    if not hold.motif.is_active:
        return False
    search = Search(
        demands=[(hold.motif, hold.ends_at - hold.starts_at, hold.starts_at, hold.starts_at)],
        calendar_ids=[hold.calendar_id],
        location_ids=None,
        only_public_locations=False,
        now=now,
    )
    places = {carrier.location_id for carrier in carriers_of(search)[hold.opening_id]}
    if hold.location_id not in places:
        return False
    rows = core_rows(
        [hold.calendar_id],
        first_day=hold.starts_at.date() - timedelta(days=1),
        last_day=hold.ends_at.date() + timedelta(days=1),
        now=now,
        without_hold_of=hold.visitor_key,
    )
    return any(
        row.opening_id == hold.opening_id and row.starts_at <= hold.starts_at and hold.ends_at <= row.ends_at
        for row in rows
    )
