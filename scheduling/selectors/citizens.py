"""What the appointments say about a citizen."""

from dataclasses import dataclass

from django.db.models import Count, Q

from ..models import AppointmentStatus, Participation

CANCELLED = (
    AppointmentStatus.CANCELLED_BY_CITIZEN,
    AppointmentStatus.CANCELLED_BY_AGENT,
    AppointmentStatus.UNSCHEDULED,
)


@dataclass(frozen=True)
class CitizenFigures:
    appointments: int
    fulfilled: int
    no_shows: int
    cancelled: int


def citizen_figures(citizen, appointments) -> CitizenFigures:
    """Counts of the citizen's part in `appointments` (a queryset: those the reader may see). One query."""
    counts = Participation.objects.filter(citizen=citizen, appointment__in=appointments.values("pk")).aggregate(
        appointments=Count("pk"),
        fulfilled=Count("pk", filter=Q(status=AppointmentStatus.FULFILLED)),
        no_shows=Count("pk", filter=Q(status=AppointmentStatus.NO_SHOW)),
        cancelled=Count("pk", filter=Q(status__in=CANCELLED)),
    )
    return CitizenFigures(**counts)
