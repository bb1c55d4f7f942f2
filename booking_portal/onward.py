"""Where a prescriber goes once it is known who they are: on with the way they were on, and nowhere else."""

from urllib.parse import urlencode, urlsplit

from django.urls import Resolver404, resolve, reverse

from organizations.models import Territory

from .steps import FOR_SOMEBODY_ELSE, OF_PRESCRIBERS, Step

# What a GET shows or leads on from.
_PAGES = {step.value for step in Step} | set(OF_PRESCRIBERS.values())
_PAGES |= {
    "organization_entry",
    "location_entry",
    "motif_entry",
    "calendar_entry",
    "slot_month",
    "slot_taken",
    "workshop_full",
}

_LONGEST = 2000


def start_url(territory: Territory) -> str:
    """The portal of the territory for prescribers."""
    return f"{reverse('booking_portal:service_choice', args=[territory.slug])}?pour={FOR_SOMEBODY_ELSE}"


def identity_url(territory: Territory, *, onward: str = "") -> str:
    path = reverse("booking_portal:prescriber_identity", args=[territory.slug])
    return f"{path}?{urlencode({'next': onward})}" if onward else path


def onward_url(asked: str, territory: Territory) -> str:
    """`asked`, which anybody may have written, where it is a step of this territory's portal; else its start."""
    return asked if _is_step(asked, territory) else start_url(territory)


def _is_step(asked, territory):
    if len(asked) > _LONGEST or any(character < "!" or character == "\\" for character in asked):
        return False
    try:
        parts = urlsplit(asked)
        match = resolve(parts.path)
    except (ValueError, Resolver404):
        return False
    is_ours = match.app_names == ["booking_portal"] and match.kwargs.get("territory_slug") == territory.slug
    # A path that begins with two slashes would name another host.
    return is_ours and match.url_name in _PAGES and asked.startswith("/prendre-rdv/")
