"""Part time: how many hours a week the calendars of an organization may open."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config.shortcuts import render_page
from organizations.tenancy import member_required

from ..engine.delays import describe_duration
from ..engine.typography import NBSP, quote
from ..exceptions import SchedulingError
from ..forms.allowances import AllowanceFilterForm, AllowanceForm
from ..models import Calendar
from ..selectors.allowances import opened_hours_of
from ..services.allowances import set_weekly_allowance

# Where a series goes by months, finding its fullest week takes some ten milliseconds.
PER_PAGE = 20


@require_safe
@member_required(admin=True)
def allowance_list(request):
    """Each calendar with its cap, what it opens this week in all its organizations, and what is left."""
    form = AllowanceFilterForm(request.GET)
    page = Paginator(form.filter(_calendars(request)), PER_PAGE).get_page(request.GET.get("page"))
    rows = opened_hours_of(page.object_list, day=timezone.localdate())
    context = {"form": form, "page": page, "rows": rows}
    return render_page(request, "scheduling/allowance_list.html", "scheduling/_allowance_results.html", context)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def allowance_edit(request, pk):
    """`pk` is the calendar's."""
    now = timezone.now()
    calendar = get_object_or_404(_calendars(request), pk=pk)
    form = AllowanceForm(
        request.POST if request.method == "POST" else None, initial={"allowance": calendar.weekly_allowance}
    )
    if form.is_valid():
        try:
            changed = set_weekly_allowance(calendar=calendar, allowance=form.cleaned_data["allowance"], now=now)
        except SchedulingError as error:
            form.add_error("allowance", error.message)
        else:
            messages.success(request, f"{quote(calendar)}{NBSP}: {_described(changed.weekly_allowance)}.")
            return redirect("scheduling:allowance_list", request.organization.slug)
    (hours,) = opened_hours_of([calendar], day=timezone.localdate())
    context = {"form": form, "calendar": calendar, "hours": hours}
    return render(request, "scheduling/allowance_edit.html", context, status=422 if form.is_bound else 200)


def _calendars(request):
    return Calendar.objects.for_organization(request.organization).in_use().for_display()


def _described(allowance):
    return "temps plein, sans limite" if allowance is None else f"{describe_duration(allowance)} par semaine au plus"
