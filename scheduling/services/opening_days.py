"""Open weekdays, holiday switches and closures. They may touch many calendars (see `recomputation`)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction

from organizations.models import Organization

from ..engine.wall_clock import local_day
from ..models import Closure, HolidaySwitch
from ..selectors.concerned_calendars import calendars_open_in
from ..selectors.holiday_boxes import holiday_boxes
from .locks import lock_organizations
from .recomputation import recompute


@transaction.atomic
def add_closure(*, territory, organization, now: datetime, **fields) -> Closure:
    """Close `organization`, or all of `territory` when it is None, from `first_day` to `last_day` (included)."""
    organizations = _lock_concerned(territory, organization)
    closure = Closure.objects.create(territory=territory, organization=organization, **fields)
    recompute(calendar_ids=calendars_open_in(organizations, now=now), now=now)
    return closure


@transaction.atomic
def remove_closure(*, closure: Closure, now: datetime) -> None:
    organizations = _lock_concerned(closure.territory, closure.organization)
    closure.delete()
    recompute(calendar_ids=calendars_open_in(organizations, now=now), now=now)


@transaction.atomic
def set_open_weekdays(*, organization, weekdays: Iterable[int], now: datetime) -> None:
    """Open the organization on these weekdays (0 is Monday) and on no other. Nothing is written when it is so."""
    (locked,) = lock_organizations([organization.pk])
    weekdays = sorted(set(weekdays))
    if weekdays == locked.open_weekdays:
        return
    locked.open_weekdays = organization.open_weekdays = weekdays
    locked.save(update_fields=["open_weekdays"])
    recompute(calendar_ids=calendars_open_in([locked], now=now), now=now)


@transaction.atomic
def set_holidays(*, organization, closed: Mapping[str, bool], now: datetime) -> None:
    """Close or open public holidays every year, by their `name_key`; dates switched on their own stay so.

    A choice that is the default is not stored: it follows the default. Nothing is written when it is so already.
    """
    (locked,) = lock_organizations([organization.pk])
    boxes = holiday_boxes(locked, today=local_day(now, locked.zone)).every_year
    changed = [box for box in boxes if closed.get(box.key, box.is_closed) != box.is_closed]
    switches = HolidaySwitch.objects.filter(organization=locked, day=None)
    switches.filter(holiday__in=[box.key for box in changed]).delete()
    HolidaySwitch.objects.bulk_create(
        HolidaySwitch(organization=locked, holiday=box.key, is_closed=closed[box.key])
        for box in changed
        if closed[box.key] != box.is_closed_by_default
    )
    if changed:
        recompute(calendar_ids=calendars_open_in([locked], now=now), now=now)


@transaction.atomic
def set_holidays_on_dates(*, organization, closed: Mapping[date, bool], now: datetime) -> None:
    """Close or open single dates on which a public holiday falls, this year or the next.

    What is as every year is not stored: it follows. Nothing is written when it is so already.
    """
    (locked,) = lock_organizations([organization.pk])
    boxes = holiday_boxes(locked, today=local_day(now, locked.zone)).dates
    changed = [box for box in boxes if closed.get(box.day, box.is_closed) != box.is_closed]
    HolidaySwitch.objects.filter(organization=locked, day__in=[box.day for box in changed]).delete()
    HolidaySwitch.objects.bulk_create(
        HolidaySwitch(organization=locked, holiday=box.keys[0], day=box.day, is_closed=closed[box.day])
        for box in changed
        if closed[box.day] != box.is_closed_every_year
    )
    if changed:
        recompute(calendar_ids=calendars_open_in([locked], now=now), now=now)


def _lock_concerned(territory, organization):
    concerned = Organization.objects.for_territory(territory)
    if organization is not None:
        concerned = concerned.filter(pk=organization.pk)
    return lock_organizations(list(concerned.order_by("pk").values_list("pk", flat=True)))
