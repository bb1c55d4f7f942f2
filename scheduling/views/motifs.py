from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.shortcuts import render_page
from organizations.exceptions import OrganizationsError
from organizations.models import Motif
from organizations.tenancy import member_required

from ..engine.typography import quote
from ..exceptions import SchedulingError
from ..forms.durations import understood
from ..forms.motif_sheets import MotifSheet
from ..forms.motif_targets import CopyTargetForm
from ..forms.motifs import MotifFilterForm, MotifForm
from ..selectors.motifs import is_frozen, motifs_for_list, uses_of
from ..services.motifs import archive_motif, change_motif, create_motif, unarchive_motif
from .motif_sheets import render_sheet

PER_PAGE = 50


@require_safe
@member_required(admin=True)
def motif_list(request):
    form = MotifFilterForm(request.GET)
    archived = "archives" in request.GET
    motifs = form.filter(motifs_for_list(request.organization, archived=archived))
    page = Paginator(motifs, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "archived": archived}
    return render_page(request, "scheduling/motif_list.html", "scheduling/_motif_results.html", context)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def motif_add(request):
    sheet = MotifSheet(_posted(request), territory=request.organization.territory)
    if sheet.is_valid() and (motif := _created(sheet, request.organization)):
        return _added(request, motif)
    return render_sheet(request, "scheduling/motif_add.html", sheet, {})


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def motif_duplicate(request, pk):
    """The form of a new motif, filled from this one; into a sister organization, for who administers the territory."""
    copied = get_object_or_404(Motif.objects.for_organization(request.organization), pk=pk)
    sheet = MotifSheet(_posted(request), territory=request.organization.territory, copied=copied)
    target = CopyTargetForm(_posted(request) if not sheet.act else None, membership=request.membership)
    if sheet.act and "organisation" in request.POST:
        target.initial["organisation"] = request.POST["organisation"]
    if not target.is_needed:
        target = None
    if sheet.is_valid() and (target is None or target.is_valid()):
        organization = target.cleaned_data["organisation"] if target else request.organization
        if motif := _created(sheet, organization, copied_from=copied):
            return _added(request, motif)
    context = {"copied": copied, "target": target}
    is_refused = bool(target and target.errors)
    return render_sheet(request, "scheduling/motif_duplicate.html", sheet, context, is_refused=is_refused)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def motif_edit(request, pk):
    motif = get_object_or_404(Motif.objects.for_organization(request.organization), pk=pk)
    name = motif.name  # Checking the form writes what was typed on the object.
    sheet = MotifSheet(
        _posted(request), territory=request.organization.territory, motif=motif, is_frozen=is_frozen(motif)
    )
    if sheet.is_valid():
        try:
            change_motif(motif=motif, now=timezone.now(), **sheet.service_fields)
        except (OrganizationsError, SchedulingError) as error:
            sheet.form.add_error(None, error.message)
        else:
            messages.success(request, f"Le motif {quote(motif)} est enregistré.")
            return redirect("scheduling:motif_list", request.organization.slug)
    return render_sheet(request, "scheduling/motif_edit.html", sheet, {"motif": motif, "name": name})


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def motif_archive(request, pk):
    now = timezone.now()
    motif = get_object_or_404(Motif.objects.for_organization(request.organization), pk=pk)
    if request.method == "POST":
        archive_motif(motif=motif, now=now)
        messages.success(request, f"Le motif {quote(motif)} est archivé.")
        return redirect("scheduling:motif_list", request.organization.slug)
    uses = uses_of(motif, today=timezone.localdate(), now=now)
    return render(request, "scheduling/motif_archive.html", {"motif": motif, "uses": uses})


@require_POST
@member_required(admin=True)
def motif_unarchive(request, pk):
    motif = get_object_or_404(Motif.objects.for_organization(request.organization), pk=pk)
    unarchive_motif(motif=motif, now=timezone.now())
    messages.success(request, f"Le motif {quote(motif)} est de nouveau en service.")
    return redirect("scheduling:motif_list", request.organization.slug)


@require_safe
@member_required(admin=True)
def motif_duration(request):
    """What a typed duration means: swapped beneath its field as it is typed."""
    return duration_understood(request)


def duration_understood(request):
    name = next((name for name in MotifForm.DURATIONS if name in request.GET), None)
    words, refusal = understood(MotifForm.base_fields[name], request.GET[name]) if name else ("", "")
    return render(request, "scheduling/_motif_duration.html", {"words": words, "refusal": refusal})


def _posted(request):
    return request.POST if request.method == "POST" else None


def _created(sheet, organization, *, copied_from=None):
    try:
        return create_motif(
            organization=organization, now=timezone.now(), copied_from=copied_from, **sheet.service_fields
        )
    except OrganizationsError as error:
        sheet.form.add_error(None, error.message)
        return None


def _added(request, motif):
    organization = motif.organization
    where = "" if organization == request.organization else f" à {quote(organization)}"
    messages.success(request, f"Le motif {quote(motif)} est ajouté{where}. Une plage d'ouverture le rend réservable.")
    return redirect("scheduling:motif_list", organization.slug)
