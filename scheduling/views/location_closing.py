"""Closing a place of the organization, with what that means in numbers."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from organizations.models import Location
from organizations.services.locations import close_location, reopen_location
from organizations.tenancy import member_required

from ..engine.typography import quote
from ..selectors.places import uses_of_location


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def location_close(request, pk):
    now = timezone.now()
    location = _own(request, pk)
    if request.method == "POST":
        close_location(location=location, now=now)
        messages.success(request, f"{quote(location)} est fermé.")
        return redirect("organizations:location_list", request.organization.slug)
    uses = uses_of_location(location, today=timezone.localdate(), now=now)
    return render(request, "scheduling/location_close.html", {"location": location, "uses": uses})


@require_POST
@member_required(admin=True)
def location_reopen(request, pk):
    location = _own(request, pk)
    reopen_location(location=location)
    messages.success(request, f"{quote(location)} est de nouveau ouvert.")
    return redirect("organizations:location_list", request.organization.slug)


def _own(request, pk):
    """A shared place is closed where it belongs."""
    own = Location.objects.for_organization(request.organization).filter(organization=request.organization)
    return get_object_or_404(own, pk=pk)
