"""Where a motif can be booked, and from when."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from organizations.citizen_search import normalize
from organizations.models import Location, Motif
from scheduling.models import OpeningMotif
from scheduling.selectors.slots import Demand, Slot, next_slots

from ..distance import Point, kilometres, middle_of
from .motifs import not_over


@dataclass(frozen=True)
class Place:
    """A card of the step « lieu »: a location, or an organization for what takes place nowhere in particular.

    `next_slot` is None when there is none, or when nobody asked; `zone` is whose clock its time is shown by.
    `distance`, in kilometres, is known once somebody has said from where, and the place has a point.
    """

    key: str
    name: str
    address: str
    zone: ZoneInfo
    location: Location | None = None
    next_slot: Slot | None = None
    distance: float | None = None

    @property
    def point(self) -> Point | None:
        known = self.location is not None and self.location.latitude is not None
        return Point(self.location.latitude, self.location.longitude) if known else None

    @property
    def available_from(self) -> datetime | None:
        return self.next_slot and self.next_slot.starts_at

    def matches(self, typed: str) -> bool:
        """Whether every word typed begins a word of the name or the address, accents and case aside."""
        return _begin_words(typed, of=f"{self.name} {self.address}")

    def is_in_town(self, typed: str) -> bool:
        """Whether this is how its commune or its postal code begins."""
        town = self.location and f"{self.location.postal_code} {self.location.city}"
        return bool(town and typed) and _begin_words(typed, of=town)


def _begin_words(typed, *, of):
    words = normalize(of).split()
    return all(any(word.startswith(part) for word in words) for part in normalize(typed).split())


def places_of(motifs: Iterable[Motif], *, now: datetime, calendar_ids: Collection[int] | None = None) -> list[Place]:
    """Where these motifs (all of one kind) are opened, by name; of some calendars, where they are.

    One query for motifs on site; for the others the organizations, without a query.
    """
    motifs = list(motifs)
    if not motifs:
        return []
    if motifs[0].location_kind != Motif.LocationKind.ON_SITE:
        organizations = {motif.organization_id: motif.organization for motif in motifs}
        return [
            Place(key=organization.slug, name=organization.name, address="", zone=organization.zone)
            for organization in organizations.values()
        ]
    carried = OpeningMotif.objects.filter(not_over(now), motif__in=motifs, opening__location=OuterRef("pk"))
    if calendar_ids is not None:
        carried = carried.filter(opening__calendar__in=calendar_ids)
    found = Location.objects.on_portal().filter(Exists(carried)).order_by("name", "pk")
    return [place_at(location, motifs) for location in found]


def place_at(location: Location, motifs: list[Motif]) -> Place:
    zones = {motif.organization_id: motif.organization.zone for motif in motifs}
    return Place(
        key=str(location.pk),
        name=location.name,
        address=location.address,
        # A shared location keeps its own organization's clock where that one offers the motif too.
        zone=zones.get(location.organization_id, motifs[0].organization.zone),
        location=location,
    )


def with_next_slots(
    places: Iterable[Place],
    demands: Iterable[Demand],
    *,
    now: datetime,
    calendar_ids: Collection[int] | None = None,
    visitor_key=None,
):
    """The places with the next slot of each, soonest first, then those without. One query (see `next_slots`)."""
    demands = list(demands)
    slug_of = {demand.motif.organization_id: demand.motif.organization.slug for demand in demands}
    first = {}
    for slot in next_slots(demands, now=now, calendar_ids=calendar_ids, visitor_key=visitor_key).values():
        key = str(slot.location_id) if slot.location_id else slug_of[slot.organization_id]
        first.setdefault(key, slot)
    dated = [replace(place, next_slot=first.get(place.key)) for place in places]
    return sorted(
        dated, key=lambda place: (place.next_slot is None, place.next_slot.starts_at if place.next_slot else now)
    )


def nearest_first(places: Iterable[Place], point: Point) -> list[Place]:
    """With their distances; those that have no point come last, in the order they had. No query."""
    measured = [replace(place, distance=kilometres(point, place.point) if place.point else None) for place in places]
    return sorted(measured, key=lambda place: (place.distance is None, place.distance or 0))


def around_town(places: list[Place], typed: str) -> list[Place]:
    """The places that what was typed finds; where it is the name of a town, the nearest others after them. No query.

    The town is where its own places are: nobody outside has to be asked.
    """
    found = [place for place in places if place.matches(typed)]
    points = [place.point for place in places if place.point and place.is_in_town(typed)]
    if not points:
        return found
    measured = nearest_first(places, middle_of(points))
    in_sight = [place for place in measured if place.distance is not None or place.matches(typed)]
    return sorted(in_sight, key=lambda place: not place.matches(typed))
