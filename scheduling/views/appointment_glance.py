"""What one wants to know of an RDV without leaving the agenda, and what to do with it: a fragment."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from organizations.tenancy import member_required

from ..engine.wall_clock import local_day
from ..exceptions import SchedulingError
from ..forms.appointments import OutcomeForm
from ..permissions import can_move_by_hand
from ..services.actors import Actor
from ..services.appointments import record_outcome
from .appointments import appointment_of
from .returning import return_address


@require_http_methods(["GET", "POST"])
@member_required()
def appointment_glance(request, pk):
    """A POST says what came of it, or takes that back, and answers the same fragment."""
    appointment, now, refused = appointment_of(request, pk), timezone.now(), ""
    if request.method == "POST":
        refused = _recorded(request, appointment, now)
        appointment = appointment_of(request, pk)
    zone = request.organization.zone
    context = {
        "appointment": appointment,
        "now": now,
        "refused": refused,
        "back": return_address(request, ""),
        "may_be_moved": appointment.is_upcoming(now),
        "is_movable_by_hand": can_move_by_hand(request.membership, appointment),
        "may_be_cancelled": appointment.status == appointment.Status.BOOKED,
        "may_have_outcome": not appointment.is_cancelled
        and local_day(appointment.starts_at, zone) <= local_day(now, zone),
    }
    return render(request, "scheduling/_appointment_glance.html", context, status=422 if refused else 200)


def _recorded(request, appointment, now):
    """Why it is refused; nothing once it is done."""
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return "Ce résultat n'existe pas."
    try:
        record_outcome(
            appointment=appointment, status=form.cleaned_data["status"], actor=Actor.of(request.user), now=now
        )
    except SchedulingError as error:
        return error.message
    return ""
