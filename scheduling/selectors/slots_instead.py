"""The slot that an address names, looked for again: whether it is still free, and what there is instead."""

from collections.abc import Collection
from datetime import datetime, timedelta

from ..models import Calendar
from .candidates import candidates_for
from .slots import Demand, Slot, nearest_slots
from .together import nearest_together, slots_together

MOST_OFFERED = 5


def is_free(
    demand: Demand,
    *,
    starts_at: datetime,
    calendar_ids: Collection[int] | None,
    location_ids: Collection[int] | None,
    now: datetime,
) -> bool:
    """Whether an agent can still book it there; on all of the calendars, if there are several. Two queries."""
    asked = {"calendar_ids": calendar_ids, "location_ids": location_ids, "now": now}
    if calendar_ids is not None and len(calendar_ids) > 1:
        return bool(slots_together(demand, start=starts_at, end=starts_at + timedelta.resolution, **asked))
    return bool(candidates_for(demand, starts_at=starts_at, for_agent=True, **asked))


def slots_instead(
    demand: Demand,
    *,
    to: datetime,
    calendar_ids: Collection[int] | None,
    location_ids: Collection[int] | None,
    membership,
    now: datetime,
) -> list[Slot]:
    """Near the slot that is gone: of its own calendar, and of all that the member may see, which may be free then.

    Of several calendars, what they have free together. Without any, what anybody has who receives for the motif.
    """
    asked = {"location_ids": location_ids, "now": now}
    if calendar_ids is not None and len(calendar_ids) > 1:
        return nearest_together(demand, to=to, calendar_ids=calendar_ids, count=MOST_OFFERED, **asked)
    asked |= {"to": to, "for_agent": True}
    nearest = nearest_slots(demand, calendar_ids=calendar_ids, **asked)
    if calendar_ids is not None and not demand.motif.is_follow_up:
        visible = Calendar.objects.visible_to(membership).in_use().values_list("pk", flat=True)
        nearest += nearest_slots(demand, calendar_ids=list(visible), **asked)
    return sorted(set(nearest), key=lambda slot: (abs(slot.starts_at - to), slot))[:MOST_OFFERED]
