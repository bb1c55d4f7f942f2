"""The list of the organization's RDVs, as far as a member sees them."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from config.shortcuts import render_page
from organizations.tenancy import member_required

from ..engine.wall_clock import local_day
from ..forms.appointment_list import choices_of, filter_in, periods_around
from ..models import Export
from ..selectors.appointment_list import (
    ORDERS,
    STATES,
    AppointmentFilter,
    asked_appointments,
    count_by_status,
    ids_in_order,
    page_of,
    with_statuses,
)

COLUMNS = dict(zip(ORDERS, ("Date", "Motif", "Agent ou guichet", "Statut"), strict=True))


@require_safe
@member_required()
def appointment_list(request):
    """Filters, order and page stand in the address; the counters are of the filter without the status."""
    now, membership = timezone.now(), request.membership
    today = local_day(now, request.organization.zone)
    asked = filter_in(request.GET, today=today)
    appointments = asked_appointments(membership, asked)
    counts = count_by_status(appointments, now=now)
    ids = ids_in_order(with_statuses(appointments, asked.statuses, now=now), asked, membership=membership, now=now)
    number = sum(counts[state] for state in asked.statuses or STATES)
    context = {
        "now": now,
        "asked": asked,
        "choices": choices_of(membership, asked),
        "page": page_of(ids, request.GET.get("page"), count=number),
        "number": number,
        "total": sum(counts.values()),
        "states": [(state, label, counts[state], state in asked.statuses) for state, label in STATES.items()],
        "columns": [_column(name, label, asked) for name, label in COLUMNS.items()],
        "periods": [
            (label, first, last, (first, last) == (asked.first_day, asked.last_day))
            for label, first, last in periods_around(today)
        ],
        "kinds": Export.Kind,
    }
    return render_page(request, "scheduling/appointment_list.html", "scheduling/_appointment_results.html", context)


def _column(name, label, asked: AppointmentFilter):
    """A press on the column that sorts turns it round."""
    is_current = asked.column == name
    return {
        "name": name,
        "label": label,
        "sorted": ("descending" if asked.is_reversed else "ascending") if is_current else "",
        "order": f"-{name}" if is_current and not asked.is_reversed else name,
    }
