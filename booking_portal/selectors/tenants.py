"""Whose portal an address names."""

from django.db.models import Q

from organizations.models import Location, Organization, PublicAddress, Territory
from scheduling.models import FormerParticipation, Participation
from scheduling.participation_links import BadLink, signed


def find_territory(slug: str) -> Territory | None:
    return Territory.objects.filter(slug=slug).first()


def find_territory_of_link(token: str) -> Territory | None:
    """Of the RDV that this token was signed for, though it may open nothing any more; None for what we never signed.
    One query at most.
    """
    try:
        pk, _ = signed(token)
    except BadLink:
        return None
    own, former = Participation.objects.filter(pk=pk), FormerParticipation.objects.filter(former_id=pk)
    named = Q(pk__in=own.order_by().values("organization")) | Q(pk__in=former.order_by().values("organization"))
    found = Organization.objects.select_related("territory").filter(named).first()
    return found and found.territory


def find_organization(territory: Territory, slug: str) -> Organization | None:
    """An organization of this territory, never of another. One query, none for a slug that cannot be one."""
    if not slug or len(slug) > 60 or "\0" in slug:
        return None
    organization = Organization.objects.for_territory(territory).filter(slug=slug).first()
    if organization is not None:
        organization.territory = territory
    return organization


def find_organization_anywhere(slug: str) -> Organization | None:
    """By the slug alone, which is the site's, with its territory. One query."""
    return Organization.objects.select_related("territory").filter(slug=slug).first()


def find_address(organization: Organization, slug: str) -> PublicAddress | None:
    """Whom this organization lets the public ask for by that name, with their calendar, if they are still there.

    One query, none for a slug that cannot be one.
    """
    if not slug or len(slug) > 60 or "\0" in slug:
        return None
    addresses = PublicAddress.objects.for_organization(organization).in_force()
    return addresses.select_related("membership__agent__calendar", "desk__calendar").filter(slug=slug).first()


def find_location(territory: Territory, pk: int) -> Location | None:
    """A place of this territory that the portal shows. One query, none for a number that cannot be one."""
    location = find_shown_location(pk)
    return location if location and location.organization.territory_id == territory.pk else None


def find_shown_location(pk: int) -> Location | None:
    """A place that some portal shows, with its tenant. One query, none for a number that cannot be one."""
    if not 0 < pk < 2**63:
        return None
    return Location.objects.on_portal().select_related("organization__territory").filter(pk=pk).first()
