"""The month before the week: how many slots each day has."""

from datetime import date
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from scheduling.selectors.month import slot_month as slots_of_month

from ..pages import step_context
from ..selectors.slot_weeks import bookable_days
from ..steps import Step, parse_day
from .journeys import step_view


@require_safe
@step_view(Step.SLOT)
def slot_month(request, journey):
    """Each day that has slots leads to them. A month that cannot be booked, or is none, means the nearest one."""
    if not journey.is_offered(Step.SLOT):
        return redirect(journey.onward_url(Step.SLOT))
    earliest, latest = bookable_days(journey.demands, journey.zone, journey.now)
    month = slots_of_month(
        journey.demands,
        month=parse_day(f"{request.GET.get('mois', '')}-01") or earliest,
        earliest=earliest,
        latest=latest,
        zone=journey.zone,
        location_ids=None if journey.location_id is None else [journey.location_id],
        visitor_key=journey.visitor.key,
        now=journey.now,
    )
    context = step_context(journey, Step.SLOT) | {
        "month": month,
        "day_url": journey.url(Step.SLOT, jour=""),
        "previous_url": month.previous and month_url(journey, month.previous),
        "following_url": month.following and month_url(journey, month.following),
        "week_url": journey.url(Step.SLOT),
        "back_url": journey.url(Step.SLOT),
    }
    return render(request, "booking_portal/slot_month.html", context)


def month_url(journey, day: date) -> str:
    """The month of `day`, with what was chosen before the slot."""
    chosen = journey.parameters(Step.SLOT) | {"mois": f"{day:%Y-%m}"}
    return f"{reverse('booking_portal:slot_month', args=[journey.territory.slug])}?{urlencode(chosen)}"
