"""What maps and directories are told of a tenant: its places, what can be booked there, and from when."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Q

from organizations.citizen_search import normalize
from organizations.models import Location, Motif, Organization, Territory
from scheduling.models import Appointment, Opening, OpeningMotif
from scheduling.selectors.registrations import open_workshops
from scheduling.selectors.slots import next_slots_by_motif

from .demands import options_in_use, soonest_demand
from .motifs import carried_now, not_over


@dataclass(frozen=True)
class ListedMotif:
    """A motif that everybody may book at a place; `next_start` is None when no slot nor seat is free in its delays."""

    motif: Motif
    next_start: datetime | None


@dataclass(frozen=True)
class ListedPlace:
    location: Location
    motifs: list[ListedMotif] = field(default_factory=list)

    @property
    def soonest(self) -> ListedMotif | None:
        """The motif that can be booked first."""
        return soonest(self.motifs)


def soonest(motifs: Iterable[ListedMotif]) -> ListedMotif | None:
    """The one that can be booked first."""
    dated = [listed for listed in motifs if listed.next_start]
    return min(dated, key=lambda listed: listed.next_start, default=None)


def directory_of(territory: Territory, organization: Organization | None = None, *, now: datetime) -> list[ListedPlace]:
    """The open places that the portal of the territory shows, by name, or those of one organization and what is lent to
    it; with the motifs of everybody that are booked there (of that organization only), by name. Those of workshops
    are where one is to come that is open to citizens.

    Five queries, whatever the number of places: places, motifs with the places that carry them, options, next
    availability, and motifs of workshops; one more for their dates where there are any, and those of the core besides
    where some calendar is stale.
    """
    places = Location.objects.on_portal().filter(organization__territory=territory)
    motifs = _motifs().filter(organization__territory=territory)
    if organization is not None:
        places = places.for_organization(organization)
        motifs = motifs.for_organization(organization)
    return _listed(places, motifs, now=now)


def directory_of_location(location: Location, *, now: datetime) -> ListedPlace | None:
    """One place, with the motifs of all the organizations that open it; None where the portal shows it no (longer).

    As many queries as `directory_of`.
    """
    motifs = _motifs().filter(organization__territory=location.organization.territory_id)
    places = _listed(Location.objects.on_portal().filter(pk=location.pk), motifs, now=now)
    return places[0] if places else None


def directory_of_calendar(
    organization: Organization, calendar_id: int, *, now: datetime
) -> tuple[list[ListedPlace], list[ListedMotif]]:
    """The places where this agent or desk receives for the organization, by name, with the motifs of everybody that are
    booked with them; and those motifs of theirs that are held nowhere in particular, by name.

    As many queries as `directory_of`, two more for the latter, and one more where there are any.
    """
    taken = {"now": now, "calendar_ids": [calendar_id]}
    opened = Opening.objects.filter(calendar=calendar_id, location=OuterRef("pk"))
    workshops = Appointment.objects.collective().upcoming(now).filter(calendars=calendar_id, location=OuterRef("pk"))
    places = Location.objects.on_portal().filter(Exists(opened) | Exists(workshops))
    motifs = Motif.objects.on_portal().filter(is_follow_up=False).for_organization(organization)
    on_site = _listed(places, motifs.filter(location_kind=Motif.LocationKind.ON_SITE), **taken)
    elsewhere = _listed_nowhere(motifs.exclude(location_kind=Motif.LocationKind.ON_SITE), **taken)
    return [place for place in on_site if place.motifs], elsewhere


def _listed_nowhere(motifs, *, now, calendar_ids):
    carried = OpeningMotif.objects.filter(not_over(now), motif=OuterRef("pk"), opening__calendar__in=calendar_ids)
    found = list(
        motifs.filter(Exists(carried), is_collective=False)
        .select_related("organization__territory")
        .prefetch_related(options_in_use())
    )
    first = next_slots_by_motif(map(soonest_demand, found), now=now, calendar_ids=calendar_ids)
    listed = [ListedMotif(motif, slot and slot.starts_at) for motif in found for slot in [first.get((motif.pk, None))]]
    workshops = _workshops_by_place(motifs, now=now, calendar_ids=calendar_ids).values()
    return sorted([*listed, *(each for of_place in workshops for each in of_place)], key=_by_name)


def _motifs():
    return Motif.objects.on_portal().filter(location_kind=Motif.LocationKind.ON_SITE, is_follow_up=False)


def _listed(places, motifs, *, now, calendar_ids: Collection[int] | None = None):
    listed = {
        location.pk: ListedPlace(location)
        for location in places.select_related("organization__territory").order_by("name", "pk")
    }
    is_here = Q(openings__location__in=list(listed)) & carried_now(now)
    if calendar_ids is not None:
        is_here &= Q(openings__calendar__in=calendar_ids)
    found = list(
        motifs.filter(is_here, is_collective=False)
        .annotate(place_ids=ArrayAgg("openings__location", filter=is_here, distinct=True))
        .select_related("organization__territory")
        .prefetch_related(options_in_use())
        .order_by("name", "organization__name", "pk")
    )
    first = next_slots_by_motif(map(soonest_demand, found), now=now, calendar_ids=calendar_ids)
    for motif in found:
        for place_id in motif.place_ids:
            slot = first.get((motif.pk, place_id))
            listed[place_id].motifs.append(ListedMotif(motif, slot and slot.starts_at))
    for place_id, workshops in _workshops_by_place(motifs, now=now, calendar_ids=calendar_ids).items():
        if place_id in listed:
            listed[place_id].motifs.extend(workshops)
            listed[place_id].motifs.sort(key=_by_name)
    return list(listed.values())


def _by_name(listed):
    motif = listed.motif
    return normalize(motif.name), normalize(motif.organization.name), motif.pk


def _workshops_by_place(motifs, *, now, calendar_ids):
    """The motifs of workshops with the first that has a seat, by the place where it is held."""
    collective = motifs.filter(is_collective=True).select_related("organization__territory")
    places = defaultdict(dict)
    for each in open_workshops(collective, now=now, calendar_ids=calendar_ids):
        of_place = places[each.workshop.location_id]
        known = of_place.get(each.workshop.motif_id)
        if known is None or (known.next_start is None and each.free):
            starts_at = each.workshop.starts_at if each.free else None
            of_place[each.workshop.motif_id] = ListedMotif(each.workshop.motif, starts_at)
    return {place_id: list(of_place.values()) for place_id, of_place in places.items()}
