"""The RDVs whose messages go to one contact."""

from datetime import datetime, timedelta

from django.db.models import Case, F, Q, QuerySet, Value, When

from organizations.models import Citizen, Territory
from scheduling.models import AppointmentStatus, Participation

from ..reader import Contact

A_YEAR = timedelta(days=365)


def participations_of_contact(territory: Territory, contact: Contact, *, now: datetime) -> QuerySet[Participation]:
    """Those to come, the next first, then those of the past year and the cancelled ones, the latest first; each with
    `is_over`. Of whoever has their messages sent there: themselves, and the relatives whom they answer for.

    Where a message would not go, nothing shows: an agent or a citizen may have had a reason to keep an RDV off a phone
    that others read, too. Nor by a contact that somebody has given up. One query.
    """
    switch = "notify_by_email" if contact.email else "notify_by_sms"
    willing = Citizen.objects.for_territory(territory).filter(**{switch: True})
    readers = willing.with_contact(email=contact.email, phone=contact.phone).order_by()
    reached = willing.filter(
        Q(responsible=None, pk__in=readers.values("pk")) | Q(responsible__in=readers.values("pk"))
    ).order_by()
    is_coming = Q(appointment__status=AppointmentStatus.BOOKED, appointment__starts_at__gt=now, left_at=None)
    return (
        Participation.objects.listed()
        .filter(citizen__in=reached.values("pk"), territory=territory, **{switch: True})
        .filter(appointment__starts_at__gt=now - A_YEAR)
        .annotate(is_over=Case(When(is_coming, then=Value(False)), default=Value(True)))
        .annotate(next_start=Case(When(is_over=False, then=F("appointment__starts_at"))))
        .select_related(
            "citizen",
            "appointment__motif",
            "appointment__option",
            "appointment__location",
            "appointment__organization__territory",
        )
        .order_by("is_over", "next_start", "-appointment__starts_at", "pk")
    )
