"""Closures and holiday switches. They may touch many calendars: these then wait for their batch, never served stale."""

from datetime import datetime

from django.db import transaction

from config.shortcuts import run_after_commit
from organizations.models import Organization

from ..models import Calendar, Closure, HolidaySwitch, Opening
from .locks import lock_calendars, lock_organizations
from .windows import rebuild_windows

# Up to here the change itself recomputes; beyond, batches do.
MOST_CALENDARS_AT_ONCE = 25


@transaction.atomic
def add_closure(*, territory, organization, now: datetime, **fields) -> Closure:
    """Close `organization`, or all of `territory` when it is None, from `first_day` to `last_day` (included)."""
    organizations = _lock_concerned(territory, organization)
    closure = Closure.objects.create(territory=territory, organization=organization, **fields)
    recompute(organizations=organizations, now=now)
    return closure


@transaction.atomic
def remove_closure(*, closure: Closure, now: datetime) -> None:
    organizations = _lock_concerned(closure.territory, closure.organization)
    closure.delete()
    recompute(organizations=organizations, now=now)


@transaction.atomic
def switch_holiday(*, organization, holiday: str, is_closed: bool, now: datetime, day=None) -> HolidaySwitch:
    """Close or open a public holiday of the organization: every year, or on one date only."""
    organizations = lock_organizations([organization.pk])
    switch, _ = HolidaySwitch.objects.update_or_create(
        organization=organization, holiday=holiday, day=day, defaults={"is_closed": is_closed}
    )
    recompute(organizations=organizations, now=now)
    return switch


def recompute(*, organizations, now: datetime) -> None:
    """Recompute the calendars with openings in locked `organizations`, at once if few, else by batches."""
    calendar_ids = set(
        Opening.objects.filter(organization__in=organizations).order_by().values_list("calendar", flat=True)
    )
    calendars = lock_calendars(calendar_ids)
    if len(calendars) <= MOST_CALENDARS_AT_ONCE:
        rebuild_windows(calendars=calendars, now=now)
        return
    Calendar.objects.filter(pk__in=calendar_ids).update(windows_stale_since=now)
    run_after_commit("scheduling.tasks.refresh_stale_calendars")


def _lock_concerned(territory, organization):
    concerned = Organization.objects.for_territory(territory)
    if organization is not None:
        concerned = concerned.filter(pk=organization.pk)
    return lock_organizations(list(concerned.order_by("pk").values_list("pk", flat=True)))


def refresh_stale_calendars(*, now: datetime) -> int:
    """Recompute the calendars that wait, a few per transaction. Returns how many. May run beside itself."""
    stale = list(Calendar.objects.filter(windows_stale_since__isnull=False).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(stale), MOST_CALENDARS_AT_ONCE):
        with transaction.atomic():
            calendars = lock_calendars(stale[first : first + MOST_CALENDARS_AT_ONCE])
            rebuild_windows(calendars=[c for c in calendars if c.windows_stale_since], now=now)
    return len(stale)
