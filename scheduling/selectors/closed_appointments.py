"""Coming RDVs that fall on closed days."""

from datetime import date, datetime, timedelta

from django.db.models import F, Max, Q
from django.db.models.functions import TruncDate

from ..engine.wall_clock import day_interval, local_day
from ..models import Appointment
from .opening_days import closed_days_of


def appointments_on_closed_days(organization, *, now: datetime):
    """A QuerySet, in no order, of the coming RDVs of the organization that touch one of its closed days. Three queries.
    """
    upcoming = Appointment.objects.for_organization(organization).upcoming(now)
    last = upcoming.aggregate(last=Max("ends_at"))["last"]
    if last is None:
        return upcoming.none()
    zone = organization.zone
    first_day, last_day = local_day(now, zone), local_day(last, zone)
    closed = closed_days_of([organization], first_day=first_day, last_day=last_day)[organization.pk]
    return upcoming.alias(
        first_touched=TruncDate("starts_at", tzinfo=zone),
        # One that ends at midnight stays in its day.
        last_touched=TruncDate(F("ends_at") - timedelta.resolution, tzinfo=zone),
    ).filter(Q(first_touched__in=closed) | Q(last_touched__in=closed))


def count_in_closure(organization, *, first_day: date, last_day: date, now: datetime) -> int:
    """How many coming RDVs of the organization touch these days, both included. One query."""
    zone = organization.zone
    start, end = day_interval(first_day, zone).start, day_interval(last_day, zone).end
    return Appointment.objects.for_organization(organization).upcoming(now).between(start, end).count()
