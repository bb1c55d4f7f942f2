"""Whose portal an address names."""

from organizations.models import Organization, Territory


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
