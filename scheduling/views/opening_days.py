"""On which days the organization is open: weekdays, public holidays, and what is closed all the same."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from organizations.tenancy import member_required

from ..forms.opening_days import HolidayDatesForm, HolidaysForm, OpenWeekdaysForm
from ..models import Closure
from ..selectors.closed_appointments import appointments_on_closed_days
from ..selectors.holiday_boxes import holiday_boxes
from ..services.opening_days import set_holidays, set_holidays_on_dates, set_open_weekdays

APPOINTMENTS_SHOWN = 20


@require_safe
@member_required(admin=True)
def opening_days(request):
    """The whole screen; its three forms of boxes each have an address of their own."""
    return _page(request)


@require_POST
@member_required(admin=True)
def open_weekdays_edit(request):
    form = OpenWeekdaysForm(request.POST)
    if not form.is_valid():
        return _page(request, weekdays=form)
    weekdays = form.cleaned_data["weekdays"]
    set_open_weekdays(organization=request.organization, weekdays=weekdays, now=timezone.now())
    return _saved(request, "Les jours ouverts sont enregistrés.")


@require_POST
@member_required(admin=True)
def holidays_edit(request):
    form = HolidaysForm(request.POST, boxes=_boxes(request))
    if not form.is_valid():
        return _page(request, holidays=form)
    set_holidays(organization=request.organization, closed=form.closed, now=timezone.now())
    return _saved(request, "Les jours fériés sont enregistrés, pour chaque année.")


@require_POST
@member_required(admin=True)
def holiday_dates_edit(request):
    form = HolidayDatesForm(request.POST, boxes=_boxes(request))
    if not form.is_valid():
        return _page(request, dates=form)
    set_holidays_on_dates(organization=request.organization, closed=form.closed, now=timezone.now())
    return _saved(request, "Les jours fériés sont enregistrés, date par date.")


def _saved(request, text):
    """The screen says by itself which RDVs now fall on closed days."""
    messages.success(request, text)
    return redirect("scheduling:opening_days", request.organization.slug)


def _boxes(request):
    return holiday_boxes(request.organization, today=timezone.localdate())


def _page(request, **refused):
    """The screen with the form that was refused as it was typed, the others as stored."""
    organization, now, today = request.organization, timezone.now(), timezone.localdate()
    boxes = _boxes(request)
    closed = appointments_on_closed_days(organization, now=now)
    with_past = "passees" in request.GET
    closures = Closure.objects.for_organization(organization)
    context = {
        "unknown_zone": boxes.unknown_zone,
        "weekdays": OpenWeekdaysForm(initial={"weekdays": organization.open_weekdays}),
        "holidays": HolidaysForm(boxes=boxes),
        "dates": HolidayDatesForm(boxes=boxes),
        "closures": closures if with_past else closures.filter(last_day__gte=today),
        "with_past": with_past,
        "today": today,
        "closed_count": closed.count(),
        "closed_appointments": closed.for_list()[:APPOINTMENTS_SHOWN],
    }
    return render(request, "scheduling/opening_days.html", context | refused, status=422 if refused else 200)
