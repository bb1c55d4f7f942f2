"""The calendars whose windows hang on given motifs."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q

from organizations.models import Desk, Membership

from ..models import AppointmentCalendar, Calendar, Hold, OpeningMotif


def calendars_that_open_for(motif_ids: Collection[int]) -> set[int]:
    """One query."""
    carried = OpeningMotif.objects.filter(motif__in=motif_ids)
    return set(carried.order_by().values_list("opening__calendar", flat=True))


def calendars_that_may_have(
    motif_ids: Collection[int], *, organization_ids: Collection[int], now: datetime
) -> set[int]:
    """Calendars where the pause counts: wherever the motifs are booked or held, or might be in this very moment.

    A booking locks its calendar and not the organization: only with that lock in hand is it sure to be seen. One query.
    """
    members = Membership.objects.active().filter(organization__in=organization_ids)
    desks = Desk.objects.filter(organization__in=organization_ids)
    booked = AppointmentCalendar.objects.filter(
        appointment__motif__in=motif_ids, is_occupying=True, ends_at__gt=now - timedelta(days=2)
    )
    held = Hold.objects.filter(motif__in=motif_ids)
    concerned = Calendar.objects.filter(
        Q(
            pk__in=Calendar.objects.in_use().filter(
                Q(agent__in=members.values("agent")) | Q(desk__in=desks.values("pk"))
            )
        )
        | Q(pk__in=booked.values("calendar"))
        | Q(pk__in=held.values("calendar"))
    )
    return set(concerned.order_by().values_list("pk", flat=True))
