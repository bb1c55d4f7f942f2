"""Changes that may touch many calendars: few are recomputed at once, many wait for their batch, never served stale."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from config.shortcuts import run_after_commit

from ..models import Calendar
from .locks import lock_calendars
from .windows import rebuild_windows

# Up to here the change itself recomputes; beyond, batches do.
MOST_CALENDARS_AT_ONCE = 25


@transaction.atomic
def recompute(*, calendar_ids: Iterable[int], now: datetime) -> None:
    """Lock these calendars and recompute their windows in the caller's transaction; if they are many, have it done.

    Until a batch is done, its calendars are marked stale and answer from the pure core.
    """
    calendars = lock_calendars(set(calendar_ids))
    if len(calendars) <= MOST_CALENDARS_AT_ONCE:
        rebuild_windows(calendars=calendars, now=now)
        return
    Calendar.objects.filter(pk__in=[calendar.pk for calendar in calendars]).update(windows_stale_since=now)
    run_after_commit("scheduling.tasks.refresh_stale_calendars")


def refresh_stale_calendars(*, now: datetime) -> int:
    """Recompute the calendars that wait, a few per transaction. Returns how many. May run beside itself."""
    stale = list(Calendar.objects.filter(windows_stale_since__isnull=False).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(stale), MOST_CALENDARS_AT_ONCE):
        with transaction.atomic():
            calendars = lock_calendars(stale[first : first + MOST_CALENDARS_AT_ONCE])
            rebuild_windows(calendars=[c for c in calendars if c.windows_stale_since], now=now)
    return len(stale)
