"""What a territory offers on the portal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Prefetch, Q

from organizations.models import Motif, MotifOption, Organization, ServiceUnit, Territory
from scheduling.models import OpeningMotif

# No range ended longer ago can hold a slot, whatever the zone.
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Offer:
    """A listed motif of one organization, as far as the cards show it."""

    slug: str
    location_kind: str
    name: str
    category: str
    description: str
    duration: timedelta
    unit_ids: tuple[int, ...]


def portal_territories(*, now: datetime) -> list[Territory]:
    """Territories where something can be booked, by name. One query."""
    listed = _listed(now).filter(organization__territory=OuterRef("pk"))
    return list(Territory.objects.filter(Exists(listed)).order_by("name", "pk"))


def portal_offers(territory: Territory, organization: Organization | None, *, now: datetime) -> list[Offer]:
    """The listed motifs that some opening range carries, by name, of the whole territory or of one organization.

    One query.
    """
    motifs = _listed(now).filter(organization__territory=territory)
    if organization is not None:
        motifs = motifs.for_organization(organization)
    rows = (
        motifs.annotate(unit_ids=ArrayAgg("units", filter=Q(units__isnull=False), default=[], distinct=True))
        .order_by("name", "pk")
        .values_list("slug", "location_kind", "name", "category", "description", "duration", "unit_ids")
    )
    return [Offer(*row[:-1], unit_ids=tuple(row[-1])) for row in rows]


def units_by_id(territory: Territory, unit_ids: Iterable[int]) -> dict[int, ServiceUnit]:
    """One query, none when there is nothing to look up."""
    unit_ids = set(unit_ids)
    return ServiceUnit.objects.for_territory(territory).in_bulk(unit_ids) if unit_ids else {}


def bookable_motifs(
    territory: Territory, organization: Organization | None, *, slug: str, location_kind: str | None
) -> list[Motif]:
    """The rows of one motif of the portal, in every organization that offers it, with their options.

    Where it is listed nowhere, those that the address alone opens; also for the organization asked for.
    Two queries, one when there is no such motif.
    """
    motifs = (
        Motif.objects.bookable_by_link()
        .filter(organization__territory=territory, slug=slug, is_collective=False, is_follow_up=False)
        .select_related("organization")
        .prefetch_related(Prefetch("options", MotifOption.objects.filter(archived_at=None).order_by("position", "pk")))
        .order_by("organization__name", "pk")
    )
    if organization is not None:
        motifs = motifs.for_organization(organization)
    if location_kind is not None:
        motifs = motifs.filter(location_kind=location_kind)
    found = list(motifs)
    listed = [motif for motif in found if motif.booking_audience == Motif.BookingAudience.EVERYONE]
    if organization is None and listed:
        found = listed
    for motif in found:
        motif.organization.territory = territory
    return found


def _listed(now):
    today = now.date() - ONE_DAY
    carried = OpeningMotif.objects.filter(motif=OuterRef("pk")).filter(
        Q(opening__last_day=None) | Q(opening__last_day__gte=today)
    )
    return Motif.objects.on_portal().filter(Exists(carried), is_collective=False, is_follow_up=False)
