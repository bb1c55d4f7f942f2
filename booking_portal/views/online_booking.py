"""« Réservation en ligne »: what can be booked online, what is missing, and what is given out."""

from collections import Counter

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from organizations.models import Location
from organizations.tenancy import member_required

from ..addresses import directory_addresses, for_prescribers, organization_address
from ..forms.frames import FrameAncestorsForm
from ..online_booking_pages import State, row_of, shared_location, shared_organization, state_of
from ..selectors.online_booking import online_motifs

PER_PAGE = 25


@require_safe
@member_required(admin=True)
def online_booking(request):
    """The motifs, all or those in one state."""
    organization = request.organization
    motifs = online_motifs(organization, now=timezone.now())
    counts = Counter(map(state_of, motifs))
    asked = next((state for state in State if state.value == request.GET.get("etat")), None)
    shown = [online for online in motifs if asked in (None, state_of(online))]
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [row_of(online, organization) for online in page],
        "asked": asked.value if asked else "",
        "total": len(motifs),
        "counts": {state.value: counts[state] for state in State},
    }
    return render(request, "booking_portal/online_booking.html", context)


@require_safe
@member_required(admin=True)
def online_booking_addresses(request):
    """What is given out of the organization and its places, and who may frame the portal."""
    organization = request.organization
    locations = Location.objects.for_organization(organization).select_related("organization__territory")
    page = Paginator(locations.order_by("name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "organization": shared_organization(organization),
        "prescribers_address": for_prescribers(organization_address(organization)),
        "locations": [(location, shared_location(location, organization)) for location in page],
        "directories": directory_addresses(organization),
        "frames": FrameAncestorsForm(territory=organization.territory),
        "address": request.get_full_path(),
    }
    return render(request, "booking_portal/online_booking_addresses.html", context)
