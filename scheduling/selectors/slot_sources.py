"""The two sources of slots: the stored windows (SQL) and, where they are not to be trusted, the pure core."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db import connection

from organizations.models import Motif

from ..engine.intervals import Interval
from ..engine.slots import bookable_starts
from .availability import core_rows

ONE_DAY = timedelta(days=1)

# No window is longer than a local day, 25 hours at most.
LONGEST_WINDOW = timedelta(hours=25)

# An index reads every match of a page before it gives the first: the first slot is looked for near, then beyond.
NEAR = timedelta(days=7)


@dataclass(frozen=True)
class Search:
    """What both sources are asked. `demands`: motif, asked length, first and last start (both included).

    `held_calendar_id` is where the visitor holds something: the windows lack it, so that the core answers there.
    """

    demands: list[tuple[Motif, timedelta, datetime, datetime]]
    calendar_ids: list[int] | None
    location_ids: list[int] | None
    only_public_locations: bool
    now: datetime
    visitor_key: object = None
    held_calendar_id: int | None = None

    @property
    def parameters(self):
        motifs, lengths, firsts, lasts = zip(*self.demands, strict=True)
        return {
            "motifs": [motif.pk for motif in motifs],
            "steps": [motif.duration + motif.pause for motif in motifs],
            "on_site": [motif.location_kind == Motif.LocationKind.ON_SITE for motif in motifs],
            "lengths": list(lengths),
            "firsts": list(firsts),
            "lasts": list(lasts),
            "opened_after": [first - LONGEST_WINDOW for first in firsts],
            "near": [min(first + NEAR, last) for first, last in zip(firsts, lasts, strict=True)],
            "held_calendar": self.held_calendar_id,
            "calendars": self.calendar_ids,
            "locations": self.location_ids,
        }


@dataclass(frozen=True)
class Uncovered:
    """A calendar whose windows do not answer for the local days from `first_day` on (None: for none at all)."""

    calendar_id: int
    first_day: date | None


# The openings that carry a demand, with what restricts them: whoever has left or was archived receives nobody, from
# that second on, whatever openings and windows remain. A stale calendar, or days past its horizon, come out as rows of
# their own, so that one query says both what the windows hold and what they do not answer for.
#
# Whether a calendar receives is looked up once for all its openings, in subqueries instead of joins: PostgreSQL plans
# them in a third of the time, which is most of what a small search takes.
_OPENINGS = """
WITH demand AS (
    SELECT * FROM unnest(
        %(motifs)s::bigint[], %(steps)s::interval[], %(lengths)s::interval[], %(on_site)s::boolean[],
        %(firsts)s::timestamptz[], %(lasts)s::timestamptz[], %(opened_after)s::timestamptz[], %(near)s::timestamptz[]
    ) AS demand (motif_id, step, length, on_site, first, last, opened_after, near)
), opened AS MATERIALIZED (
    SELECT demand.*, opening.id AS opening_id, opening.calendar_id, opening.organization_id,
           CASE WHEN demand.on_site THEN opening.location_id END AS location_id
    FROM demand
    JOIN scheduling_openingmotif carried ON carried.motif_id = demand.motif_id
    JOIN scheduling_opening opening ON opening.id = carried.opening_id
    LEFT JOIN organizations_location location ON location.id = opening.location_id
    WHERE {restrictions}
), receiver AS MATERIALIZED (
    SELECT opened.calendar_id, opened.organization_id, calendar.windows_until,
           calendar.windows_stale_since IS NOT NULL OR calendar.windows_until IS NULL
               OR calendar.id IS NOT DISTINCT FROM %(held_calendar)s::bigint AS is_stale
    FROM (SELECT DISTINCT calendar_id, organization_id FROM opened) opened
    JOIN scheduling_calendar calendar ON calendar.id = opened.calendar_id
    WHERE (calendar.desk_id IS NULL OR EXISTS (
        SELECT FROM organizations_desk desk WHERE desk.id = calendar.desk_id AND desk.archived_at IS NULL
    ))
    AND (calendar.agent_id IS NULL OR EXISTS (
        SELECT FROM organizations_membership membership
        JOIN organizations_agent agent ON agent.id = membership.agent_id
        WHERE membership.agent_id = calendar.agent_id AND membership.organization_id = opened.organization_id
            AND agent.is_active
    ))
), carrier AS (
    SELECT opened.*, receiver.is_stale, receiver.windows_until
    FROM opened
    JOIN receiver ON receiver.calendar_id = opened.calendar_id AND receiver.organization_id = opened.organization_id
)
"""

# The end of the step that `first` falls into. `date_bin` counts in whole microseconds: a start on `first` stays there.
_FIRST_FIT = """
    CASE WHEN free.starts_at >= carrier.first THEN free.starts_at
    ELSE date_bin(carrier.step, carrier.first - interval '1 microsecond', free.starts_at) + carrier.step END
