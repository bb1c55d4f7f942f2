"""Whose portal an address names."""

from organizations.models import Location, Organization, Territory


def find_territory(slug: str) -> Territory | None:
    return Territory.objects.filter(slug=slug).first()


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


def find_location(territory: Territory, pk: int) -> Location | None:
    """A place of this territory that the portal shows. One query, none for a number that cannot be one."""
    location = find_shown_location(pk)
    return location if location and location.organization.territory_id == territory.pk else None


def find_shown_location(pk: int) -> Location | None:
    """A place that some portal shows, with its tenant. One query, none for a number that cannot be one."""
    if not 0 < pk < 2**63:
        return None
    return Location.objects.on_portal().select_related("organization__territory").filter(pk=pk).first()
