"""The motifs of all the organizations of a territory: found, and one field of many changed."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config.shortcuts import render_page
from organizations.exceptions import EntryGone
from organizations.models import Motif
from organizations.tenancy import territory_role_required

from ..engine.typography import NBSP, count
from ..exceptions import BulkEditRefused, PreviewOutdated
from ..forms.motif_bulk_edits import BulkFieldForm, BulkValueForm, bulk_field_labels
from ..forms.territory_motifs import TerritoryMotifFilterForm
from ..models import MotifBulkEdit
from ..selectors.motif_bulk_edits import plan_bulk_edit, plan_undo
from ..selectors.territory_motifs import ORDERS, ordered, territory_motifs
from ..services.motif_bulk_edits import apply_bulk_edit, undo_bulk_edit

PER_PAGE = 50
APPLY = "appliquer"


@require_safe
@territory_role_required()
def territory_motif_list(request):
    """Filters, order and page stand in the address; ticked rows go on to the page that changes many."""
    form = TerritoryMotifFilterForm(request.GET, territory=request.territory)
    motifs = form.filter(territory_motifs(request.territory, today=timezone.localdate()))
    order = request.GET.get("tri", "")
    page = Paginator(ordered(motifs, order), PER_PAGE).get_page(request.GET.get("page"))
    labels = bulk_field_labels(request.territory)
    context = {
        "form": form,
        "page": page,
        "orders": _orders(order),
        "labels": labels,
        "asked": _asked(request, without=("page", "motif", "tous", "champ")),
        "undoable": _with_labels(_undoable(request), labels),
    }
    return render_page(
        request, "scheduling/territory_motif_list.html", "scheduling/_territory_motif_results.html", context
    )


@require_http_methods(["GET", "POST"])
@territory_role_required()
def territory_motif_bulk_edit(request):
    """The motifs and the field stand in the address; the value is posted, first to be shown what it does."""
    motifs = territory_motifs(request.territory, today=timezone.localdate())
    motifs = TerritoryMotifFilterForm(request.GET, territory=request.territory).chosen(motifs)
    choice = BulkFieldForm(request.GET if "champ" in request.GET else None, territory=request.territory)
    form, plan = None, None
    if field := choice.field:
        data = request.POST if request.method == "POST" else None
        form = BulkValueForm(data, field=field, territory=request.territory)
        if form.is_valid():
            asked = {"motifs": motifs, "field": field, "value": form.value, "mode": form.mode}
            if data.get("etape") == APPLY:
                try:
                    return _applied(request, asked)
                except (EntryGone, PreviewOutdated) as error:
                    form.add_error(None, error.message)
            plan = plan_bulk_edit(**asked)
    context = {"choice": choice, "form": form, "plan": plan, "chosen": motifs.count()}
    context |= {"asked": _asked(request, without=("champ",)), "list_url": _list_url(request)}
    return render_page(
        request,
        "scheduling/territory_motif_bulk_edit.html",
        "scheduling/_territory_motif_bulk_edit.html",
        context,
        status=422 if form and form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
@territory_role_required()
def territory_motif_bulk_undo(request, pk):
    """What taking the edit back does, motif by motif; then, that it is done."""
    edits = MotifBulkEdit.objects.for_territory(request.territory).select_related("territory", "made_by", "undone_by")
    edit = get_object_or_404(edits, pk=pk)
    if request.method == "POST":
        try:
            undone = undo_bulk_edit(edit=edit, undone_by=request.user, now=timezone.now())
        except (BulkEditRefused, EntryGone) as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _undone(undone))
        return redirect(request.path)
    is_undoable = _undoable(request).filter(pk=pk).exists()
    context = {
        "edit": edit,
        "label": bulk_field_labels(request.territory).get(edit.field, edit.field),
        "is_undoable": is_undoable,
        "plan": plan_undo(edit) if is_undoable else None,
        "left_alone": _left_alone(edit),
    }
    return render(request, "scheduling/territory_motif_bulk_undo.html", context)


def _applied(request, asked):
    """Raises PreviewOutdated."""
    edit = apply_bulk_edit(
        territory=request.territory,
        expected=request.POST.get("expected", ""),
        made_by=request.user,
        now=timezone.now(),
        **asked,
    )
    if edit is None:
        messages.info(request, "Rien n'a changé.")
    else:
        messages.success(request, f"{count(len(edit.changes), 'motif modifié', 'motifs modifiés')}.")
    return redirect(_list_url(request))


def _undoable(request):
    return MotifBulkEdit.objects.for_territory(request.territory).undoable_by(request.user)


def _undone(plan):
    restored = count(len(plan.changed), "motif a retrouvé sa valeur", "motifs ont retrouvé leur valeur")
    restored = restored if plan.changed else "Aucun motif n'avait à retrouver sa valeur"
    if not plan.refused:
        return f"{restored}."
    named = ", ".join(f"{row.motif} ({row.motif.organization})" for row in plan.refused[:5])
    more = f" et {len(plan.refused) - 5} de plus" if len(plan.refused) > 5 else ""
    left = count(len(plan.refused), "laissé tel quel", "laissés tels quels")
    return f"{restored}, {left}{NBSP}: {named}{more}."


def _left_alone(edit):
    reasons = {change["motif"]: change["left_alone"] for change in edit.changes if "left_alone" in change}
    motifs = Motif.objects.for_territory(edit.territory).filter(pk__in=reasons).select_related("organization")
    return {motif: reasons[motif.pk] for motif in motifs.order_by("organization__name", "name", "pk")}


def _with_labels(edits, labels):
    edits = list(edits)
    for edit in edits:
        edit.label = labels.get(edit.field, edit.field)
    return edits


def _orders(order):
    """For each column, what its heading asks for: the other way round where it is in force."""
    return {name: {"ask": f"-{name}" if order == name else name, "sorted": _sorted(order, name)} for name in ORDERS}


def _sorted(order, name):
    return {name: "ascending", f"-{name}": "descending"}.get(order or "nom", "")


def _list_url(request):
    """The table as it was filtered when the rows were chosen."""
    kept = _asked(request, without=("champ", "motif", "tous"))
    return reverse("scheduling:territory_motif_list", args=[request.territory.slug], query=kept)


def _asked(request, *, without):
    """The address again, as hidden fields carry it on."""
    return [(key, value) for key, values in request.GET.lists() if key not in without for value in values]
