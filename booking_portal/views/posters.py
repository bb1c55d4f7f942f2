"""QR codes and posters of the public addresses of an organization, its places, its motifs, its agents and desks."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from organizations.models import Location, Motif
from organizations.tenancy import member_required

from ..online_booking_pages import shared_location, shared_motif, shared_organization
from ..qr import qr_png, qr_svg
from .calendar_addresses import shared_or_404


@require_safe
@member_required(admin=True)
def organization_poster(request):
    return _poster(request, shared_organization(request.organization))


@require_safe
@member_required(admin=True)
def organization_qr(request):
    return _qr(request, shared_organization(request.organization))


@require_safe
@member_required(admin=True)
def location_poster(request, pk):
    location = _location(request, pk)
    return _poster(request, shared_location(location, request.organization), place=location)


@require_safe
@member_required(admin=True)
def location_qr(request, pk):
    return _qr(request, shared_location(_location(request, pk), request.organization))


@require_safe
@member_required(admin=True)
def motif_poster(request, pk):
    motif = _motif(request, pk)
    return _poster(request, shared_motif(motif), motif=motif)


@require_safe
@member_required(admin=True)
def motif_qr(request, pk):
    return _qr(request, shared_motif(_motif(request, pk)))


@require_safe
@member_required()
def calendar_poster(request, pk):
    return _poster(request, shared_or_404(request, pk), is_person=True)


@require_safe
@member_required()
def calendar_qr(request, pk):
    return _qr(request, shared_or_404(request, pk))


def _location(request, pk):
    locations = Location.objects.for_organization(request.organization).select_related("organization__territory")
    return get_object_or_404(locations, pk=pk)


def _motif(request, pk):
    motif = get_object_or_404(Motif.objects.for_organization(request.organization).active(), pk=pk)
    motif.organization = request.organization
    return motif


def _poster(request, shared, *, motif=None, place=None, is_person=False):
    context = {
        "shared": shared,
        "is_person": is_person,
        "motif": motif,
        "place": place,
        "organization": request.organization,
        "territory": request.organization.territory,
    }
    return render(request, "booking_portal/poster.html", context)


def _qr(request, shared):
    """A picture for the page, or a PNG to keep."""
    if "png" not in request.GET:
        return HttpResponse(qr_svg(shared.address), content_type="image/svg+xml")
    response = HttpResponse(qr_png(shared.address), content_type="image/png")
    response["Content-Disposition"] = f'attachment; filename="qr-{slugify(shared.name)[:60] or shared.key}.png"'
    return response
