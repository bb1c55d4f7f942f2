"""What hangs on desks."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from organizations.models import Desk

from ..models import Appointment, Opening


@dataclass(frozen=True)
class DeskUses:
    openings: int
    has_address: bool
    appointments: int


def uses_of_desk(desk: Desk, *, today: date, now: datetime) -> DeskUses:
    """Openings that are not over, whether the public asks for it by name, and RDVs to come. Two queries, one more where
    the public address is not loaded.
    """
    return DeskUses(
        openings=Opening.objects.filter(calendar=desk.calendar).filter(_not_over(today)).count(),
        has_address=hasattr(desk, "public_address"),
        appointments=Appointment.objects.on_calendars([desk.calendar]).upcoming(now).count(),
    )


def desks_for_list(membership, *, archived: bool, today: date):
    """Desks the member sees, with what a row shows, and `opening_count`, the openings that are not over.

    Three queries.
    """
    not_over = Q(calendar__openings__last_day=None) | Q(calendar__openings__last_day__gte=today)
    return (
        Desk.objects.visible_to(membership)
        .filter(archived_at__isnull=not archived)
        .select_related("location", "calendar")
        .prefetch_related("motifs", "units")
        .annotate(
            opening_count=Count(
                "calendar__openings", filter=Q(calendar__openings__pk__isnull=False) & not_over, distinct=True
            )
        )
        .order_by("location__name", "name", "pk")
    )


def openings_of_motifs(desk: Desk, motifs, *, today: date) -> int:
    """Openings of the desk that are not over and carry one of `motifs`. One query."""
    return (
        Opening.objects.filter(calendar=desk.calendar, motifs__in=motifs)
        .filter(_not_over(today))
        .values("pk")
        .distinct()
        .count()
    )


def _not_over(today):
    return Q(last_day=None) | Q(last_day__gte=today)
