"""Every write on unavailabilities. They remove slots, never appointments."""

from datetime import datetime, timedelta

from django.db import transaction

from ..models import Unavailability
from .locks import lock_calendars
from .windows import rebuild_windows


@transaction.atomic
def add_unavailability(*, organization, calendar, now: datetime, **fields) -> Unavailability:
    """Take time back from `calendar`; wall-clock times are those of `organization`."""
    return _save(Unavailability(organization=organization, calendar=calendar), now=now, fields=fields)


@transaction.atomic
def change_unavailability(*, unavailability: Unavailability, now: datetime, **fields) -> Unavailability:
    """Change the whole series. Its calendar and organization stay."""
    return _save(unavailability, now=now, fields=fields)


@transaction.atomic
def remove_unavailability(*, unavailability: Unavailability, now: datetime) -> None:
    calendars = lock_calendars([unavailability.calendar_id])
    unavailability.delete()
    rebuild_windows(calendars=calendars, now=now)


def _save(unavailability, *, now, fields):
    calendars = lock_calendars([unavailability.calendar_id])
    for name, value in fields.items():
        setattr(unavailability, name, value)
    last_start = unavailability.recurrence.last_day()
    unavailability.last_day = last_start and last_start + timedelta(days=unavailability.days_spanned)
    unavailability.save()
    rebuild_windows(calendars=calendars, now=now)
    return unavailability
