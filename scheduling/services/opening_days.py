"""Closures and holiday switches. They may touch many calendars (see `recomputation`)."""

from datetime import datetime

from django.db import transaction

from organizations.models import Organization

from ..models import Closure, HolidaySwitch, Opening
from .locks import lock_organizations
from .recomputation import recompute


@transaction.atomic
def add_closure(*, territory, organization, now: datetime, **fields) -> Closure:
    """Close `organization`, or all of `territory` when it is None, from `first_day` to `last_day` (included)."""
    organizations = _lock_concerned(territory, organization)
    closure = Closure.objects.create(territory=territory, organization=organization, **fields)
    recompute(calendar_ids=_with_openings(organizations), now=now)
    return closure


@transaction.atomic
def remove_closure(*, closure: Closure, now: datetime) -> None:
    organizations = _lock_concerned(closure.territory, closure.organization)
    closure.delete()
    recompute(calendar_ids=_with_openings(organizations), now=now)


@transaction.atomic
def switch_holiday(*, organization, holiday: str, is_closed: bool, now: datetime, day=None) -> HolidaySwitch:
    """Close or open a public holiday of the organization: every year, or on one date only."""
    organizations = lock_organizations([organization.pk])
    switch, _ = HolidaySwitch.objects.update_or_create(
        organization=organization, holiday=holiday, day=day, defaults={"is_closed": is_closed}
    )
    recompute(calendar_ids=_with_openings(organizations), now=now)
    return switch


def _with_openings(organizations):
    return Opening.objects.filter(organization__in=organizations).order_by().values_list("calendar", flat=True)


def _lock_concerned(territory, organization):
    concerned = Organization.objects.for_territory(territory)
    if organization is not None:
        concerned = concerned.filter(pk=organization.pk)
    return lock_organizations(list(concerned.order_by("pk").values_list("pk", flat=True)))
