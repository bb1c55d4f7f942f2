"""Public JSON for maps and directories: places, what can be booked there, where, and from when.

Plain views, not django-ninja: four documents that take no parameter, whose worth lies in their HTTP (ETag, CORS,
Cache-Control), and which state their access as every view does. The API with keys is another matter.

Nothing of a person is ever in them, nor a motif that is given out by link only; of an agent no more than the name that
was chosen for their public address, and that only in the document of this address.
"""

from datetime import timedelta
from functools import wraps

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_http_methods

from organizations.access import public
from organizations.models import Location, Motif, PublicAddress

from .addresses import (
    calendar_address,
    location_address,
    motif_address,
    organization_address,
    territory_address,
)
from .selectors.directory import (
    ListedMotif,
    ListedPlace,
    directory_of,
    directory_of_calendar,
    directory_of_location,
    soonest,
)
from .selectors.tenants import find_address, find_organization_anywhere, find_shown_location, find_territory

# Half of what is promised, since two caches may stand in line that do not tell each other how old their copy is.
FRESH_FOR = 30

MINUTE = timedelta(minutes=1)


def public_json(view):
    """`view(request, …)` gives a dictionary, or None for what does not exist. The answer may be read by any site, kept
    for half a minute, and asked for again by its ETag: that is computed from what is answered now, so that a 304 is
    never older than the request.
    """

    @wraps(view)
    @cache_control(public=True, max_age=FRESH_FOR)
    @conditional_page
    def fresh(request, *args, **kwargs):
        document = view(request, *args, **kwargs)
        if document is None:
            missing = {"type": "about:blank", "title": "Not Found", "status": 404}
            return JsonResponse(missing, status=404, content_type="application/problem+json")
        return JsonResponse(document, json_dumps_params={"ensure_ascii": False})

    @wraps(view)
    def shared(request, *args, **kwargs):
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = "GET, HEAD"
            response["Access-Control-Allow-Headers"] = "If-None-Match"
            response["Access-Control-Max-Age"] = "86400"
        else:
            response = fresh(request, *args, **kwargs)
        # On a 304 too, or the page that asked could not read it.
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag"
        return response

    return public(require_http_methods(["GET", "HEAD", "OPTIONS"])(shared))


@public_json
def territory_directory(request, territory_slug):
    """Those of `directory_of`, and one for the tenant."""
    territory = find_territory(territory_slug)
    if territory is None:
        return None
    return {
        "territory": _named(territory) | {"booking_url": territory_address(territory)},
        "places": [_place(place) for place in directory_of(territory, now=timezone.now())],
    }


@public_json
def organization_directory(request, organization_slug):
    organization = find_organization_anywhere(organization_slug)
    if organization is None:
        return None
    places = directory_of(organization.territory, organization, now=timezone.now())
    return {
        "territory": _named(organization.territory),
        "organization": _named(organization) | {"booking_url": organization_address(organization)},
        "places": [_place(place) for place in places],
    }


@public_json
def calendar_directory(request, organization_slug, slug):
    """Of an agent or a desk that has a public address: where they receive, and what is booked with them by phone, video
    or at home.
    """
    organization = find_organization_anywhere(organization_slug)
    address = organization and find_address(organization, slug)
    if address is None:
        return None
    address.organization = organization
    places, elsewhere = directory_of_calendar(organization, address.receiver.calendar.pk, now=timezone.now())
    return {
        "territory": _named(organization.territory),
        "organization": _named(organization),
        "with": {"slug": address.slug, "name": address.name, "booking_url": calendar_address(address)},
        "next_availability": _start(soonest([*elsewhere, *(motif for place in places for motif in place.motifs)])),
        "places": [_place(place, address) for place in places],
        "motifs_elsewhere": [
            _motif(listed, None, address) | {"kind": listed.motif.location_kind} for listed in elsewhere
        ],
    }


@public_json
def location_directory(request, pk):
    location = find_shown_location(pk)
    place = location and directory_of_location(location, now=timezone.now())
    if place is None:
        return None
    return {"territory": _named(location.organization.territory), "place": _place(place)}


def _named(tenant):
    return {"slug": tenant.slug, "name": tenant.name}


def _place(place: ListedPlace, address: PublicAddress | None = None):
    location = place.location
    return {
        "id": location.pk,
        "name": location.name,
        "organization": _named(location.organization),
        "address": {"street": location.street, "postal_code": location.postal_code, "city": location.city},
        "point": _point(location),
        "phone": location.phone.as_e164 if location.phone else None,
        "access_notes": location.access_notes,
        "booking_url": calendar_address(address, location) if address else location_address(location),
        "next_availability": _start(place.soonest),
        "motifs": [_motif(listed, location, address) for listed in place.motifs],
    }


def _point(location: Location):
    if location.latitude is None:
        return None
    return {"latitude": location.latitude, "longitude": location.longitude}


def _motif(listed: ListedMotif, location: Location | None, address: PublicAddress | None = None):
    motif: Motif = listed.motif
    return {
        "slug": motif.slug,
        "name": motif.name,
        "category": motif.category,
        "organization": _named(motif.organization),
        "is_workshop": motif.is_collective,
        "duration_minutes": motif.duration // MINUTE,
        "options": [
            {"name": option.name, "duration_minutes": (option.duration or motif.duration) // MINUTE}
            for option in ([] if motif.is_collective else motif.options.all())
        ],
        "booking_url": motif_address(motif, location, address),
        "next_availability": _start(listed),
    }


def _start(listed: ListedMotif | None):
    """An instant by the clocks of the organization, with their distance from UTC."""
    if listed is None or listed.next_start is None:
        return None
    return listed.next_start.astimezone(listed.motif.organization.zone).isoformat(timespec="seconds")
