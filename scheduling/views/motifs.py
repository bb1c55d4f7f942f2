from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.shortcuts import render_page
from organizations.models import Motif
from organizations.tenancy import member_required

from ..engine.typography import quote
from ..exceptions import SchedulingError
from ..forms.durations import understood
from ..forms.motif_lists import options_of, questions_of
from ..forms.motifs import MotifFilterForm, MotifForm
from ..selectors.motifs import is_frozen, motifs_for_list, uses_of
from ..services.motifs import archive_motif, change_motif, create_motif, unarchive_motif

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
    data = request.POST if request.method == "POST" else None
    form = MotifForm(data, membership=request.membership)
    options, questions = options_of(None, data), questions_of(None, data)
    if _are_valid(form, options, questions):
        motif = create_motif(
            organization=request.organization,
            options=options.rows,
            questions=questions.rows,
            now=timezone.now(),
            **form.service_fields,
        )
        messages.success(request, f"Le motif {quote(motif)} est ajouté. Une plage d'ouverture le rend réservable.")
        return redirect("scheduling:motif_list", request.organization.slug)
    context = {"form": form, "options": options, "questions": questions}
    return render(request, "scheduling/motif_add.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def motif_edit(request, pk):
    motif = get_object_or_404(Motif.objects.for_organization(request.organization), pk=pk)
    name = motif.name  # Checking the form writes what was typed on the object.
    data = request.POST if request.method == "POST" else None
    form = MotifForm(data, instance=motif, membership=request.membership, is_frozen=is_frozen(motif))
    options, questions = options_of(motif, data), questions_of(motif, data)
    if _are_valid(form, options, questions):
        try:
            change_motif(
                motif=motif,
                options=options.rows,
                questions=questions.rows,
                now=timezone.now(),
                **form.service_fields,
            )
        except SchedulingError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Le motif {quote(motif)} est enregistré.")
            return redirect("scheduling:motif_list", request.organization.slug)
    context = {"form": form, "options": options, "questions": questions, "motif": motif, "name": name}
    return render(request, "scheduling/motif_edit.html", context, status=422 if form.is_bound else 200)


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
    name = next((name for name in MotifForm.DURATIONS if name in request.GET), None)
    words, refusal = understood(MotifForm.base_fields[name], request.GET[name]) if name else ("", "")
    return render(request, "scheduling/_motif_duration.html", {"words": words, "refusal": refusal})


def _are_valid(form, *formsets):
    """Every part is checked, so that everything to correct is shown at once."""
    return form.is_bound and all([form.is_valid(), *(formset.is_valid() for formset in formsets)])