"""

_SLOTS = f"""
carrier
JOIN scheduling_freewindow free ON free.opening_id = carrier.opening_id
    AND free.starts_at > carrier.opened_after
    AND free.starts_at <= carrier.last
    AND free.ends_at >= carrier.first + carrier.length
CROSS JOIN LATERAL generate_series(
    {_FIRST_FIT}, least(free.ends_at - carrier.length, carrier.last), carrier.step
) AS slot (starts_at)
"""

_ALL = (
    _OPENINGS
    + f"""
SELECT slot.starts_at, slot.starts_at + carrier.length, carrier.motif_id, carrier.organization_id,
       carrier.location_id, carrier.calendar_id, carrier.opening_id, NULL::boolean, NULL::date
FROM {_SLOTS}
WHERE NOT carrier.is_stale
"""
)

_STARTS = (
    _OPENINGS
    + f"""
SELECT DISTINCT slot.starts_at, NULL::bigint, NULL::boolean, NULL::date
FROM {_SLOTS}
WHERE NOT carrier.is_stale
UNION ALL
SELECT DISTINCT NULL::timestamptz, carrier.calendar_id, carrier.is_stale, carrier.windows_until
FROM carrier
WHERE carrier.is_stale {{or_past_horizon}}
"""
)

# The first slot of one opening among its windows that begin in a period: they follow one another.
_FIRST_OF_OPENING = f"""
    SELECT {_FIRST_FIT}
    FROM scheduling_freewindow free
    WHERE free.opening_id = carrier.opening_id
        AND free.starts_at > {{after}}
        AND free.starts_at <= {{until}}
        AND free.ends_at >= carrier.first + carrier.length
        AND {_FIRST_FIT} <= least(free.ends_at - carrier.length, carrier.last)
    ORDER BY free.starts_at
    LIMIT 1
"""
_NEAR = _FIRST_OF_OPENING.format(after="carrier.opened_after", until="carrier.near")
_BEYOND = _FIRST_OF_OPENING.format(after="carrier.near", until="carrier.last")

_FIRST_OF_OPENINGS = (
    _OPENINGS
    + f"""
, slot AS MATERIALIZED (
    SELECT coalesce(({_NEAR}), ({_BEYOND})) AS starts_at, carrier.* FROM carrier WHERE NOT carrier.is_stale
)
(SELECT DISTINCT ON ({{key}})
       starts_at, starts_at + length, motif_id, organization_id, location_id, calendar_id, opening_id, NULL, NULL
FROM slot
WHERE starts_at IS NOT NULL
ORDER BY {{key}}, starts_at, starts_at + length, motif_id, calendar_id, opening_id)
"""
)
_FIRST = _FIRST_OF_OPENINGS.replace("{key}", "organization_id, location_id")
_FIRST_BY_MOTIF = _FIRST_OF_OPENINGS.replace("{key}", "motif_id, location_id")

_UNCOVERED = """
UNION ALL
SELECT DISTINCT NULL::timestamptz, NULL::timestamptz, NULL::bigint, NULL::bigint, NULL::bigint,
       carrier.calendar_id, NULL::bigint, carrier.is_stale, carrier.windows_until
FROM carrier
WHERE carrier.is_stale {or_past_horizon}
"""

# Edges of periods by number, not by name of a zone: whose clocks they follow is known to the core alone.
_COUNTS = (
    _OPENINGS
    + f"""
SELECT width_bucket(slot.starts_at, %(edges)s::timestamptz[]), count(DISTINCT slot.starts_at),
       NULL::bigint, NULL::boolean, NULL::date
FROM {_SLOTS}
WHERE NOT carrier.is_stale
GROUP BY 1
UNION ALL
SELECT DISTINCT NULL::integer, NULL::bigint, carrier.calendar_id, carrier.is_stale, carrier.windows_until
FROM carrier
WHERE carrier.is_stale {{or_past_horizon}}
"""
)


class Carrier(NamedTuple):
    """An opening that carries a demand; `step`, `length`, `first` and `last` are the demand's."""

    opening_id: int
    motif_id: int
    organization_id: int
    location_id: int | None
    step: timedelta
    length: timedelta
    first: datetime
    last: datetime


