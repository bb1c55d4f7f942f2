"""The waiting room of a place, on the screen of its front desk."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from config.shortcuts import render_page
from organizations.addresses import id_in
from organizations.tenancy import member_required

from ..selectors.waiting_room import places_of, usual_place, waiting_room_of


@require_safe
@member_required()
def waiting_room(request):
    """`?lieu=`, else where the member sees the most RDVs today. It renews itself."""
    now = timezone.now()
    places = places_of(request.membership)
    asked = id_in(request.GET.get("lieu", ""))
    location = next((place for place in places if place.pk == asked), None)
    location = location or usual_place(request.membership, places, now=now)
    context = {
        "now": now,
        "places": places,
        "room": waiting_room_of(request.membership, location, now=now),
    }
    return render_page(request, "scheduling/waiting_room.html", "scheduling/_waiting_room.html", context)
