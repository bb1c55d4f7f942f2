"""How far the windows of calendars answer."""

from collections.abc import Collection
from datetime import UTC, datetime, time

from django.db.models import Max

from ..models import Calendar


def end_of_windows(calendar_ids: Collection[int], *, default: datetime) -> datetime:
    """Up to when the windows of the calendar that goes farthest answer without the core; `default` without any window.

    One query.
    """
    last_day = Calendar.objects.filter(pk__in=calendar_ids).aggregate(last_day=Max("windows_until"))["last_day"]
    # Local days run ahead of UTC by 14 hours at most: by then the day after the last one has begun somewhere.
    return datetime.combine(last_day, time(10), UTC) if last_day else default
