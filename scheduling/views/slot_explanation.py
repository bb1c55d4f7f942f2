"""« Pourquoi aucun créneau ? »: for agents, what became of a day."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from organizations.models import Location
from organizations.tenancy import member_required

from ..engine.wall_clock import day_interval
from ..explanation_pages import ExplanationPages
from ..forms.slot_explanation import SlotExplanationForm
from ..selectors.explanation import explain, explained_calendars
from ..selectors.together import joint_starts

PER_PAGE = 10


@require_safe
@member_required()
def slot_explanation(request):
    """Without a motif, the form alone; with one, each calendar's day in words and as a picture."""
    form = SlotExplanationForm(
        request.GET if request.GET.get("motif") else None,
        membership=request.membership,
        initial={"jour": timezone.localdate()},
        today=timezone.localdate(),
    )
    context = {"form": form, "motif": form.motif, "results": None}
    if form.is_valid():
        context["results"] = _results(form, request.membership, page=request.GET.get("page"))
    return render(request, "scheduling/slot_explanation.html", context, status=422 if form.errors else 200)


def _results(form, membership, *, page):
    chosen, citizen, day = (form.cleaned_data[name] for name in ("agenda", "usager", "jour"))
    referents = [agent.pk for agent in citizen.referents.all()] if citizen and form.motif.is_follow_up else []
    calendars = list(chosen) if form.is_together else [chosen]
    if chosen is None:
        calendars = explained_calendars(membership, form.motif, day=day, referent_ids=referents)
    page = Paginator(calendars, PER_PAGE).get_page(page)
    explanation = explain(
        form.demand,
        page,
        membership=membership,
        day=day,
        now=timezone.now(),
        for_agent=form.is_for_agent,
        referent_ids=referents,
    )
    shown = ExplanationPages(explanation, membership=membership, citizen=citizen)
    return {
        "day": day,
        "demand": form.demand,
        "closed": explanation.closed,
        "page": page,
        "axis": shown.axis,
        "calendars": shown.calendars,
        "slots": len({start for found in explanation.calendars for start in found.slots}),
        "previous_day": form.neighbour(-1),
        "next_day": form.neighbour(1),
        "citizen": citizen,
        "joint": _joint(form, membership, calendars) if form.is_together else None,
    }


def _joint(form, membership, calendars):
    """The starts of the day with who is not free then, by name, for those who are searched together."""
    day, names = form.cleaned_data["jour"], {calendar.pk: str(calendar) for calendar in calendars}
    period = day_interval(day, membership.organization.zone)
    starts = joint_starts(form.demand, calendar_ids=list(names), start=period.start, end=period.end, now=timezone.now())
    places = Location.objects.visible_to(membership).in_bulk({start.slot.location_id for start in starts})
    return {
        "names": list(names.values()),
        "free": sum(not start.not_free for start in starts),
        "starts": [
            {
                "at": start.slot.starts_at,
                "place": places.get(start.slot.location_id),
                "not_free": [names[pk] for pk in names if pk in start.not_free],
            }
            for start in starts
        ],
    }
