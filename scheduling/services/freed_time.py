"""What becomes free is noted with the change that freed it, for those who wait for an earlier slot."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from config.shortcuts import run_after_commit

from ..engine.intervals import Interval, subtract
from ..selectors.availability import WindowRow

# Whether somebody waits is seen as of the note. Who joins the list at that very moment is found by the sweep.
_NOTE = """
INSERT INTO scheduling_freedtime (calendar_id, organization_id, starts_at, ends_at, noted_at, due_at)
SELECT freed.*, %(now)s, %(now)s FROM unnest(
    %(calendars)s::bigint[], %(organizations)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]
) AS freed
RETURNING EXISTS (
    SELECT FROM scheduling_earlierslotrequest waiting
    JOIN scheduling_appointment appointment ON appointment.id = waiting.appointment_id
    WHERE waiting.ended_at IS NULL AND waiting.organization_id = scheduling_freedtime.organization_id
        AND appointment.starts_at > scheduling_freedtime.starts_at
)
"""


def note_freed_time(
    *, appeared: Iterable[WindowRow], gone: Iterable[WindowRow], now: datetime, within: list[Interval] | None = None
) -> None:
    """Note what the windows that appeared cover and those that are gone did not, in the caller's transaction.

    One row for each calendar and organization, from the first to the last of it; of what is `within` alone, if given.
    Nothing is published where nobody waits for it. No query when nothing became free, which is so of every booking; else one.
    """
    freed = {}
    for (calendar_id, organization_id), pieces in _freed(appeared, gone).items():
        if within is not None:
            pieces = [piece.common(other) for piece in pieces for other in within if piece.overlaps(other)]
        if not pieces:
            continue
        end = max(piece.end for piece in pieces)
        if end > now:
            freed[calendar_id, organization_id] = (min(piece.start for piece in pieces), end)
    if not freed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            {
                "calendars": [calendar_id for calendar_id, _ in freed],
                "organizations": [organization_id for _, organization_id in freed],
                "starts": [start for start, _ in freed.values()],
                "ends": [end for _, end in freed.values()],
                "now": now,
            },
        )
        is_awaited = any(is_awaited for (is_awaited,) in cursor)
    if is_awaited:
        run_after_commit("scheduling.tasks.offer_freed_time")


def _freed(appeared, gone):
    """Pieces by calendar and organization. A window that was cut, or cut anew, frees nothing where it was before."""
    before, freed = defaultdict(list), defaultdict(list)
    for row in gone:
        before[row.opening_id].append(Interval(row.starts_at, row.ends_at))
    for row in appeared:
        pieces = list(subtract(Interval(row.starts_at, row.ends_at), before[row.opening_id]))
        if pieces:
            freed[row.calendar_id, row.organization_id] += pieces
    return freed
