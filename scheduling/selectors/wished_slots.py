"""The first slot at a moment that suits somebody: a weekday, a morning."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..engine.earlier_slots import Wishes
from .slots import SHORTEST_STEP, Demand, Slot, citizen_bounds, next_slots, offered_slots, offered_starts

# How much is looked through at a time: most wishes are met within a week, and no motif is booked a year ahead.
STRIDES = [timedelta(weeks=1), timedelta(weeks=4), timedelta(weeks=16), timedelta(weeks=64)]


def next_wished_slot(
    demands: Iterable[Demand],
    wishes: Wishes,
    *,
    zone: ZoneInfo,
    now: datetime,
    after: datetime | None = None,
    **restrictions,
) -> Slot | None:
    """The first slot from `after` (or now) on that a citizen may book and that suits `wishes` by the clocks of `zone`.

    `restrictions` are those of `offered_slots`. One query where the very first slot suits. Else two, and one for each
    stride until something is found, four at most: the starts alone, each once, and never more than one stride past
    the answer. More as for `offered_slots`. It does not look past the horizon where there is no slot before it (see
    `next_slots`).
    """
    demands = list(demands)
    first = min(next_slots(demands, now=now, after=after, **restrictions).values(), default=None)
    if first is None or wishes.suit(first.starts_at, zone):
        return first
    start, last = first.starts_at, max(citizen_bounds(demand.motif, now=now)[1] for demand in demands)
    for stride in STRIDES:
        if start > last:
            break
        starts = offered_starts(demands, start=start, end=start + stride, now=now, **restrictions)
        for wished in sorted(at for at in starts if wishes.suit(at, zone)):
            slots = offered_slots(demands, start=wished, end=wished + SHORTEST_STEP, now=now, **restrictions)
            if slots:  # Else somebody took it since: the next one.
                return min(slots)
        start += stride
    return None
