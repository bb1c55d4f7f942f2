"""Keeping the free windows: the only code that writes them. Callers hold the locks of the calendars they pass."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain

from django.db import connection, transaction
from django.db.models import Max

from ..engine.delays import Delay
from ..engine.intervals import Interval
from ..models import Calendar, FreeWindow, OpeningMotif
from ..selectors.availability import WindowRow, core_rows
from .freed_time import Covered, note_freed_time

# Beyond the longest maximum delay, so that nights that fail cost nothing for a week.
SLACK = timedelta(days=7)

# Local days on earth run from 12 hours behind UTC to 14 hours ahead of it.
BEHIND, AHEAD = timedelta(hours=12), timedelta(hours=14)


@dataclass
class Difference:
    """What a comparison changed. `drifted` counts the windows of days computed before and kept on."""

    added: int = 0
    removed: int = 0
    drifted: int = 0


def first_kept_day(now: datetime) -> date:
    """The earliest local day, anywhere on earth, on which it is now: windows before it are of no use."""
    return (now - BEHIND).date()


@transaction.atomic(savepoint=False)
def refresh_windows(*, calendars, period: Interval, now: datetime, freed: list[Interval] | None = None) -> Difference:
    """Recompute the days that `period` touches on locked `calendars`, after an RDV or a hold changed there.

    With `freed`, nothing outside it is time that those who wait for an earlier slot are offered. Days outside what is
    kept (past, or beyond the horizon) are left alone. Nine queries; one more where time is freed.
    """
    first_day = max((period.start - BEHIND).date(), first_kept_day(now))
    last_day = (period.end + AHEAD).date()
    if last_day < first_day:
        return Difference()
    until = {
        calendar.pk: min(calendar.windows_until, last_day)
        for calendar in calendars
        if calendar.windows_until and calendar.windows_until >= first_day
    }
    return _write(until, first_day=first_day, now=now, freed=freed)


@transaction.atomic(savepoint=False)
def rebuild_windows(
    *, calendars, now: datetime, is_nightly: bool = False, replaced: Iterable[Covered] = ()
) -> Difference:
    """Recompute everything on locked `calendars`, from today to their horizon, and drop the windows of the past.

    After a change of openings or closed days, and every night. Afterwards no calendar is stale. `replaced` is what
    openings covered that are deleted already.
    About twelve queries, whatever the number of calendars.
    """
    first_day = first_kept_day(now)
    known_until = {
        calendar.pk: calendar.windows_until
        for calendar in calendars
        if calendar.windows_until and not calendar.windows_stale_since
    }
    until = horizons([calendar.pk for calendar in calendars], now=now)
    FreeWindow.objects.filter(calendar__in=until, local_day__lt=first_day).delete()
    difference = _write(
        until, first_day=first_day, now=now, known_until=known_until, is_nightly=is_nightly, replaced=replaced
    )
    for calendar in calendars:
        calendar.windows_until, calendar.windows_stale_since = until[calendar.pk], None
    changed = [calendar for calendar in calendars if calendar.windows_until != known_until.get(calendar.pk)]
    Calendar.objects.bulk_update(changed, ["windows_until", "windows_stale_since"])
    return difference


def horizons(calendar_ids, *, now: datetime) -> dict[int, date]:
    """The last local day to keep windows for: the longest maximum delay of the calendar's motifs, and a week.

    A calendar without openings has a horizon too (a week), so that its next one is a plain extension. One query.
    """
    latest = dict.fromkeys(calendar_ids, now)
    delays = (
        OpeningMotif.objects.filter(opening__calendar__in=calendar_ids, motif__archived_at=None)
        .order_by()
        .values_list("opening__calendar")
        .annotate(Max("motif__maximum_delay"), Max("motif__maximum_delay_months"))
    )
    for calendar_id, elapsed, months in delays:
        delays_of_motifs = [Delay(elapsed=elapsed)] if elapsed else []
        delays_of_motifs += [Delay(months=months)] if months else []
        latest[calendar_id] = max(delay.after(now, UTC) for delay in delays_of_motifs)
    return {calendar_id: (moment + AHEAD).date() + SLACK for calendar_id, moment in latest.items()}


def _write(
    until: dict[int, date],
    *,
    first_day: date,
    now: datetime,
    known_until=None,
    is_nightly=False,
    freed=None,
    replaced=(),
) -> Difference:
    """Make the stored windows of each calendar, from `first_day` to its own last day, those of the core.

    Compares before it writes: where nothing changed, nothing is written. `known_until` says up to which day
    each calendar was up to date before; given, whatever lies beyond the last day is removed too.
    """
    if not until:
        return Difference()
    last_day = max(until.values())
    stored = FreeWindow.objects.filter(calendar__in=until, local_day__gte=first_day)
    if known_until is None:
        stored = stored.filter(local_day__lte=last_day)
    expected = {
        row
        for row in core_rows(until, first_day=first_day, last_day=last_day, now=now)
        if row.local_day <= until[row.calendar_id]
    }
    kept, surplus = set(), {}
    for pk, *values in stored.order_by().values_list("pk", *WindowRow._fields):
        row = WindowRow(*values)
        if row in expected:
            kept.add(row)
        else:
            surplus[pk] = row
    missing = expected - kept
    FreeWindow.objects.filter(pk__in=surplus).delete()
    _add(sorted(missing))
    # What a night adds behind the last day it had is no time that was freed; a calendar it catches up on may have some.
    last_known = known_until if is_nightly else {}
    appeared = [row for row in missing if row.local_day <= last_known.get(row.calendar_id, row.local_day)]
    note_freed_time(appeared=appeared, gone=surplus.values(), now=now, within=freed, replaced=replaced)
    return Difference(
        added=len(missing),
        removed=len(surplus),
        drifted=sum(
            row.local_day <= min((known_until or {}).get(row.calendar_id, date.min), until[row.calendar_id])
            for row in chain(missing, surplus.values())
        ),
    )


# The columns of WindowRow, as the database types them.
_COPIED_TYPES = ["int8", "int8", "int8", "date", "timestamptz", "timestamptz"]


def _add(rows: list[WindowRow]) -> None:
    """By COPY: a first build writes a hundred windows per calendar, and an INSERT of them costs ten times as much."""
    if not rows:
        return
    columns = ", ".join(WindowRow._fields)
    statement = f"COPY {FreeWindow._meta.db_table} ({columns}) FROM STDIN (FORMAT binary)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(_COPIED_TYPES)
        for row in rows:
            copy.write_row(row)
