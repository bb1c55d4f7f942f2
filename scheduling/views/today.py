from django.utils import timezone
from django.views.decorators.http import require_safe

from config.shortcuts import render_page
from organizations.addresses import id_in
from organizations.tenancy import member_required

from ..selectors.calendar_choice import choose_calendars
from ..selectors.today import today_of


@require_safe
@member_required()
def today(request):
    """The day of one calendar: the agent's own, or a desk they may see."""
    now = timezone.now()
    choice = choose_calendars(request.membership, request.GET.getlist("agenda"), only_own_and_desks=True)
    calendar = choice.chosen[0] if choice.chosen else None
    recorded = id_in(request.GET.get("renseigne", ""))
    context = {
        "now": now,
        "choice": choice,
        "today": today_of(request.membership, calendar, now=now, just_recorded=recorded),
    }
    return render_page(request, "scheduling/today.html", "scheduling/_today.html", context)
