"""The agenda: a day or a week of one or several calendars, as a page and as the data that its grid draws."""

import hashlib
import json
from datetime import timedelta

from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.shortcuts import render_page
from organizations.tenancy import member_required

from ..engine.wall_clock import local_day
from ..selectors.agenda import agenda_of, by_day
from ..selectors.calendar_choice import MAXIMUM, choose_calendars, choose_team
from ..selectors.moves import monday_of
from ..selectors.open_conflicts import mark_unsettled
from ..selectors.quota import gauges_of
from .agenda_events import events_of
from .days import day_in

WEEK, DAY = "semaine", "jour"
LAST_DAY = {WEEK: timedelta(days=6), DAY: timedelta(0)}
STEP = {WEEK: timedelta(days=7), DAY: timedelta(days=1)}
LONGEST_FEED = timedelta(days=42)


@require_safe
@member_required()
def agenda(request):
    """A list by day, which the grid replaces where there is room and script. What is shown stands in the address."""
    now = timezone.now()
    today = local_day(now, request.organization.zone)
    view = DAY if request.GET.get("vue") == DAY else WEEK
    day = day_in(request.GET.get("jour", ""), today)
    first_day = day if view == DAY else monday_of(day)
    team = choose_team(request.membership, request.GET.get("equipe", ""))
    choice = choose_calendars(request.membership, request.GET.getlist("agenda"), team=team)
    shown = agenda_of(
        request.membership,
        choice.chosen,
        first_day=first_day,
        last_day=first_day + LAST_DAY[view],
        with_cancelled="annules" in request.GET,
    )
    mark_unsettled(shown.appointments, now=now)
    context = {
        "agenda": shown,
        "days": by_day(shown),
        "choice": choice,
        "team": team,
        "quotas": _quotas(choice, view, first_day),
        "maximum": MAXIMUM,
        "view": view,
        "is_list": request.GET.get("affichage") == "liste",
        "with_cancelled": "annules" in request.GET,
        "now": now,
        "today": today,
        "day": day,
        "previous": first_day - STEP[view],
        "next": first_day + STEP[view],
        "utc_offset": timezone.localtime(now).isoformat()[-6:],
    }
    return render_page(request, "scheduling/agenda.html", "scheduling/_agenda_list.html", context)


def _quotas(choice, view, first_day):
    """[(calendar, gauge of the week)] of those that have an allowance; a day of several calendars is crowded enough."""
    if view == DAY and len(choice.chosen) > 1:
        return []
    gauges = gauges_of(choice.chosen, day=first_day)
    return [(calendar, gauges[calendar.pk]) for calendar in choice.chosen if calendar.pk in gauges]


@require_safe
@member_required()
def agenda_feed(request):
    """The events of the local days [start, end), as JSON; 304 while nothing has changed.

    404 for a calendar that the member may not see: then the page is out of date, or the address forged.
    """
    now = timezone.now()
    today = local_day(now, request.organization.zone)
    first_day = day_in(request.GET.get("start", "")[:10], today)
    end = day_in(request.GET.get("end", "")[:10], first_day + timedelta(days=7))
    last_day = min(max(end - timedelta(days=1), first_day), first_day + LONGEST_FEED)
    asked = request.GET.getlist("agenda")
    choice = choose_calendars(request.membership, asked)
    if not set(asked) <= {str(calendar.pk) for calendar in choice.offered}:
        raise Http404
    shown = agenda_of(
        request.membership,
        choice.chosen,
        first_day=first_day,
        last_day=last_day,
        with_cancelled="annules" in request.GET,
    )
    mark_unsettled(shown.appointments, now=now)
    movable_on = {calendar.pk for calendar in choice.offered}
    body = json.dumps({"events": events_of(shown, now=now, movable_on=movable_on)}, ensure_ascii=False)
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    # Personal data: the script keeps the tag itself, the browser keeps nothing.
    headers = {"ETag": etag, "Cache-Control": "no-store, private"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)
