"""Pages of the desks: their services' agents and administrators change them; who sees one reads it in the list."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organizations.exceptions import OrganizationsError
from organizations.models import Desk
from organizations.tenancy import member_required

from ..engine.typography import NBSP, count, quote
from ..exceptions import LocationInUse
from ..forms.desks import DeskForm
from ..permissions import can_edit_desk
from ..selectors.places import desks_for_list, openings_of_motifs, uses_of_desk
from ..services.desks import archive_desk, change_desk, create_desk, unarchive_desk
from .after_change import OUTSIDE, saved

PER_PAGE = 50


@require_safe
@member_required()
def desk_list(request):
    archived = "archives" in request.GET
    desks = desks_for_list(request.membership, archived=archived, today=timezone.localdate())
    page = Paginator(desks, PER_PAGE).get_page(request.GET.get("page"))
    for desk in page:
        desk.is_ours = can_edit_desk(request.membership, desk)
    return render(request, "scheduling/desk_list.html", {"page": page, "archived": archived})


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def desk_add(request):
    form = DeskForm(request.POST if request.method == "POST" else None, membership=request.membership)
    if form.is_valid() and (desk := _written(form, create_desk, organization=request.organization)):
        messages.success(request, f"{quote(desk)} est ajouté. Ouvrez-lui une plage pour qu'on puisse y réserver.")
        return redirect("scheduling:desk_list", request.organization.slug)
    return render(request, "scheduling/desk_add.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def desk_edit(request, pk):
    now, desk = timezone.now(), _edited_or_refused(request, pk)
    name, served = desk.name, set(desk.motifs.all())  # Checking the form writes what was typed on the object.
    form = DeskForm(request.POST if request.method == "POST" else None, instance=desk, membership=request.membership)
    if form.is_valid() and (moved := _written(form, change_desk, desk=desk, now=now)) is not None:
        _tell_about_openings(request, desk, moved, served - set(form.service_fields["motifs"]))
        return _saved(request, desk, f"{quote(desk)} est enregistré.", now)
    context = {"form": form, "desk": desk, "name": name}
    return render(request, "scheduling/desk_edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def desk_archive(request, pk):
    now = timezone.now()
    desk = _edited_or_refused(request, pk)
    if request.method == "POST":
        archive_desk(desk=desk, now=now)
        return _saved(request, desk, f"{quote(desk)} est archivé.", now)
    uses = uses_of_desk(desk, today=timezone.localdate(), now=now)
    return render(request, "scheduling/desk_archive.html", {"desk": desk, "uses": uses})


@require_POST
@member_required()
def desk_unarchive(request, pk):
    desk = _edited_or_refused(request, pk)
    unarchive_desk(desk=desk, now=timezone.now())
    messages.success(request, f"{quote(desk)} est de nouveau en service.")
    return redirect("scheduling:desk_list", request.organization.slug)


def _written(form, service, **about):
    """What the service answers; None where somebody took the place, the name or a service in the meantime."""
    try:
        return service(**about, **form.service_fields)
    except LocationInUse as error:
        form.add_error("location", error.message)
        return None
    except OrganizationsError as error:
        form.add_error(None, error.message)
        return None


def _edited_or_refused(request, pk):
    """404 for a desk that the member does not see, 403 for one that is not theirs to change."""
    desks = Desk.objects.visible_to(request.membership).select_related("location", "calendar", "public_address")
    desk = get_object_or_404(desks.prefetch_related("units"), pk=pk)
    if not can_edit_desk(request.membership, desk):
        raise PermissionDenied
    return desk


def _saved(request, desk, sentence, now):
    otherwise = reverse("scheduling:desk_list", args=[request.organization.slug])
    return saved(request, sentence, calendar=desk.calendar, now=now, where=OUTSIDE, otherwise=otherwise)


def _tell_about_openings(request, desk, moved, no_longer_served):
    if moved:
        openings = count(moved, "plage d'ouverture le suit", "plages d'ouverture le suivent")
        messages.info(request, f"{openings} dans son nouveau lieu. Les rendez-vous déjà pris gardent l'ancien.")
    left = openings_of_motifs(desk, no_longer_served, today=timezone.localdate()) if no_longer_served else 0
    if left:
        openings = count(left, "plage d'ouverture porte", "plages d'ouverture portent")
        messages.warning(request, f"{openings} encore un motif que le guichet ne sert plus{NBSP}: modifiez-les.")
