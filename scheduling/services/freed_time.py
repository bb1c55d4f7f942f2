"""What becomes free is noted with the change that freed it, for those who wait for an earlier slot."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection

from config.shortcuts import run_after_commit

from ..engine.intervals import Interval, merge, subtract
from ..models import FreeWindow, Opening
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


class Reception(NamedTuple):
    """Where an opening receives, and for what."""

    calendar_id: int
    organization_id: int
    location_id: int | None
    motifs: frozenset[int]

    def covers(self, other: "Reception") -> bool:
        return self[:3] == other[:3] and self.motifs >= other.motifs


class Covered(NamedTuple):
    reception: Reception
    interval: Interval


def covered_by(opening_ids: Iterable[int]) -> list[Covered]:
    """The free time of openings that are about to be replaced by others. Two queries."""
    receptions = _receptions(set(opening_ids))
    windows = FreeWindow.objects.filter(opening__in=receptions).order_by("pk")
    return [Covered(receptions[row.opening_id], Interval(row.starts_at, row.ends_at)) for row in windows]


def note_freed_time(
    *,
    appeared: Iterable[WindowRow],
    gone: Iterable[WindowRow],
    now: datetime,
    within: list[Interval] | None = None,
    replaced: Iterable[Covered] = (),
) -> None:
    """Note what the windows that appeared cover and those that are gone, or `replaced`, did not, in the caller's
    transaction; of what is `within` alone, if given.

    One row for each piece: what lies between two of them was free before. Nothing is published where nobody waits for
    it. No query when nothing became free, which is so of every booking; else one, and another where one opening may
    have taken over from another.
    """
    freed = []
    for (calendar_id, organization_id), pieces in _freed(appeared, list(gone), list(replaced)).items():
        if within is not None:
            pieces = [piece.common(other) for piece in pieces for other in within if piece.overlaps(other)]
        freed += [(calendar_id, organization_id, piece) for piece in merge(pieces) if piece.end > now]
    if not freed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            {
                "calendars": [calendar_id for calendar_id, _, _ in freed],
                "organizations": [organization_id for _, organization_id, _ in freed],
                "starts": [piece.start for _, _, piece in freed],
                "ends": [piece.end for _, _, piece in freed],
                "now": now,
            },
        )
        is_awaited = any(is_awaited for (is_awaited,) in cursor)
    if is_awaited:
        run_after_commit("scheduling.tasks.offer_freed_time")


def _freed(appeared, gone, replaced):
    """Pieces by calendar and organization. A window that was cut, or cut anew, frees nothing where it was before; nor
    does one of another opening that receives there for nothing else, as when an opening is split.
    """
    before, left = defaultdict(list), []
    for row in gone:
        before[row.opening_id].append(Interval(row.starts_at, row.ends_at))
    for row in appeared:
        pieces = list(subtract(Interval(row.starts_at, row.ends_at), before[row.opening_id]))
        left += [(row, piece) for piece in pieces]
    freed, openings = defaultdict(list), {row.opening_id for row, _ in left}
    others = [row for row in gone if openings != {row.opening_id}]
    if not (left and (others or replaced)):
        for row, piece in left:
            freed[row.calendar_id, row.organization_id].append(piece)
        return freed
    receptions = _receptions(openings | {row.opening_id for row in others})
    covered = defaultdict(list)
    for row in others:
        if row.opening_id in receptions:
            covered[receptions[row.opening_id]].append(Interval(row.starts_at, row.ends_at))
    for reception, interval in replaced:
        covered[reception].append(interval)
    known = {}
    for row, piece in left:
        reception = receptions[row.opening_id]
        if reception not in known:
            known[reception] = [one for each, of in covered.items() if each.covers(reception) for one in of]
        freed[row.calendar_id, row.organization_id] += subtract(piece, known[reception])
    return freed


def _receptions(opening_ids):
    openings = Opening.objects.filter(pk__in=opening_ids).order_by().annotate(carried=ArrayAgg("motifs", default=[]))
    rows = openings.values_list("pk", "calendar", "organization", "location", "carried")
    return {pk: Reception(*place, frozenset(carried)) for pk, *place, carried in rows}
