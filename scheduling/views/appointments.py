"""The page of an appointment, and what ends it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organizations.tenancy import member_required

from ..engine.phrases import format_day
from ..engine.wall_clock import local_day
from ..exceptions import SchedulingError
from ..forms.appointments import CancelForm, OutcomeForm
from ..models import Appointment
from ..permissions import can_move_by_hand
from ..selectors.appointment_messages import messages_of
from ..selectors.earlier_slots import request_of
from ..selectors.open_conflicts import Unsettled, conflicts_of
from ..selectors.workshops import people_of
from ..services.actors import Actor
from ..services.appointments import CANCELLATIONS, cancel_appointment, record_outcome
from .returning import return_address, with_parameter

# Of the messages and of the history of an appointment: more are one press away.
SHOWN_AT_ONCE = 8


def appointment_of(request, pk):
    """The appointment if the member may see it: else there is none."""
    return get_object_or_404(Appointment.objects.visible_to(request.membership).for_list(), pk=pk)


def address_of(appointment):
    return reverse("scheduling:appointment_detail", args=[appointment.organization.slug, appointment.pk])


def parents_of(appointment):
    """The breadcrumb of a page below the appointment's; a workshop's begins with the list of all."""
    own = {"label": appointment.headline, "url": address_of(appointment)}
    return [workshops_of(appointment.organization), own] if appointment.is_collective else [own]


def workshops_of(organization):
    """The list of workshops, in a breadcrumb."""
    return {"label": "Ateliers", "url": reverse("scheduling:workshop_list", args=[organization.slug])}


@require_safe
@member_required()
def appointment_detail(request, pk):
    return _detail(request, appointment_of(request, pk))


@require_POST
@member_required()
def appointment_outcome(request, pk):
    """Say what came of an appointment, or take it back; then back to where one was."""
    appointment = appointment_of(request, pk)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Ce résultat n'existe pas.")
        return _detail(request, appointment, status=422)
    try:
        record_outcome(
            appointment=appointment,
            status=form.cleaned_data["status"],
            actor=Actor.of(request.user),
            now=timezone.now(),
        )
    except SchedulingError as error:
        messages.error(request, error.message)
        return redirect(return_address(request, address_of(appointment)))
    address = return_address(request, "")
    return redirect(with_parameter(address, "renseigne", pk) if address else address_of(appointment))


@require_http_methods(["GET", "POST"])
@member_required()
def appointment_cancel(request, pk):
    appointment = appointment_of(request, pk)
    if appointment.is_cancelled:
        messages.info(request, "Ce rendez-vous est déjà annulé.")
        return redirect(address_of(appointment))
    form = CancelForm(request.POST or None, initial=_initial_status(request), is_collective=appointment.is_collective)
    if form.is_valid():
        try:
            cancel_appointment(
                appointment=appointment, actor=Actor.of(request.user), now=timezone.now(), **form.cleaned_data
            )
        except SchedulingError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "Le rendez-vous est annulé.")
        return redirect(return_address(request, address_of(appointment)))
    context = {
        "appointment": appointment,
        "form": form,
        "back": return_address(request, ""),
        "now": timezone.now(),
        "parents": parents_of(appointment),
    }
    return render(request, "scheduling/appointment_cancel.html", context, status=422 if form.errors else 200)


def _initial_status(request):
    """Who cancels may stand in the address: « déprogrammé », from where the hours have changed."""
    asked = request.GET.get("statut", "")
    return {"status": asked} if asked in CANCELLATIONS else {}


def people_context(workshop, *, now):
    """What `_workshop_people.html` shows. No query."""
    zone = workshop.organization.zone
    return {
        "workshop": workshop,
        "people": people_of(workshop),
        "now": now,
        "has_begun": workshop.starts_at <= now,
        "may_have_outcome": not workshop.is_cancelled and local_day(workshop.starts_at, zone) <= local_day(now, zone),
    }


def _detail(request, appointment, *, status=200):
    now = timezone.now()
    day = local_day(appointment.starts_at, request.organization.zone)
    unsettled, kept = conflicts_of(appointment, now=now)
    agenda = {"vue": "jour", "jour": day, "agenda": [calendar.pk for calendar in appointment.calendars.all()]}
    context = {
        "appointment": appointment,
        "now": now,
        "unsaid": 0 if appointment.status == appointment.Status.BOOKED else appointment.without_outcome,
        "several": len(appointment.taking_part) > 1 or appointment.motif.is_collective,
        "parents": [
            *([workshops_of(request.organization)] if appointment.is_collective else []),
            {
                "label": f"Agenda du {format_day(day)}",
                "url": reverse("scheduling:agenda", args=[request.organization.slug], query=agenda),
            },
        ],
        "is_today": not (appointment.is_cancelled or appointment.motif.is_collective)
        and day == local_day(now, request.organization.zone),
        "may_have_outcome": not appointment.is_cancelled and day <= local_day(now, request.organization.zone),
        "unsettled": Unsettled(appointment, unsettled).reasons,
        "kept": [(conflict, Unsettled(appointment, [conflict]).reasons) for conflict in kept],
        **_history(appointment),
        **_messages(appointment),
        # Of a workshop it is said of each; of one that nobody came to, of the whole.
        "has_registered": appointment.is_collective and appointment.occupancy.registered > 0,
        "may_be_moved": appointment.is_movable(now)
        and (not appointment.is_collective or can_move_by_hand(request.membership, appointment)),
    }
    if appointment.is_collective:
        context |= people_context(appointment, now=now)
    else:
        context["wait"] = request_of(appointment)
    return render(request, "scheduling/appointment_detail.html", context, status=status)


def _history(appointment):
    """The latest changes in sight, the first ones folded away where there are many."""
    events = list(appointment.events.select_related("actor", "participation__citizen").order_by("at", "pk"))
    folded = max(0, len(events) - SHOWN_AT_ONCE)
    return {"history_folded": events[:folded], "history": events[folded:]}


def _messages(appointment):
    """Those that failed before all, then the latest; the others folded away."""
    found = sorted(messages_of(appointment), key=lambda message: message.status != message.Status.FAILED)
    return {"sent_messages": found[:SHOWN_AT_ONCE], "messages_folded": found[SHOWN_AT_ONCE:]}
