"""On which days the organization is open: weekdays, public holidays, and what is closed all the same."""

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from organizations.tenancy import member_required

from ..engine.conflicts import Reason
from ..forms.opening_days import HolidayDatesForm, HolidaysForm, OpenWeekdaysForm
from ..models import Closure
from ..selectors.holiday_boxes import holiday_boxes
from ..selectors.open_conflicts import unsettled_appointments
from ..services.opening_days import set_holidays, set_holidays_on_dates, set_open_weekdays
from .after_change import conflicts_url, saved_closed_days


@require_safe
@member_required(admin=True)
def opening_days(request):
    """The whole screen; its three forms of boxes each have an address of their own."""
    return _page(request)


@require_POST
@member_required(admin=True)
def open_weekdays_edit(request):
    now, form = timezone.now(), OpenWeekdaysForm(request.POST)
    if not form.is_valid():
        return _page(request, weekdays=form)
    weekdays = form.cleaned_data["weekdays"]
    set_open_weekdays(organization=request.organization, weekdays=weekdays, now=now)
    return _saved(request, "Les jours ouverts sont enregistrés.", now)


@require_POST
@member_required(admin=True)
def holidays_edit(request):
    now, form = timezone.now(), HolidaysForm(request.POST, boxes=_boxes(request))
    if not form.is_valid():
        return _page(request, holidays=form)
    set_holidays(organization=request.organization, closed=form.closed, now=now)
    return _saved(request, "Les jours fériés sont enregistrés, pour chaque année.", now)


@require_POST
@member_required(admin=True)
def holiday_dates_edit(request):
    now, form = timezone.now(), HolidayDatesForm(request.POST, boxes=_boxes(request))
    if not form.is_valid():
        return _page(request, dates=form)
    set_holidays_on_dates(organization=request.organization, closed=form.closed, now=now)
    return _saved(request, "Les jours fériés sont enregistrés, date par date.", now)


def _saved(request, sentence, now):
    otherwise = reverse("scheduling:opening_days", args=[request.organization.slug])
    return saved_closed_days(request, sentence, now=now, otherwise=otherwise)


def _boxes(request):
    return holiday_boxes(request.organization, today=timezone.localdate())


def _page(request, **refused):
    """The screen with the form that was refused as it was typed, the others as stored."""
    organization, now, today = request.organization, timezone.now(), timezone.localdate()
    boxes = _boxes(request)
    closed = unsettled_appointments(request.membership, now=now, reason=Reason.CLOSED)
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
        "conflicts_url": conflicts_url(organization, raison=Reason.CLOSED),
    }
    return render(request, "scheduling/opening_days.html", context | refused, status=422 if refused else 200)
