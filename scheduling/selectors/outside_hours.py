"""How many coming RDVs of a calendar lie in or out of hours that change."""

from datetime import datetime, timedelta

from ..engine.intervals import Interval
from ..engine.openings import OpeningRule, UnavailabilityRule, busy_intervals, occurrences
from ..engine.wall_clock import local_days
from ..models import AppointmentCalendar, Opening, Unavailability

ONE_DAY = timedelta(days=1)


def count_inside_opening(*openings: Opening, now: datetime) -> int:
    """Coming RDVs that touch an occurrence of one of `openings`, all of one calendar, saved or not. One query.

    Those of another organization never stood in these hours, and are its own business.
    """
    rules = [opening.rule for opening in openings]
    coming = _coming(openings[0].calendar_id, now).for_organization(openings[0].organization)
    return sum(any(_touches(rule, period) for rule in rules) for period in _periods(coming))


def count_inside_unavailability(*unavailabilities: Unavailability, now: datetime) -> int:
    """Coming RDVs, of whatever organization, that one of `unavailabilities`, all of one calendar, covers wholly or in
    part. One query.
    """
    rules = [unavailability.rule for unavailability in unavailabilities]
    coming = _coming(unavailabilities[0].calendar_id, now)
    return sum(any(_covers(rule, period) for rule in rules) for period in _periods(coming))


def _coming(calendar_id, now):
    return AppointmentCalendar.objects.filter(calendar=calendar_id).coming(now).order_by("starts_at", "pk")


def _periods(rows) -> list[Interval]:
    return [Interval(*period) for period in rows.values_list("starts_at", "ends_at")]


def _touches(rule: OpeningRule, period: Interval) -> bool:
    return any(occurrence.interval.overlaps(period) for occurrence in _near(rule, period))


def _covers(rule: UnavailabilityRule, period: Interval) -> bool:
    return next(busy_intervals(rule, period), None) is not None


def _near(rule: OpeningRule, period: Interval):
    first_day, last_day = local_days(period, rule.zone)
    return occurrences(rule, first_day - ONE_DAY, last_day + ONE_DAY)
