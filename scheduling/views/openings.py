from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config.shortcuts import render_page
from organizations.addresses import id_in
from organizations.tenancy import member_required

from ..exceptions import SchedulingError
from ..forms.openings import OpeningForm, SeriesFilterForm
from ..models import Opening
from ..selectors.occasions import occasion_of_opening, occasion_without_hours
from ..selectors.opening_warnings import opening_warnings
from ..selectors.quota import gauges_of, taken_in_week
from ..selectors.series import mark_removed_days, removal_of
from ..services.openings import change_opening, close_opening, open_hours
from .after_change import OUTSIDE, saved
from .days import week_shown
from .series import (
    PER_PAGE,
    agenda_url,
    by_calendar,
    initial_of_address,
    managed_or_refused,
    nothing_opened,
)
from .series_scope import CHANGE, DELETE, ask_first, part_in_address, told


@require_safe
@member_required()
def opening_list(request):
    """The openings of the calendars the member sees, under their calendar and its gauge of this week or of another."""
    today = timezone.localdate()
    form = SeriesFilterForm(request.GET, membership=request.membership)
    openings = form.filter(Opening.objects.visible_to(request.membership).for_list(), today=today)
    page = Paginator(openings, PER_PAGE).get_page(request.GET.get("page"))
    week = week_shown(request.GET.get("semaine", ""), today)
    groups = by_calendar(page, request.membership) or nothing_opened(request.membership, form)
    gauges = gauges_of([calendar for calendar, _, _ in groups], day=week.monday)
    for opening in page:
        opening.taken = taken_in_week(opening, day=week.monday) if opening.calendar_id in gauges else None
    mark_removed_days(page.object_list, today=today)
    context = {
        "form": form,
        "page": page,
        "groups": [(calendar, managed, rows, gauges.get(calendar.pk)) for calendar, managed, rows in groups],
        "week": week if gauges else None,
        "today": today,
    }
    return render_page(request, "scheduling/opening_list.html", "scheduling/_opening_results.html", context)


@require_http_methods(["GET", "POST"])
@member_required()
def opening_add(request):
    now = timezone.now()
    form = OpeningForm(
        request.POST if request.method == "POST" else None,
        membership=request.membership,
        initial=initial_of_address(request),
    )
    if _written(request, form, now):
        messages.success(request, "La plage d'ouverture est ajoutée.")
        return redirect("scheduling:opening_list", request.organization.slug)
    context = {"form": form, "occasion": _occasion(form, now)}
    return render(request, "scheduling/opening_add.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def opening_edit(request, pk):
    """Changes the part of a series that the address names, and all of what does not repeat."""
    now = timezone.now()
    opening = managed_or_refused(Opening, request, pk)
    part = part_in_address(request, opening)
    if part.problem and request.method == "GET":
        return ask_first(request, opening, CHANGE)
    form = OpeningForm(request.POST if request.method == "POST" else None, membership=request.membership, part=part)
    if _written(request, form, now):
        sentence = told(part, "La plage d'ouverture est modifiée.", one="modifiée", following="modifiées")
        return _saved(request, opening, sentence, now)
    context = {"form": form, "opening": opening, "part": part, "occasion": _occasion(form, now)}
    return render(request, "scheduling/opening_edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def opening_delete(request, pk):
    now = timezone.now()
    opening = managed_or_refused(Opening, request, pk)
    part = part_in_address(request, opening)
    if part.problem:
        return ask_first(request, opening, DELETE)
    if request.method == "POST":
        return _close(request, part, now)
    context = {
        "opening": opening,
        "part": part,
        "removal": removal_of(part, today=timezone.localdate(), now=now),
        "agenda_url": agenda_url(request, opening.calendar_id),
    }
    return render(request, "scheduling/opening_delete.html", context)


@require_safe
@member_required()
def opening_preview(request):
    """What is typed, read back as a sentence with its next days, its warnings and the gauge: swapped into the form."""
    now = timezone.now()
    pk = id_in(request.GET.get("opening", ""))
    opening = managed_or_refused(Opening, request, pk) if pk is not None else None
    part = part_in_address(request, opening) if opening is not None else None
    form = OpeningForm(request.GET, membership=request.membership, part=part)
    form.is_valid()
    context = {"occasion": _occasion(form, now)}
    return render(request, "scheduling/_series_preview.html", context)


def _written(request, form, now):
    """The opening as the form has it; None where what was typed is not right, not confirmed or refused."""
    if not (form.is_valid() and form.confirms(_warnings(form, now))):
        return None
    typed = {"motifs": form.cleaned_data["motifs"]} | form.service_fields
    try:
        if form.part is not None:
            return change_opening(opening=form.part.row, now=now, **form.part.how, **typed)
        calendar = form.cleaned_data["calendar"]
        return open_hours(organization=request.organization, calendar=calendar, now=now, **typed)
    except SchedulingError as error:
        form.add_error(None, error.message)
        return None


def _close(request, part, now):
    try:
        close_opening(opening=part.row, now=now, **part.how)
    except SchedulingError as error:
        messages.error(request, error.message)
        return ask_first(request, part.row, DELETE)
    sentence = told(part, "La plage d'ouverture est supprimée.", one="supprimée", following="supprimées")
    return _saved(request, part.row, sentence, now)


def _saved(request, opening, sentence, now):
    otherwise = reverse("scheduling:opening_list", args=[request.organization.slug])
    return saved(request, sentence, calendar=opening.calendar, now=now, where=OUTSIDE, otherwise=otherwise)


def _warnings(form, now):
    return opening_warnings(form.draft(), form.cleaned_data["motifs"], now=now, **_compared_with(form))


def _compared_with(form):
    """What stands already and is not to be warned of: where a part of a series begins, and what stays beside it."""
    return {"first_day_before": form.stored_first_day, "beside": form.part.beside if form.part else None}


def _occasion(form, now):
    """What the form means so far: as typed, else as stored; while it means nothing yet, what may be opened."""
    if form.is_bound and form.has_occasion:
        motifs = form.cleaned_data.get("motifs", ())
        return occasion_of_opening(form.draft(), motifs, now=now, **_compared_with(form))
    if not form.is_bound and form.part is not None:
        return occasion_of_opening(form.part.as_row, form.series.motifs.all(), now=now, **_compared_with(form))
    day = form.cleaned_data.get("first_day") if form.is_bound else None
    return occasion_without_hours(form.chosen_calendar, day=day or timezone.localdate())