_CARRIERS = (
    _OPENINGS
    + f"""
SELECT {", ".join(Carrier._fields)}
FROM carrier
WHERE %(of_calendars)s::bigint[] IS NULL OR calendar_id = ANY(%(of_calendars)s::bigint[])
"""
)


# Local days run ahead of UTC by 14 hours at most.
_PAST_HORIZON = "OR carrier.windows_until < (carrier.last AT TIME ZONE 'UTC' + interval '14 hours')::date"


def slots_in_windows(search: Search):
    """Rows of `Slot` fields, and the `Uncovered` calendars. One query."""
    return _split(_run(_ALL + _UNCOVERED.format(or_past_horizon=_PAST_HORIZON), search))


def starts_in_windows(search: Search):
    """The different starts, and the `Uncovered` calendars. One query: what many calendars share is read once."""
    rows = _run(_STARTS.replace("{or_past_horizon}", _PAST_HORIZON), search)
    return {row[0] for row in rows if row[1] is None}, [_uncovered(*row[1:]) for row in rows if row[1] is not None]


def counts_in_windows(search: Search, edges: list[datetime]):
    """How many different starts lie between `edges`, in order, and the `Uncovered` calendars. One query.

    By number: 0 before the first edge, 1 from it on.
    """
    rows = _run(_COUNTS.replace("{or_past_horizon}", _PAST_HORIZON), search, edges=edges)
    counts = {number: count for number, count, calendar_id, *_ in rows if calendar_id is None}
    return counts, [_uncovered(*row[2:]) for row in rows if row[2] is not None]


def first_slots_in_windows(search: Search, *, by_motif: bool = False):
    """Rows of `Slot` fields, the first of each organization (or motif) and location, and the stale calendars.

    One query.
    """
    first = _FIRST_BY_MOTIF if by_motif else _FIRST
    return _split(_run(first + _UNCOVERED.format(or_past_horizon=""), search))


def carriers_of(search: Search, calendar_ids: Iterable[int] | None = None) -> dict[int, list[Carrier]]:
    """What carries the demands, by opening; of these calendars only, when given. One query."""
    carriers = defaultdict(list)
    of_calendars = None if calendar_ids is None else list(calendar_ids)
    for carrier in map(Carrier._make, _run(_CARRIERS, search, of_calendars=of_calendars)):
        carriers[carrier.opening_id].append(carrier)
    return carriers


def core_slots(search: Search, uncovered: Iterable[Uncovered]) -> list[tuple]:
    """Rows of `Slot` fields for what the windows do not answer for. No query when that is nothing; else about eight."""
    # Every calendar to compute, with the first local day anywhere; `first` and `last` are instants.
    earliest = min(first for _, _, first, _ in search.demands).astimezone(UTC).date() - ONE_DAY
    latest = max(last for _, _, _, last in search.demands).astimezone(UTC).date() + ONE_DAY
    first_days = {item.calendar_id: item.first_day or earliest for item in uncovered}
    if not first_days:
        return []
    carriers = carriers_of(search, first_days)
    windows = core_rows(
        first_days,
        first_day=min(first_days.values()),
        last_day=latest,
        now=search.now,
        without_hold_of=search.visitor_key,
    )
    return [
        (
            start,
            start + carrier.length,
            carrier.motif_id,
            carrier.organization_id,
            carrier.location_id,
            window.calendar_id,
            window.opening_id,
        )
        for window in windows
        if window.local_day >= first_days[window.calendar_id]
        for carrier in carriers[window.opening_id]
        for start in bookable_starts(
            Interval(window.starts_at, window.ends_at),
            duration=carrier.step,
            pause=timedelta(0),
            asked=carrier.length,
            not_before=carrier.first,
            not_after=carrier.last,
        )
    ]


def _run(sql, search, **parameters):
    restrictions = ["(NOT demand.on_site OR location.id IS NOT NULL AND location.closed_at IS NULL)"]
    if search.only_public_locations:
        restrictions.append("(NOT demand.on_site OR location.is_visible_on_portal)")
    if search.calendar_ids is not None:
        restrictions.append("opening.calendar_id = ANY(%(calendars)s::bigint[])")
    if search.location_ids is not None:
        restrictions.append("(NOT demand.on_site OR opening.location_id = ANY(%(locations)s::bigint[]))")
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{restrictions}", " AND ".join(restrictions)), search.parameters | parameters)
        return cursor.fetchall()


def _split(rows):
    slots = [row[:7] for row in rows if row[7] is None]
    return slots, [_uncovered(row[5], row[7], row[8]) for row in rows if row[7] is not None]


def _uncovered(calendar_id, is_stale, windows_until):
    return Uncovered(calendar_id, None if is_stale else windows_until + ONE_DAY)
