"""What was sent to whom: the journal of an organization, and that of a territory."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from config.shortcuts import render_page
from organizations.models import Organization
from organizations.tenancy import member_required, territory_role_required
from scheduling.engine.wall_clock import local_day

from ..forms.journal import KINDS, KINDS_OF_ORGANIZATIONS, filter_in, periods_until
from ..models import Message
from ..selectors.journal import STATES, asked_messages, page_of, participations_for, participations_of, totals_of


@require_safe
@member_required()
def message_list(request):
    """Whoever sees an RDV sees its messages; what they cost is the administrators'."""
    organization = request.organization
    context = {
        "kinds": KINDS_OF_ORGANIZATIONS,
        "organizations": [],
        "shows_costs": request.membership.is_admin,
        **_journal(
            request,
            Message.objects.visible_to(request.membership),
            participations=participations_for(request.membership),
            territory=organization.territory,
            zone=organization.zone,
        ),
    }
    return render_page(request, "notifications/message_list.html", "notifications/_message_results.html", context)


@require_safe
@territory_role_required()
def territory_message_list(request):
    """Of all its organizations, and the codes that are nobody's."""
    territory = request.territory
    context = {
        "kinds": KINDS,
        "organizations": Organization.objects.for_territory(territory).order_by("name", "pk"),
        "shows_costs": True,
        **_journal(
            request,
            Message.objects.for_territory(territory),
            participations=participations_of(territory),
            territory=territory,
            zone=territory.zone,
        ),
    }
    return render_page(
        request, "notifications/territory_message_list.html", "notifications/_message_results.html", context
    )


def _journal(request, messages, *, participations, territory, zone):
    """Filters and page stand in the address; the counters are of the filter without the state."""
    now = timezone.now()
    today = local_day(now, zone)
    asked = filter_in(request.GET, today=today)
    found = asked_messages(messages, asked, participations=participations, territory=territory, zone=zone)
    totals = totals_of(found.messages)
    number = totals.by_state[asked.state] if asked.state else totals.number
    shown = found.messages.in_state(asked.state) if asked.state else found.messages
    return {
        "now": now,
        "asked": asked,
        "page": page_of(shown, request.GET.get("page"), count=number),
        "number": number,
        "is_too_much": found.is_too_much,
        "totals": totals,
        "failed": totals.by_state[Message.State.FAILED],
        "states": [(state, label, totals.by_state[state], state == asked.state) for state, label in STATES.items()],
        "channels": Message.Channel.choices,
        "periods": [
            (label, first, last, (first, last) == (asked.first_day, asked.last_day))
            for label, first, last in periods_until(today)
        ],
        "is_narrowed": asked.is_narrowed,
    }
