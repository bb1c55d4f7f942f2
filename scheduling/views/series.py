"""What the pages of openings and unavailabilities share."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from ..forms.times import time_in
from ..models import Calendar
from ..permissions import can_manage_calendar
from .days import day_in

PER_PAGE = 60


def managed_or_refused(series, request, pk):
    """The row the member sees, 404 if they do not; 403 where they see it and do not manage its calendar."""
    found = get_object_or_404(series.objects.visible_to(request.membership).for_list(), pk=pk)
    if not can_manage_calendar(request.membership, found.calendar):
        raise PermissionDenied
    return found


def initial_of_address(request):
    """From today on, or the day and hours of the address; a calendar or a motif named there is chosen already."""
    asked = {"calendar": request.GET.get("agenda", ""), "motifs": request.GET.get("motif", "")}
    hours = {
        "start_time": time_in(request.GET.get("debut", "")),
        "end_time": time_in(request.GET.get("fin", ""), is_end=True),
    }
    return (
        {"first_day": day_in(request.GET.get("jour", ""), timezone.localdate())}
        | {name: pk for name, pk in asked.items() if pk.isdecimal()}
        | {name: typed for name, typed in hours.items() if typed}
    )


def by_calendar(page, membership):
    """[(calendar, whether the member manages it, rows)] in the order of the page."""
    groups = []
    for row in page:
        if not groups or groups[-1][0] != row.calendar:
            groups.append((row.calendar, can_manage_calendar(membership, row.calendar), []))
        groups[-1][2].append(row)
    return groups


def nothing_opened(membership, form):
    """As `by_calendar` where the page is empty: the chosen calendar or their own, if it has an allowance to show."""
    if form.narrows_to_team:
        return []
    calendar = form.cleaned_data.get("agenda")
    calendars = Calendar.objects.visible_to(membership).exclude(weekly_allowance=None).for_display()
    calendars = calendars.filter(pk=calendar.pk) if calendar else calendars.filter(agent=membership.agent)
    return [(calendar, can_manage_calendar(membership, calendar), []) for calendar in calendars]


def agenda_url(request, calendar_id):
    return f"{reverse('scheduling:agenda', args=[request.organization.slug])}?agenda={calendar_id}"
