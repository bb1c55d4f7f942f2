"""Pages of the places; closing, sharing and deleting one, which count what hangs on it, are `scheduling.views`'."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from config.shortcuts import render_page

from ..addresses import words_in
from ..exceptions import NameTaken
from ..forms.locations import LocationFilterForm, LocationForm
from ..models import Location
from ..services.locations import change_location, create_location
from ..tenancy import member_required

PER_PAGE = 50


@require_safe
@member_required(admin=True)
def location_list(request):
    """The organization's places, and those that sisters share with it."""
    form = LocationFilterForm(request.GET)
    typed = words_in(request.GET)
    locations = Location.objects.visible_to(request.membership).select_related("organization")
    locations = locations.prefetch_related("shared_with")
    if typed:
        locations = locations.filter(Q(name__icontains=typed) | Q(city__icontains=typed))
    locations = locations.annotate(desk_count=Count("desks", filter=Q(desks__archived_at=None), distinct=True))
    page = Paginator(locations.order_by("name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "typed": typed}
    return render_page(request, "organizations/location_list.html", "organizations/_location_results.html", context)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def location_add(request):
    form = LocationForm(request.POST if request.method == "POST" else None, membership=request.membership)
    if form.is_valid() and (location := _written(form, create_location, organization=request.organization)):
        messages.success(request, f"Le lieu «\N{NO-BREAK SPACE}{location}\N{NO-BREAK SPACE}» est ajouté.")
        return redirect("organizations:location_list", request.organization.slug)
    return render(request, "organizations/location_add.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def location_edit(request, pk):
    """Its own places only: a shared one is changed where it belongs."""
    own = Location.objects.for_organization(request.organization).filter(organization=request.organization)
    location = get_object_or_404(own, pk=pk)
    name = location.name  # Checking the form writes what was typed on the object.
    form = LocationForm(
        request.POST if request.method == "POST" else None, instance=location, membership=request.membership
    )
    if form.is_valid() and _written(form, change_location, location=location):
        messages.success(request, f"Le lieu «\N{NO-BREAK SPACE}{location}\N{NO-BREAK SPACE}» est enregistré.")
        return redirect("organizations:location_list", request.organization.slug)
    context = {"form": form, "location": location, "name": name, "sharing": list(location.shared_with.order_by("name"))}
    return render(request, "organizations/location_edit.html", context, status=422 if form.is_bound else 200)


def _written(form, service, **about):
    try:
        return service(**about, **form.cleaned_data)
    except NameTaken as error:
        form.add_error(None, error.message)
        return None
