"""The slot: seen by the week, taken by a POST, given back."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scheduling.engine.wall_clock import local_day
from scheduling.exceptions import SlotTaken, TooManyHolds
from scheduling.selectors.slots import nearest_slots
from scheduling.services.holds import release_hold, take_hold

from ..pages import step_context
from ..selectors.slot_weeks import slot_week
from ..slot_filters import SlotFilter, filter_context
from ..steps import Step, format_start, parse_day, parse_start
from ..visitor import client_hash
from .journeys import step_view
from .months import month_url


@require_http_methods(["GET", "POST"])
@step_view(Step.SLOT)
def slot_choice(request, journey):
    if not journey.is_offered(Step.SLOT):
        return redirect(journey.onward_url(Step.SLOT))
    if request.method == "POST":
        return _take(request, journey)
    chosen = journey.starts_at  # In a frame, which cannot hold it: to be taken here.
    asked_day = local_day(chosen, journey.zone) if chosen else parse_day(request.GET.get("jour", ""))
    shown = SlotFilter() if chosen else SlotFilter.of(request.GET)
    week = slot_week(
        journey.demands,
        first_day=asked_day,
        zone=journey.zone,
        location_id=journey.location_id,
        wishes=shown.wishes,
        calendar_ids=journey.calendar_ids,
        visitor_key=journey.visitor.key,
        now=journey.now,
    )
    if chosen and chosen not in week.starts:
        messages.warning(request, _("Ce créneau n'est plus libre. Choisissez-en un autre."))
        chosen = None
    context = step_context(journey, Step.SLOT) | {
        "week": week,
        "chosen": chosen,
        "in_frame": journey.in_frame,
        "parameters": journey.parameters(Step.SLOT),
        "places_url": journey.url(Step.PLACE) if journey.is_offered(Step.PLACE) else None,
        "to_ask": [demand.motif.organization for demand in journey.demands],
    }
    context |= _ways_from(journey, week, shown, day=asked_day and week.first_day)
    return render(request, "booking_portal/slot_choice.html", context)


def _ways_from(journey, week, shown, *, day):
    """To the weeks beside, the month, and other moments of the week of `day` (None: of the first slot there)."""

    def address(wanted=shown, day=day):
        return journey.url(Step.SLOT, **wanted.parameters, jour=day)

    return {
        "action_url": address(day=None),
        "previous_url": week.previous_day and address(day=week.previous_day),
        "following_url": week.following_day and address(day=week.following_day),
        "month_url": month_url(journey, week.first_day, shown),
        "filter": filter_context(journey, shown, address),
    }


def _take(request, journey):
    starts_at = parse_start(request.POST.get("debut", ""))
    if starts_at is None:
        messages.warning(request, _("Ce créneau n'existe pas. Choisissez-en un autre."))
        return redirect(journey.url(Step.SLOT))
    visitor_key = journey.visitor.begin()
    slot = {"debut": format_start(starts_at), "aupres": journey.demands[0].motif.organization.slug}
    # The same lieu may be shared by organizations: the first one that is free then takes it.
    for demand in journey.demands:
        slot["aupres"] = demand.motif.organization.slug if len(journey.all_demands) > 1 else None
        try:
            take_hold(
                demand=demand,
                starts_at=starts_at,
                location_id=journey.location_id,
                calendar_ids=journey.calendar_ids,
                visitor_key=visitor_key,
                client_hash=client_hash(request),
                now=journey.now,
            )
        except SlotTaken:
            continue
        except TooManyHolds as refusal:
            messages.error(request, refusal.message)
            return redirect(journey.url(Step.SLOT, **SlotFilter.of(request.GET).parameters))
        return redirect(journey.url(Step.WHO, **slot))
    if not journey.demands:
        return redirect(journey.url(Step.SLOT))
    return redirect(journey.url("slot_taken", **slot))


@require_safe
@step_view(Step.WHO)
def slot_taken(request, journey):
    """Somebody was faster: the nearest slots, each one button away; nothing has to be typed again."""
    if not journey.is_offered(Step.SLOT):
        return redirect(journey.url(Step.WHO))
    nearest = nearest_slots(
        journey.demand,
        to=journey.starts_at,
        location_ids=None if journey.location_id is None else [journey.location_id],
        calendar_ids=journey.calendar_ids,
        visitor_key=journey.visitor.key,
        now=journey.now,
    )
    context = step_context(journey, Step.SLOT) | {
        "shared": None,  # True for this visitor, and for a minute.
        "nearest": sorted(nearest),
        "action_url": journey.url(Step.SLOT),
        "has_typed": bool(journey.visitor.typed),
        "places_url": journey.url(Step.PLACE) if journey.is_offered(Step.PLACE) else None,
    }
    return render(request, "booking_portal/slot_taken.html", context)


@require_POST
@step_view(Step.WHO)
def leave(request, journey):
    """The slot goes back to everybody, and what was typed is forgotten."""
    if journey.visitor.key is not None:
        release_hold(visitor_key=journey.visitor.key, now=journey.now)
    journey.visitor.leave()
    if journey.is_collective:
        messages.success(request, _("Rien n'est enregistré."))
        return redirect(journey.url(Step.WORKSHOP))
    messages.success(request, _("Le créneau est rendu. Rien n'est enregistré."))
    return redirect(journey.url(Step.SLOT))
