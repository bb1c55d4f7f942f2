"""Which part of a series an address speaks of, and the page that asks where it does not say."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from organizations.tenancy import member_required

from ..engine.phrases import format_day
from ..engine.series import Scope
from ..exceptions import SchedulingError
from ..forms.series_scope import SeriesScopeForm
from ..models import Opening, Unavailability
from ..selectors.series import Part, part_of
from ..services.restored_occurrences import restore_occurrence
from .after_change import INSIDE, saved
from .days import day_in
from .series import managed_or_refused

CHANGE, DELETE = "modifier", "supprimer"
_PAGES = {CHANGE: "edit", DELETE: "delete"}


@require_safe
@member_required()
def opening_scope(request, pk):
    return _ask(request, managed_or_refused(Opening, request, pk), "scheduling/opening_scope.html")


@require_safe
@member_required()
def unavailability_scope(request, pk):
    return _ask(request, managed_or_refused(Unavailability, request, pk), "scheduling/unavailability_scope.html")


@require_POST
@member_required()
def opening_restore(request, pk):
    return _restore(request, managed_or_refused(Opening, request, pk))


@require_POST
@member_required()
def unavailability_restore(request, pk):
    return _restore(request, managed_or_refused(Unavailability, request, pk))


def part_in_address(request, row) -> Part:
    """`?portee=suivantes&jour=2026-03-10`. What is not understood is a `problem` of the part."""
    try:
        scope = Scope(request.GET.get("portee", ""))
    except ValueError:
        scope = None
    return part_of(row, scope=scope, day=day_in(request.GET.get("jour", ""), None))


def ask_first(request, row, action):
    """Lead to the question, with what the address says already."""
    known = {name: request.GET[name] for name in ("portee", "jour") if request.GET.get(name)}
    return redirect(f"{_url(request, row, 'scope')}?{urlencode({'action': action} | known)}")


def told(part: Part, sentence: str, *, one: str, following: str) -> str:
    """The sentence for the part that was changed or deleted."""
    if part.scope is Scope.ALL:
        return sentence
    if part.is_one_day:
        return f"L'occurrence du {format_day(part.day)} est {one}."
    return f"Les occurrences depuis le {format_day(part.day)} sont {following}."


def _ask(request, row, template):
    action = request.GET.get("action")
    action = action if action in _PAGES else CHANGE
    url = _url(request, row, _PAGES[action])
    if not row.is_recurring:
        return redirect(url)
    form = SeriesScopeForm(
        request.GET if "portee" in request.GET else None,
        series=row,
        day=day_in(request.GET.get("jour", ""), None),
        today=timezone.localdate(),
    )
    if form.is_valid():
        return redirect(f"{url}?{form.cleaned_data['part'].query}")
    context = {
        "form": form,
        "series": row,
        "action": action,
        "is_deletion": action == DELETE,
        "edited": row.edited_occurrences.count(),
    }
    return render(request, template, context, status=422 if form.is_bound else 200)


def _restore(request, row):
    now, day = timezone.now(), day_in(request.POST.get("jour", ""), None)
    try:
        restore_occurrence(row=row, day=day, now=now)
    except SchedulingError as error:
        messages.error(request, error.message)
        return redirect(_list_url(request, row))
    sentence = f"L'occurrence du {format_day(day)} est rétablie."
    return saved(request, sentence, calendar=row.calendar, now=now, where=INSIDE, otherwise=_list_url(request, row))


def _url(request, row, page):
    return reverse(f"scheduling:{row._meta.model_name}_{page}", args=[request.organization.slug, row.pk])


def _list_url(request, row):
    return reverse(f"scheduling:{row._meta.model_name}_list", args=[request.organization.slug])
