from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from organizations.tenancy import member_required

from ..engine.typography import quote
from ..exceptions import ReferenceWeekRefused
from ..forms.reference_weeks import ReferenceWeekForm, with_monday_copied
from ..models import ReferenceWeek
from ..services.reference_weeks import change_reference_week, create_reference_week, delete_reference_week


@require_safe
@member_required(admin=True)
def reference_week_list(request):
    weeks = ReferenceWeek.objects.for_organization(request.organization).for_list()
    return render(request, "scheduling/reference_week_list.html", {"weeks": weeks})


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def reference_week_add(request):
    form = _form(request)
    if form.is_valid():
        try:
            week = create_reference_week(organization=request.organization, **form.service_fields)
        except ReferenceWeekRefused as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, f"{quote(week)} est ajoutée. Appliquez-la à un guichet ou à un agenda.")
            return redirect("scheduling:reference_week_list", request.organization.slug)
    return render(request, "scheduling/reference_week_add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def reference_week_edit(request, pk):
    week = week_of(request, pk)
    name = week.name  # Checking the form writes what was typed on the object.
    form = _form(request, week)
    if form.is_valid():
        try:
            change_reference_week(reference_week=week, **form.service_fields)
        except ReferenceWeekRefused as error:
            form.add_error("name", error.message)
        else:
            text = "Les plages déjà ouvertes ne changent pas : appliquez-la de nouveau."
            messages.success(request, f"{quote(week)} est enregistrée. {text}")
            return redirect("scheduling:reference_week_list", request.organization.slug)
    context = {"form": form, "week": week, "name": name}
    return render(request, "scheduling/reference_week_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def reference_week_delete(request, pk):
    week = week_of(request, pk)
    if request.method == "POST":
        delete_reference_week(reference_week=week)
        messages.success(request, f"{quote(week)} est supprimée.")
        return redirect("scheduling:reference_week_list", request.organization.slug)
    return render(request, "scheduling/reference_week_delete.html", {"week": week})


@require_safe
@member_required(admin=True)
def reference_week_reading(request):
    """What is typed, read back: swapped beside the form."""
    form = ReferenceWeekForm(request.GET, membership=request.membership)
    return render(request, "scheduling/_reference_week_reading.html", {"reading": form.reading})


def week_of(request, pk):
    return get_object_or_404(ReferenceWeek.objects.for_organization(request.organization).for_list(), pk=pk)


def _form(request, week=None):
    """« Recopier le lundi » shows the form again and saves nothing."""
    if "copy" in request.POST:
        return ReferenceWeekForm(initial=with_monday_copied(request.POST), instance=week, membership=request.membership)
    typed = request.POST if request.method == "POST" else None
    return ReferenceWeekForm(typed, instance=week, membership=request.membership)
