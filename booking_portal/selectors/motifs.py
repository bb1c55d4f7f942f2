"""What a territory offers on the portal."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Q, QuerySet

from organizations.models import Location, Motif, Organization, ServiceUnit, Territory
from scheduling.models import Appointment, OpeningMotif

from ..steps import Kind
from .demands import options_in_use

# No range ended longer ago can hold a slot, whatever the zone.
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Audience:
    """Who chooses among the motifs: whoever comes, or a prescriber, of this type of partners where they have one."""

    prescribes: bool = False
    partner_type_id: int | None = None

    @property
    def listed(self) -> QuerySet[Motif]:
        """Without those that only the referents of somebody follow; nor has `bookable` any."""
        if self.prescribes:
            return Motif.objects.listed_for_prescribers(self.partner_type_id).filter(is_follow_up=False)
        return Motif.objects.on_portal().filter(is_follow_up=False)

    @property
    def bookable(self) -> QuerySet[Motif]:
        """By who has the address, too."""
        if self.prescribes:
            return Motif.objects.open_to_prescribers(self.partner_type_id).filter(is_follow_up=False)
        return Motif.objects.bookable_by_link().filter(is_follow_up=False)


EVERYBODY = Audience()


@dataclass(frozen=True)
class Offer:
    """A listed motif of one organization, as far as the cards show it."""

    slug: str
    location_kind: str
    name: str
    category: str
    description: str
    duration: timedelta
    is_collective: bool
    unit_ids: tuple[int, ...]


def portal_territories(*, now: datetime) -> list[Territory]:
    """Territories where something can be booked, by name. One query."""
    listed = _listed(now).filter(organization__territory=OuterRef("pk"))
    return list(Territory.objects.filter(Exists(listed)).order_by("name", "pk"))


def portal_offers(
    territory: Territory,
    organization: Organization | None,
    *,
    now: datetime,
    location: Location | None = None,
    calendar_ids: Collection[int] | None = None,
    audience: Audience = EVERYBODY,
) -> list[Offer]:
    """The listed motifs that some opening range carries, and those of workshops to come, by name, of the whole
    territory or of one organization; of one place, those that are booked there; of some calendars, those that they
    take.

    One query.
    """
    motifs = _listed(now, location, calendar_ids, audience).filter(organization__territory=territory)
    if organization is not None:
        motifs = motifs.for_organization(organization)
    rows = (
        motifs.annotate(unit_ids=ArrayAgg("units", filter=Q(units__isnull=False), default=[], distinct=True))
        .order_by("name", "pk")
        .values_list(
            "slug", "location_kind", "name", "category", "description", "duration", "is_collective", "unit_ids"
        )
    )
    return [Offer(*row[:-1], unit_ids=tuple(row[-1])) for row in rows]


def units_by_id(territory: Territory, unit_ids: Iterable[int]) -> dict[int, ServiceUnit]:
    """One query, none when there is nothing to look up."""
    unit_ids = set(unit_ids)
    return ServiceUnit.objects.for_territory(territory).in_bulk(unit_ids) if unit_ids else {}


def bookable_motifs(
    territory: Territory,
    organization: Organization | None,
    *,
    slug: str,
    kind: Kind | None,
    calendar_ids: Collection[int] | None = None,
    audience: Audience = EVERYBODY,
) -> list[Motif]:
    """The rows of one motif of the portal, in every organization that offers it, with their options; of one kind, or
    of all; of some calendars, where they have ever taken it.

    Where it is listed nowhere, those that the address alone opens; also for the organization asked for.
    Two queries, one when there is no such motif.
    """
    motifs = (
        audience.bookable.filter(organization__territory=territory, slug=slug)
        .select_related("organization")
        .prefetch_related(options_in_use())
        .order_by("organization__name", "pk")
    )
    if organization is not None:
        motifs = motifs.for_organization(organization)
    if kind is not None:
        motifs = motifs.filter(location_kind=kind.location_kind, is_collective=kind.is_collective)
    if calendar_ids is not None:
        carried, workshops = _taken_by(calendar_ids)
        motifs = motifs.filter(_seen(carried, workshops))
    found = list(motifs)
    listed = [motif for motif in found if motif.booking_audience != Motif.BookingAudience.LINK]
    if organization is None and listed:
        found = listed
    for motif in found:
        motif.organization.territory = territory
    return found


def _listed(now, location=None, calendar_ids=None, audience=EVERYBODY):
    """Whether anything of it is free is seen on the page of its slots, or of its workshops."""
    carried, workshops = _taken_by(calendar_ids)
    carried, workshops = carried.filter(not_over(now)), workshops.upcoming(now)
    motifs = audience.listed
    if location is not None:
        carried = carried.filter(opening__location=location)
        workshops = workshops.filter(location=location)
        motifs = motifs.filter(location_kind=Motif.LocationKind.ON_SITE)
    return motifs.filter(_seen(carried, workshops))


def _taken_by(calendar_ids):
    """What of a motif these calendars take, whenever: carried by openings, and as workshops. None is everybody."""
    carried = OpeningMotif.objects.filter(motif=OuterRef("pk"))
    workshops = Appointment.objects.collective().filter(motif=OuterRef("pk"))
    if calendar_ids is not None:
        carried = carried.filter(opening__calendar__in=calendar_ids)
        workshops = workshops.filter(calendars__in=calendar_ids)
    return carried, workshops


def _seen(carried, workshops):
    return Q(Exists(carried), is_collective=False) | Q(Exists(workshops), is_collective=True)


def not_over(now: datetime) -> Q:
    """Of an `OpeningMotif`: its opening may still hold a slot, in whatever zone."""
    return _not_over("opening", now)


def carried_now(now: datetime) -> Q:
    """Likewise of a `Motif`: some opening."""
    return Q(openings__isnull=False) & _not_over("openings", now)


def _not_over(opening, now):
    return Q((f"{opening}__last_day", None)) | Q((f"{opening}__last_day__gte", now.date() - ONE_DAY))
