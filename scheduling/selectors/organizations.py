"""The organizations of a territory, with what they hold."""

from django.db.models import Count, OuterRef, Q
from django.db.models.functions import Coalesce

from organizations.models import Location, Membership, Motif, Organization


def organizations_for_list(territory):
    """By name, each with `agent_count`, `motif_count` and `location_count`: a queryset, of one query."""
    return (
        Organization.objects.for_territory(territory)
        .select_related("territory")
        .annotate(
            agent_count=_number(Membership.objects.active()),
            motif_count=_number(Motif.objects.active()),
            location_count=_number(Location.objects.filter(closed_at=None)),
        )
        .order_by("name", "pk")
    )


def named(organizations, typed: str):
    """Those whose name or address holds every word."""
    for word in typed.split()[:10]:
        organizations = organizations.filter(Q(name__icontains=word) | Q(slug__icontains=word))
    return organizations


def _number(rows):
    of_one = rows.filter(organization=OuterRef("pk")).order_by().values("organization")
    return Coalesce(of_one.annotate(number=Count("pk")).values("number"), 0)
