"""The free time of calendars, motif or not: from the stored windows and, where they do not answer, from the core."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from django.db import connection

from ..engine.intervals import Interval
from ..engine.wall_clock import ONE_DAY
from ..models import Opening
from .availability import core_rows

# Every calendar that receives in the organization, as `slot_sources` counts it, with or without a window. A stale one,
# or one whose windows end before what is asked, says so in the same rows.
_WINDOWS = """
SELECT calendar.id, calendar.windows_stale_since IS NOT NULL OR calendar.windows_until IS NULL, calendar.windows_until,
       opened.location_id, opened.starts_at, opened.ends_at
FROM scheduling_calendar calendar
LEFT JOIN LATERAL (
    SELECT opening.location_id, free.starts_at, free.ends_at
    FROM scheduling_freewindow free
    JOIN scheduling_opening opening ON opening.id = free.opening_id
    WHERE free.calendar_id = calendar.id AND free.organization_id = %(organization)s
        AND free.local_day BETWEEN %(first_day)s AND %(last_day)s
        AND free.starts_at < %(end)s AND free.ends_at > %(start)s
) opened ON calendar.windows_stale_since IS NULL
WHERE calendar.id = ANY(%(calendars)s::bigint[])
    AND (calendar.desk_id IS NULL OR EXISTS (
        SELECT FROM organizations_desk desk WHERE desk.id = calendar.desk_id AND desk.archived_at IS NULL
    ))
    AND (calendar.agent_id IS NULL OR EXISTS (
        SELECT FROM organizations_membership membership
        JOIN organizations_agent agent ON agent.id = membership.agent_id
        WHERE membership.agent_id = calendar.agent_id AND membership.organization_id = %(organization)s
            AND agent.is_active
    ))
"""


def free_time(
    calendar_ids: Collection[int], *, organization_id: int, within: Interval, now: datetime
) -> dict[int, list[tuple[int | None, Interval]]]:
    """(place, interval) of each free window around `within`, in openings of the organization, whatever their motifs.

    A calendar that receives nobody there has none. One query; seven more where windows are stale or end before.
    """
    # Local days of any zone lie within these.
    first_day, last_day = within.start.date() - ONE_DAY, within.end.date() + ONE_DAY
    asked = {
        "calendars": list(calendar_ids),
        "organization": organization_id,
        "first_day": first_day,
        "last_day": last_day,
        "start": within.start,
        "end": within.end,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WINDOWS, asked)
        rows = cursor.fetchall()
    free, uncovered = defaultdict(list), {}
    for calendar_id, is_stale, windows_until, place, starts_at, ends_at in rows:
        if is_stale or windows_until < last_day:
            uncovered[calendar_id] = first_day if is_stale else max(windows_until + ONE_DAY, first_day)
        if starts_at is not None:
            free[calendar_id].append((place, Interval(starts_at, ends_at)))
    _add_from_the_core(free, uncovered, organization_id=organization_id, last_day=last_day, now=now)
    return free


def _add_from_the_core(free, first_days: dict[int, date], *, organization_id, last_day, now):
    if not first_days:
        return
    windows = [
        row
        for row in core_rows(first_days, first_day=min(first_days.values()), last_day=last_day, now=now)
        if row.organization_id == organization_id and row.local_day >= first_days[row.calendar_id]
    ]
    openings = Opening.objects.filter(pk__in={row.opening_id for row in windows}).order_by()
    places = dict(openings.values_list("pk", "location"))
    for row in windows:
        free[row.calendar_id].append((places[row.opening_id], Interval(row.starts_at, row.ends_at)))
