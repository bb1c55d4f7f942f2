"""What follows from a change of hours or closed days.

A change of few calendars recomputes them at once; of many, they wait for their batch, and are never served stale.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from config.shortcuts import run_after_commit

from ..models import Calendar
from .conflicts import review_conflicts
from .freed_time import Covered
from .locks import lock_calendars
from .windows import Difference, rebuild_windows

# Up to here the change itself recomputes; beyond, batches do.
MOST_CALENDARS_AT_ONCE = 25


@transaction.atomic(savepoint=False)
def recompute_locked(
    *, calendars, now: datetime, is_nightly: bool = False, replaced: Iterable[Covered] = ()
) -> Difference:
    """Make the windows of locked `calendars` those of the core, and note which coming RDVs nothing holds any more.

    `replaced` as for `rebuild_windows`.
    """
    difference = rebuild_windows(calendars=calendars, now=now, is_nightly=is_nightly, replaced=replaced)
    review_conflicts(calendars=calendars, now=now)
    return difference


@transaction.atomic
def recompute(*, calendar_ids: Iterable[int], now: datetime) -> None:
    """Lock these calendars and recompute their windows in the caller's transaction; if they are many, have it done.

    Until a batch is done, its calendars are marked stale and answer from the pure core.
    """
    calendars = lock_calendars(set(calendar_ids))
    if len(calendars) <= MOST_CALENDARS_AT_ONCE:
        recompute_locked(calendars=calendars, now=now)
        return
    Calendar.objects.filter(pk__in=[calendar.pk for calendar in calendars]).update(windows_stale_since=now)
    run_after_commit("scheduling.tasks.refresh_stale_calendars")


def refresh_stale_calendars(*, now: datetime) -> int:
    """Recompute the calendars that wait, a few per transaction. Returns how many. May run beside itself."""
    stale = list(Calendar.objects.filter(windows_stale_since__isnull=False).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(stale), MOST_CALENDARS_AT_ONCE):
        with transaction.atomic():
            calendars = lock_calendars(stale[first : first + MOST_CALENDARS_AT_ONCE])
            recompute_locked(calendars=[c for c in calendars if c.windows_stale_since], now=now)
    return len(stale)
