"""The day on paper: one page for each calendar, with room to write."""

from datetime import timedelta

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from organizations.addresses import id_in
from organizations.models import Location
from organizations.tenancy import member_required

from ..engine.wall_clock import local_day
from ..selectors.calendar_choice import choose_calendars
from ..selectors.day_sheet import calendars_at, day_sheets
from .days import day_in


@require_safe
@member_required()
def day_sheet(request):
    """`?jour=2026-03-02` of the calendars `agenda=…`, or of the place `lieu=…`; else of one's own calendar."""
    membership, now = request.membership, timezone.now()
    today = local_day(now, request.organization.zone)
    day = day_in(request.GET.get("jour", ""), today)
    choice = choose_calendars(membership, request.GET.getlist("agenda"))
    locations = list(Location.objects.for_organization(request.organization).order_by("name", "pk"))
    asked = id_in(request.GET.get("lieu", ""))
    location = next((place for place in locations if place.pk == asked), None)
    calendars = calendars_at(membership, location, day=day) if location else choice.chosen
    context = {
        "sheets": day_sheets(membership, calendars, day=day, location=location),
        "choice": choice,
        "locations": locations,
        "location": location,
        "day": day,
        "previous": day - timedelta(days=1),
        "next": day + timedelta(days=1),
        "now": now,
    }
    return render(request, "scheduling/day_sheet.html", context)
