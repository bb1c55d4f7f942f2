"""Closing, sharing and deleting a place of the organization, each with what that means in numbers and names."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from organizations.models import Location
from organizations.tenancy import member_required

from ..engine.typography import NBSP, count, quote
from ..exceptions import LocationInUse
from ..forms.locations import LocationSharingForm
from ..selectors.location_uses import closing_of, uses_of_location
from ..selectors.open_conflicts import found_by_organization, is_being_computed
from ..services.locations import close_location, delete_location, reopen_location, share_location
from .after_change import conflicts_url


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def location_close(request, pk):
    now, location = timezone.now(), _own(request, pk)
    closing = closing_of(location, today=timezone.localdate(), now=now)
    if request.method == "POST":
        close_location(location=location, now=now)
        return _closed(request, location, closing, now)
    return render(request, "scheduling/location_close.html", {"location": location, "closing": closing})


@require_POST
@member_required(admin=True)
def location_reopen(request, pk):
    location = _own(request, pk)
    reopen_location(location=location, now=timezone.now())
    messages.success(request, f"{quote(location)} est de nouveau ouvert.")
    return redirect("organizations:location_list", request.organization.slug)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def location_share(request, pk):
    """With which sisters of the territory; one that uses the place keeps it."""
    now, location = timezone.now(), _own(request, pk)
    uses = uses_of_location(location, today=timezone.localdate(), now=now)
    form = LocationSharingForm(request.POST if request.method == "POST" else None, location=location, uses=uses)
    if form.is_valid():
        try:
            share_location(location=location, organizations=form.cleaned_data["shared_with"], now=now)
        except LocationInUse as error:
            form.add_error("shared_with", error.message)
        else:
            messages.success(request, f"Le partage de {quote(location)} est enregistré.")
            return redirect("organizations:location_edit", request.organization.slug, location.pk)
    context = {"form": form, "location": location}
    return render(request, "scheduling/location_share.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def location_delete(request, pk):
    now, location, refusal = timezone.now(), _own(request, pk), ""
    if request.method == "POST":
        try:
            delete_location(location=location, now=now)
        except LocationInUse as error:
            refusal = error.message
        else:
            messages.success(request, f"{quote(location)} est supprimé.")
            return redirect("organizations:location_list", request.organization.slug)
    uses = uses_of_location(location, today=timezone.localdate(), now=now)
    context = {"location": location, "uses": [use for use in uses if use.is_a_use], "refusal": refusal}
    return render(request, "scheduling/location_delete.html", context, status=422 if refusal else 200)


def _own(request, pk):
    """A shared place is closed, shared and deleted where it belongs."""
    own = Location.objects.for_organization(request.organization).filter(organization=request.organization)
    return get_object_or_404(own.select_related("organization__territory"), pk=pk)


def _closed(request, location, closing, now):
    """To the RDVs that are left there, if there are any; those of sisters are told of."""
    sentence = f"{quote(location)} est fermé."
    if is_being_computed(since=now) and closing.coming:
        later = f"Ses rendez-vous à venir seront à régler d'ici quelques minutes{NBSP}: beaucoup d'agendas y reçoivent."
        messages.warning(request, f"{sentence} {later}")
        return redirect("organizations:location_list", request.organization.slug)
    numbers = found_by_organization([use.organization for use in closing.uses], since=now)
    for use in closing.elsewhere:
        if number := numbers.get(use.organization.pk):
            messages.info(request, f"{use.organization}{NBSP}: {_coming(number)}, à régler par ses agents.")
    if here := numbers.get(request.organization.pk):
        messages.warning(request, format_html("{} {}.", sentence, f"{_coming(here)}{NBSP}: à régler ici"))
        return redirect(conflicts_url(request.organization))
    messages.success(request, sentence)
    return redirect("organizations:location_list", request.organization.slug)


def _coming(number):
    return count(number, "rendez-vous à venir s'y tient", "rendez-vous à venir s'y tiennent")
