"""The public addresses that organizations, places, motifs, agents and desks give out: on posters, in QR codes, on other
sites.
"""

from functools import lru_cache
from html import escape
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from organizations.models import Location, Motif, Organization, PublicAddress, Territory

from .steps import FOR_SOMEBODY_ELSE


def territory_address(territory: Territory) -> str:
    return _absolute("service_choice", territory.slug)


def organization_address(organization: Organization) -> str:
    """No query if the territory is loaded; nor do the others."""
    return _absolute("organization_entry", organization.territory.slug, organization.slug)


def location_address(location: Location) -> str:
    """A place is its territory's: its address shows what every organization offers there."""
    return _absolute("location_entry", location.organization.territory.slug, location.pk)


def calendar_address(address: PublicAddress, location: Location | None = None) -> str:
    """Of an agent or a desk; at one of their places only, if given."""
    organization = address.organization
    entry = _absolute("calendar_entry", organization.territory.slug, organization.slug, address.slug)
    return f"{entry}?site={location.pk}" if location else entry


def motif_address(motif: Motif, location: Location | None = None, address: PublicAddress | None = None) -> str:
    """Of one of its places only, and with one agent or desk, if given."""
    organization = motif.organization
    entry = _absolute("motif_entry", organization.territory.slug, organization.slug, motif.slug)
    narrowed = {"avec": address and address.slug, "site": location and location.pk}
    narrowed = {name: value for name, value in narrowed.items() if value}
    return f"{entry}?{urlencode(narrowed)}" if narrowed else entry


def for_prescribers(address: str) -> str:
    """The same way, for who books for somebody else."""
    return f"{address}{'&' if '?' in address else '?'}pour={FOR_SOMEBODY_ELSE}"


def directory_addresses(organization: Organization) -> dict[str, str]:
    """The public JSON of the organization and of its territory."""
    return {
        "organization": _absolute("organization_directory", organization.slug),
        "territory": _absolute("territory_directory", organization.territory.slug),
    }


def calendar_directory_address(address: PublicAddress) -> str:
    """Its public JSON."""
    return _absolute("calendar_directory", address.organization.slug, address.slug)


def snippet(address: str, title: str) -> str:
    """What a webmaster pastes: a frame that shows the way to a slot. Plain text, in which the title is escaped."""
    title = escape(title, quote=False).replace('"', "&quot;")
    return f'<iframe src="{address}" title="{title}" width="100%" height="720" loading="lazy"></iframe>'


def _absolute(name, *parts):
    return settings.SITE_URL + _path(name, *parts)


@lru_cache(maxsize=10_000)
def _path(name, *parts):
    """A directory of a thousand places writes some thousand of them: reversing took longer than all of its queries."""
    return reverse(f"booking_portal:{name}", args=parts)
