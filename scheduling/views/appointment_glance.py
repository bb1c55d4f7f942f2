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
from .visits import ACTS


@require_http_methods(["GET", "POST"])
@member_required()
def appointment_glance(request, pk):
    """A POST says how far the visit is (`act`) or what came of it (`status`), or takes that back, and answers the same
    fragment.
    """
    appointment, now, refused = appointment_of(request, pk), timezone.now(), ""
    if request.method == "POST":
        refused = _recorded(request, appointment, now)
        appointment = appointment_of(request, pk)
    by_hand = can_move_by_hand(request.membership, appointment)
    context = {
        "appointment": appointment,
        "now": now,
        "refused": refused,
        "back": return_address(request, ""),
        # A workshop has no slots to be moved to.
        "may_be_moved": appointment.is_movable(now) and (by_hand or not appointment.is_collective),
        "is_movable_by_hand": by_hand,
        "may_be_cancelled": appointment.status == appointment.Status.BOOKED,
        **_what_may_be_said(appointment, now, request.organization.zone),
    }
    return render(request, "scheduling/_appointment_glance.html", context, status=422 if refused else 200)


def _what_may_be_said(appointment, now, zone):
    """As on « Aujourd'hui »: of who is here and not gone, the next step and no outcome; of who is not to come yet, none
    either.
    """
    day, today = local_day(appointment.starts_at, zone), local_day(now, zone)
    is_open, is_begun = appointment.status == appointment.Status.BOOKED, appointment.starts_at <= now
    if appointment.is_collective:
        return {"may_be_received": False, "may_have_outcome": not appointment.is_cancelled and day <= today}
    return {
        "may_be_received": is_open and day == today and appointment.has_a_visit,
        "may_have_outcome": (is_begun and not appointment.stage) if is_open else not appointment.is_cancelled,
    }


def _recorded(request, appointment, now):
    """Why it is refused; nothing once it is done."""
    form, act = OutcomeForm(request.POST), ACTS.get(request.POST.get("act", ""))
    if act is None and not form.is_valid():
        return "Ce résultat n'existe pas."
    said = {"appointment": appointment, "actor": Actor.of(request.user), "now": now}
    try:
        if act is not None:
            act(**said)
        else:
            record_outcome(status=form.cleaned_data["status"], **said)
    except SchedulingError as error:
        return error.message
    return ""
