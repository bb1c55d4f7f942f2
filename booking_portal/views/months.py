"""The month before the week: how many slots each day has."""

from datetime import date
from functools import partial
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from scheduling.selectors.month import slot_month as slots_of_month

from ..pages import step_context
from ..selectors.slot_weeks import bookable_days
from ..slot_filters import SlotFilter, filter_context
from ..steps import Step, parse_day
from .journeys import step_view


@require_safe
@step_view(Step.SLOT)
def slot_month(request, journey):
    """Each day that has slots leads to them. A month that cannot be booked, or is none, means the nearest one."""
    if not journey.is_offered(Step.SLOT):
        return redirect(journey.onward_url(Step.SLOT))
    shown = SlotFilter.of(request.GET)
    earliest, latest = bookable_days(journey.demands, journey.zone, journey.now)
    month = slots_of_month(
        journey.demands,
        month=parse_day(f"{request.GET.get('mois', '')}-01") or earliest,
        earliest=earliest,
        latest=latest,
        zone=journey.zone,
        weekdays=shown.weekdays,
        half_day=shown.half_day,
        location_ids=None if journey.location_id is None else [journey.location_id],
        calendar_ids=journey.calendar_ids,
        visitor_key=journey.visitor.key,
        now=journey.now,
    )
    context = step_context(journey, Step.SLOT) | {
        "month": month,
        "day_url": journey.url(Step.SLOT, **shown.parameters, jour=""),
        "previous_url": month.previous and month_url(journey, month.previous, shown),
        "following_url": month.following and month_url(journey, month.following, shown),
        "filter": filter_context(journey, shown, partial(month_url, journey, month.first_day)),
        "week_url": journey.url(Step.SLOT, **shown.parameters),
        "back_url": journey.url(Step.SLOT, **shown.parameters),
    }
    return render(request, "booking_portal/slot_month.html", context)


def month_url(journey, day: date, shown: SlotFilter) -> str:
    """The month of `day`, with what was chosen before the slot and the moments that are shown."""
    chosen = journey.parameters(Step.SLOT) | shown.parameters | {"mois": f"{day:%Y-%m}"}
    return f"{reverse('booking_portal:slot_month', args=[journey.territory.slug])}?{urlencode(chosen, doseq=True)}"
