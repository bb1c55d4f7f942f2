from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config.shortcuts import render_page
from organizations.addresses import id_in
from organizations.tenancy import member_required

from ..engine.typography import NBSP
from ..exceptions import SchedulingError
from ..forms.openings import SeriesFilterForm
from ..forms.unavailabilities import UnavailabilityForm
from ..models import Unavailability
from ..selectors.occasions import occasion_of_unavailability
from ..selectors.series import mark_removed_days, removal_of
from ..selectors.unavailability_warnings import unavailability_warnings
from ..services.unavailabilities import add_unavailability, change_unavailability, remove_unavailability
from .after_change import INSIDE, saved
from .returning import return_address
from .series import PER_PAGE, by_calendar, initial_of_address, managed_or_refused
from .series_scope import CHANGE, DELETE, ask_first, part_in_address, told


@require_safe
@member_required()
def unavailability_list(request):
    """Those entered in this organization, of the calendars the member sees."""
    today = timezone.localdate()
    form = SeriesFilterForm(request.GET, membership=request.membership)
    unavailabilities = form.filter(Unavailability.objects.visible_to(request.membership).for_list(), today=today)
    page = Paginator(unavailabilities, PER_PAGE).get_page(request.GET.get("page"))
    mark_removed_days(page.object_list, today=today)
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
    if added := _written(request, form, now):
        return _saved(request, added, "L'indisponibilité est ajoutée.", now)
    context = {"form": form, "occasion": _occasion(form, now)}
    return render(request, "scheduling/unavailability_add.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def unavailability_edit(request, pk):
    """Changes the part of a series that the address names, and all of what does not repeat."""
    now = timezone.now()
    unavailability = managed_or_refused(Unavailability, request, pk)
    part = part_in_address(request, unavailability)
    if part.problem and request.method == "GET":
        return ask_first(request, unavailability, CHANGE)
    form = UnavailabilityForm(
        request.POST if request.method == "POST" else None, membership=request.membership, part=part
    )
    if changed := _written(request, form, now):
        sentence = told(part, "L'indisponibilité est modifiée.", one="modifiée", following="modifiées")
        return _saved(request, changed, sentence, now)
    context = {"form": form, "unavailability": unavailability, "part": part, "occasion": _occasion(form, now)}
    return render(request, "scheduling/unavailability_edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def unavailability_delete(request, pk):
    now = timezone.now()
    unavailability = managed_or_refused(Unavailability, request, pk)
    part = part_in_address(request, unavailability)
    if part.problem:
        return ask_first(request, unavailability, DELETE)
    if request.method == "POST":
        return _remove(request, part, now)
    removal = removal_of(part, today=timezone.localdate(), now=now)
    context = {"unavailability": unavailability, "part": part, "removal": removal}
    return render(request, "scheduling/unavailability_delete.html", context)


@require_safe
@member_required()
def unavailability_preview(request):
    """What is typed, read back as a sentence with its next days: swapped into the form."""
    pk = id_in(request.GET.get("unavailability", ""))
    unavailability = managed_or_refused(Unavailability, request, pk) if pk is not None else None
    part = part_in_address(request, unavailability) if unavailability is not None else None
    form = UnavailabilityForm(request.GET, membership=request.membership, part=part)
    form.is_valid()
    return render(request, "scheduling/_series_preview.html", {"occasion": _occasion(form, timezone.now())})


def _written(request, form, now):
    """The unavailability as the form has it; None where what was typed is not right, not confirmed or refused."""
    if not (form.is_valid() and form.confirms(_warnings(form, now))):
        return None
    typed = form.service_fields
    try:
        if form.part is not None:
            return change_unavailability(unavailability=form.part.row, now=now, **form.part.how, **typed)
        calendar = form.cleaned_data["calendar"]
        return add_unavailability(organization=request.organization, calendar=calendar, now=now, **typed)
    except SchedulingError as error:
        form.add_error(None, error.message)
        return None


def _remove(request, part, now):
    try:
        remove_unavailability(unavailability=part.row, now=now, **part.how)
    except SchedulingError as error:
        messages.error(request, error.message)
        return ask_first(request, part.row, DELETE)
    whole = f"L'indisponibilité est supprimée{NBSP}: ses heures sont de nouveau proposées."
    messages.success(request, told(part, whole, one="supprimée", following="supprimées"))
    return redirect("scheduling:unavailability_list", request.organization.slug)


def _saved(request, unavailability, sentence, now):
    otherwise = return_address(request, reverse("scheduling:unavailability_list", args=[request.organization.slug]))
    return saved(request, sentence, calendar=unavailability.calendar, now=now, where=INSIDE, otherwise=otherwise)


def _warnings(form, now):
    return unavailability_warnings(
        form.draft(), now=now, first_day_before=form.stored_first_day, is_untouched=form.is_untouched
    )


def _occasion(form, now):
    if form.is_bound and form.has_occasion:
        return occasion_of_unavailability(form.draft(), now=now, warnings=_warnings(form, now))
    if not form.is_bound and form.part is not None:
        return occasion_of_unavailability(form.part.as_row, now=now)
    return None
