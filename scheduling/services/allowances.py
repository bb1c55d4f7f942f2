"""The weekly cap of a calendar's opening hours."""

from datetime import datetime, timedelta

from django.db import transaction

from ..engine.phrases import describe_overruns
from ..engine.quota import Week, weeks_over
from ..engine.wall_clock import local_day
from ..exceptions import AllowanceRefused, QuotaExceeded
from ..models import Calendar, Opening
from .locks import lock_calendars

LONGEST_ALLOWANCE = timedelta(days=7)


@transaction.atomic
def set_weekly_allowance(*, calendar: Calendar, allowance: timedelta | None, now: datetime) -> Calendar:
    """Cap the hours that `calendar` opens in an ISO week, in all its organizations and places; None is full time.

    Raising or clearing the cap is always possible, and so is what changes nothing. Raises QuotaExceeded when a lower
    one, or a first one, is less than what is open in this week or a coming one, naming the first; past weeks are
    never examined again. AllowanceRefused for a cap that is not above zero or longer than a week.
    """
    if allowance is not None and not timedelta(0) < allowance <= LONGEST_ALLOWANCE:
        raise AllowanceRefused
    # Openings take this lock too: none comes in between, and none that waited reads the former cap.
    (locked,) = lock_calendars([calendar.pk])
    if _is_lowered(locked.weekly_allowance, allowance):
        _refuse_less_than_is_open(locked, allowance, now=now)
    locked.weekly_allowance = allowance
    locked.save(update_fields=["weekly_allowance"])
    return locked


def _is_lowered(before, after):
    return after is not None and (before is None or after < before)


def _refuse_less_than_is_open(calendar, allowance, *, now):
    openings = Opening.objects.filter(calendar=calendar).select_related("organization__territory").order_by("pk")
    rules = [opening.rule for opening in openings]
    if not rules:
        return
    # Over several zones, a week is past once it is past in all of them.
    today = min(local_day(now, zone) for zone in {rule.zone for rule in rules})
    overruns = weeks_over(rules, allowance, from_week=Week.of(today))
    if overruns:
        raise QuotaExceeded(describe_overruns(overruns, allowance))
