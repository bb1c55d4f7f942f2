"""All the motifs of a territory."""

from datetime import date

from django.db.models import Exists, OuterRef, Q

from organizations.models import Motif

from ..models import OpeningMotif

# What the address calls an order, and what it orders by; names decide between equals.
ORDERS = {
    "nom": "name",
    "organisation": "organization__name",
    "duree": "duration",
    "categorie": "category",
    "lieu": "location_kind",
    "public": "booking_audience",
}


def territory_motifs(territory, *, today: date):
    """Each with its organization, its units, and whether a current or coming opening carries it (`is_opened`).

    Two queries.
    """
    current = Q(opening__last_day=None) | Q(opening__last_day__gte=today)
    carried = OpeningMotif.objects.filter(current, motif=OuterRef("pk"))
    return (
        Motif.objects.for_territory(territory)
        .annotate(is_opened=Exists(carried))
        .select_related("organization")
        .prefetch_related("units")
        .order_by("name", "organization__name", "pk")
    )


def ordered(motifs, order: str):
    """`order` as in the address: « duree », « -duree »; what is none of ORDERS is by name."""
    column = ORDERS.get(order.removeprefix("-"))
    if column is None:
        return motifs
    return motifs.order_by(f"{'-' if order.startswith('-') else ''}{column}", "name", "organization__name", "pk")


def categories_of(territory) -> list[str]:
    """Those in use, by name. One query."""
    motifs = Motif.objects.for_territory(territory).exclude(category="")
    return list(motifs.order_by("category").values_list("category", flat=True).distinct())
