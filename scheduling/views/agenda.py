"""The agenda: a day or a week of one or several calendars, as a page and as the data that its grid draws."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.shortcuts import render_page
from organizations.tenancy import member_required

from ..engine.wall_clock import ONE_DAY, local_day
from ..models import AgendaView
from ..selectors.agenda import agenda_of, by_day
from ..selectors.agenda_month import hidden_appointments, shown_weekdays, weeks_of
from ..selectors.calendar_choice import MAXIMUM, choose_calendars, choose_team
from ..selectors.moves import monday_of
from ..selectors.open_conflicts import mark_unsettled
from ..selectors.quota import gauges_of
from .agenda_events import events_of
from .agenda_views import SHOWN
from .days import day_in

WEEK, DAY, MONTH = "semaine", "jour", "mois"
VIEWS = (DAY, WEEK, MONTH)
WEEKENDS = ("oui", "non")
LONGEST_FEED = timedelta(days=42)


@dataclass(frozen=True)
class Span:
    """The local days that a view shows, both included, and a day of the one before and of the one after."""

    first_day: date
    last_day: date
    previous: date
    next: date


def span_of(view: str, day: date) -> Span:
    if view == DAY:
        return Span(day, day, day - ONE_DAY, day + ONE_DAY)
    if view == WEEK:
        monday = monday_of(day)
        return Span(monday, monday + 6 * ONE_DAY, monday - 7 * ONE_DAY, monday + 7 * ONE_DAY)
    first = day.replace(day=1)
    following = (first + 31 * ONE_DAY).replace(day=1)
    last_monday = monday_of(following - ONE_DAY)
    return Span(monday_of(first), last_monday + 6 * ONE_DAY, (first - ONE_DAY).replace(day=1), following)


@require_safe
@member_required()
def agenda(request):
    """A list by day, which a grid replaces where there is room and script, or a month. The address says all of it."""
    now = timezone.now()
    today = local_day(now, request.organization.zone)
    view = request.GET.get("vue") if request.GET.get("vue") in VIEWS else WEEK
    day = day_in(request.GET.get("jour", ""), today)
    span = span_of(view, day)
    team = choose_team(request.membership, request.GET.get("equipe", ""))
    choice = choose_calendars(request.membership, request.GET.getlist("agenda"), team=team)
    shown = agenda_of(
        request.membership,
        choice.chosen,
        first_day=span.first_day,
        last_day=span.last_day,
        with_cancelled="annules" in request.GET,
    )
    mark_unsettled(shown.appointments, now=now)
    context = {
        "agenda": shown,
        "choice": choice,
        "team": team,
        "quotas": _quotas(choice, view, span.first_day),
        "maximum": MAXIMUM,
        "view": view,
        "is_list": view == MONTH or request.GET.get("affichage") == "liste",
        "with_cancelled": "annules" in request.GET,
        "now": now,
        "today": today,
        "day": day,
        "previous": span.previous,
        "next": span.next,
        "end": span.last_day + ONE_DAY,
        "utc_offset": timezone.localtime(now).isoformat()[-6:],
        "views": AgendaView.objects.visible_to(request.membership).for_menu(),
        "keeps": _keeps(request, view),
    } | _days(request, shown, view, day)
    fragment = "scheduling/_agenda_month.html" if view == MONTH else "scheduling/_agenda_list.html"
    return render_page(request, "scheduling/agenda.html", fragment, context)


def _days(request, shown, view, day):
    """What of it is shown: a day is whole, a week or a month perhaps without its week-ends."""
    asked = request.GET.get("weekends") if request.GET.get("weekends") in WEEKENDS else ""
    weekdays = shown_weekdays(shown, asked, frozenset(request.organization.open_weekdays))
    is_cut = view == MONTH or (view == WEEK and asked == "non")
    days = {each: rows for each, rows in by_day(shown).items() if not is_cut or each.weekday() in weekdays}
    return {
        "weekends": asked,
        "days": days,
        "weeks": weeks_of(shown, month=day, weekdays=weekdays) if view == MONTH else [],
        "hidden": hidden_appointments(shown, weekdays) if is_cut else 0,
    }


def _keeps(request, view):
    """What a view that is saved now is made of: the address, without the day."""
    asked = [(name, value) for name in SHOWN for value in request.GET.getlist(name) if name != "vue"]
    return [("vue", view), *asked]


def _quotas(choice, view, first_day):
    """[(calendar, gauge of the week)] of those that have an allowance; a day of several calendars is crowded enough."""
    if view == MONTH or (view == DAY and len(choice.chosen) > 1):
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
