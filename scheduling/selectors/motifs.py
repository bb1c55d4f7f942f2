"""What hangs on motifs."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q

from organizations.models import Motif

from ..models import Appointment, Opening, OpeningMotif


def is_frozen(motif: Motif) -> bool:
    """Whether an RDV exists, so that its kind of place and its collective character stay. One query."""
    return Appointment.objects.filter(motif=motif).exists()


def opened_without_place(motifs) -> set[int]:
    """Ids of those that an opening without lieu carries: they cannot take place on site. One query."""
    carried = OpeningMotif.objects.filter(motif__in=motifs, opening__location=None)
    return set(carried.order_by().values_list("motif", flat=True))


def motifs_for_list(organization, *, archived: bool):
    """Motifs with what a row shows: `option_count`, and whether a current or coming opening carries them. One query,
    and one for the units.
    """
    carried = OpeningMotif.objects.filter(motif=OuterRef("pk"))
    return (
        Motif.objects.for_organization(organization)
        .filter(archived_at__isnull=not archived)
        .annotate(option_count=Count("options", filter=Q(options__archived_at=None)), is_opened=Exists(carried))
        .prefetch_related("units")
        .order_by("name", "pk")
    )


@dataclass(frozen=True)
class MotifUses:
    """What an archived motif leaves behind."""

    openings: int
    openings_of_its_own: int
    appointments: int


def uses_of(motif: Motif, *, today, now: datetime) -> MotifUses:
    """Openings that are not over, those among them that carry nothing else, and RDVs to come. Three queries."""
    current = Opening.objects.filter(Q(last_day=None) | Q(last_day__gte=today), motifs=motif)
    with_others = OpeningMotif.objects.filter(opening=OuterRef("pk"), motif__archived_at=None).exclude(motif=motif)
    return MotifUses(
        openings=current.count(),
        openings_of_its_own=current.exclude(Exists(with_others)).count(),
        appointments=Appointment.objects.filter(motif=motif).upcoming(now).count(),
    )
