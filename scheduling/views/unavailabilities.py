from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config.shortcuts import render_page
from organizations.tenancy import member_required

from ..engine.typography import NBSP
from ..exceptions import SchedulingError
from ..forms.openings import SeriesFilterForm
from ..forms.unavailabilities import UnavailabilityForm
from ..models import Unavailability
from ..selectors.occasions import occasion_of_unavailability
from ..selectors.outside_hours import count_inside_unavailability
from ..services.unavailabilities import add_unavailability, change_unavailability, remove_unavailability
from .series import PER_PAGE, by_calendar, initial_of_address, managed_or_refused, tell_what_stays

INSIDE = "dans cette indisponibilité"


@require_safe
@member_required()
def unavailability_list(request):
    """Those entered in this organization, of the calendars the member sees."""
    today = timezone.localdate()
    form = SeriesFilterForm(request.GET, membership=request.membership)
    unavailabilities = form.filter(Unavailability.objects.visible_to(request.membership).for_list(), today=today)
    page = Paginator(unavailabilities, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "groups": by_calendar(page, request.membership), "today": today}
    return render_page(
        request, "scheduling/unavailability_list.html", "scheduling/_unavailability_results.html", context
    )


@require_http_methods(["GET", "POST"])
@member_required()
def unavailability_add(request):
    now = timezone.now()
    form = UnavailabilityForm(
        request.POST if request.method == "POST" else None,
        membership=request.membership,
        initial=initial_of_address(request),
    )
    if form.is_valid():
        try:
            unavailability = add_unavailability(
                organization=request.organization,
                calendar=form.cleaned_data["calendar"],
                now=now,
                **form.service_fields,
            )
        except SchedulingError as error:
            form.add_error(None, error.message)
        else:
            return _saved(request, unavailability, "L'indisponibilité est ajoutée.", now)
    context = {"form": form, "occasion": _occasion(form, now)}
    return render(request, "scheduling/unavailability_add.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def unavailability_edit(request, pk):
    """Changes the whole series: an occurrence of its own comes with another page."""
    now = timezone.now()
    unavailability = managed_or_refused(Unavailability, request, pk)
    form = UnavailabilityForm(
        request.POST if request.method == "POST" else None, membership=request.membership, series=unavailability
    )
    if form.is_valid():
        try:
            change_unavailability(unavailability=unavailability, now=now, **form.service_fields)
        except SchedulingError as error:
            form.add_error(None, error.message)
        else:
            return _saved(request, unavailability, "L'indisponibilité est modifiée.", now)
    context = {"form": form, "unavailability": unavailability, "occasion": _occasion(form, now)}
    return render(request, "scheduling/unavailability_edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def unavailability_delete(request, pk):
    unavailability = managed_or_refused(Unavailability, request, pk)
    if request.method == "POST":
        remove_unavailability(unavailability=unavailability, now=timezone.now())
        messages.success(request, f"L'indisponibilité est supprimée{NBSP}: ses heures sont de nouveau proposées.")
        return redirect("scheduling:unavailability_list", request.organization.slug)
    return render(request, "scheduling/unavailability_delete.html", {"unavailability": unavailability})


@require_safe
@member_required()
def unavailability_preview(request):
    """What is typed, read back as a sentence with its next days: swapped into the form."""
    form = UnavailabilityForm(request.GET, membership=request.membership)
    form.is_valid()
    return render(request, "scheduling/_series_preview.html", {"occasion": _occasion(form, timezone.now())})


def _saved(request, unavailability, sentence, now):
    messages.success(request, sentence)
    inside = count_inside_unavailability(unavailability, now=now)
    tell_what_stays(request, inside, unavailability.calendar_id, INSIDE)
    return redirect("scheduling:unavailability_list", request.organization.slug)


def _occasion(form, now):
    if form.is_bound and form.has_occasion:
        return occasion_of_unavailability(form.draft(), now=now)
    if not form.is_bound and form.series is not None:
        return occasion_of_unavailability(form.series, now=now)
    return None
