"""How far the windows of calendars answer."""

from collections.abc import Collection
from datetime import UTC, datetime

from django.db.models import Max

from ..engine.wall_clock import MIDNIGHT, ONE_DAY, to_instant
from ..models import Calendar


def end_of_windows(calendar_ids: Collection[int], *, default: datetime) -> datetime:
    """When the last stored day of any of the calendars is over, wherever it is; `default` without any. One query."""
    last_day = Calendar.objects.filter(pk__in=calendar_ids).aggregate(last_day=Max("windows_until"))["last_day"]
    # Local days end 12 hours after those of UTC at most.
    return to_instant(last_day + 2 * ONE_DAY, MIDNIGHT, UTC) if last_day else default
