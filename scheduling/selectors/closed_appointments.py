"""Coming RDVs that fall on closed days."""

from datetime import datetime, timedelta

from django.db.models import F, Max, Q
from django.db.models.functions import TruncDate

from ..engine.wall_clock import local_day
from ..models import Appointment
from .opening_days import closed_days_of


def appointments_on_closed_days(organization, *, now: datetime):
    """A QuerySet, in no order, of the coming RDVs of the organization on its closed days. Three queries."""
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
