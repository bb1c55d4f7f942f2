"""What maps and directories are told of a tenant: its places, what can be booked there, and from when."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from organizations.models import Location, Motif, Organization, Territory
from scheduling.selectors.slots import Slot, next_slots_by_motif

from .demands import options_in_use, soonest_demand
from .motifs import carried_now


@dataclass(frozen=True)
class ListedMotif:
    """A motif that everybody may book at a place; `next_slot` is None when nothing is free within its delays."""

    motif: Motif
    next_slot: Slot | None


@dataclass(frozen=True)
class ListedPlace:
    location: Location
    motifs: list[ListedMotif] = field(default_factory=list)

    @property
    def soonest(self) -> ListedMotif | None:
        """The motif that can be booked first."""
        dated = [listed for listed in self.motifs if listed.next_slot]
        return min(dated, key=lambda listed: listed.next_slot.starts_at, default=None)


def directory_of(territory: Territory, organization: Organization | None = None, *, now: datetime) -> list[ListedPlace]:
    """The open places that the portal of the territory shows, by name, or those of one organization and what is lent to
    it; with the motifs of everybody that are booked there (of that organization only), by name.

    Four queries, whatever the number of places: places, motifs with the places that carry them, options, and next
    availability; those of the core besides where some calendar is stale.
    """
    places = Location.objects.on_portal().filter(organization__territory=territory)
    motifs = _motifs().filter(organization__territory=territory)
    if organization is not None:
        places = places.for_organization(organization)
        motifs = motifs.for_organization(organization)
    return _listed(places, motifs, now=now)


def directory_of_location(location: Location, *, now: datetime) -> ListedPlace | None:
    """One place, with the motifs of all the organizations that open it; None where the portal shows it no (longer).

    Four queries, as `directory_of`.
    """
    motifs = _motifs().filter(organization__territory=location.organization.territory_id)
    places = _listed(Location.objects.on_portal().filter(pk=location.pk), motifs, now=now)
    return places[0] if places else None


def _motifs():
    return Motif.objects.on_portal().filter(
        location_kind=Motif.LocationKind.ON_SITE, is_collective=False, is_follow_up=False
    )


def _listed(places, motifs, *, now):
    listed = {
        location.pk: ListedPlace(location)
        for location in places.select_related("organization__territory").order_by("name", "pk")
    }
    is_here = Q(openings__location__in=list(listed)) & carried_now(now)
    found = list(
        motifs.filter(is_here)
        .annotate(place_ids=ArrayAgg("openings__location", filter=is_here, distinct=True))
        .select_related("organization__territory")
        .prefetch_related(options_in_use())
        .order_by("name", "organization__name", "pk")
    )
    first = next_slots_by_motif(map(soonest_demand, found), now=now)
    for motif in found:
        for place_id in motif.place_ids:
            listed[place_id].motifs.append(ListedMotif(motif, first.get((motif.pk, place_id))))
    return list(listed.values())
