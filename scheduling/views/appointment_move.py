"""Moving an appointment to another slot of its motif: a week of slots, one chosen, confirmed by a POST."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from organizations.tenancy import member_required

from ..engine.typography import NBSP
from ..engine.wall_clock import local_day
from ..exceptions import AppointmentNotChangeable, SlotTaken, WorkshopHasNoSlots
from ..forms.appointments import MoveForm
from ..permissions import can_move_by_hand
from ..selectors.moves import calendars_bound_to, free_for_all
from ..services.actors import Actor
from ..services.appointments import move_appointment
from .appointments import address_of, appointment_of
from .returning import return_address, with_parameter
from .slot_weeks import week_context

ON_HIDDEN_CALENDARS = f"Cet atelier est aussi sur un agenda que vous ne voyez pas{NBSP}: un collègue peut le déplacer."


@require_http_methods(["GET", "POST"])
@member_required()
def appointment_move(request, pk):
    appointment = appointment_of(request, pk)
    now = timezone.now()
    if not appointment.is_upcoming(now):
        messages.error(request, AppointmentNotChangeable.message)
        return redirect(return_address(request, address_of(appointment)))
    if appointment.is_collective:
        return _by_hand_only(request, appointment)
    if request.method == "POST":
        return _move(request, appointment, now)
    chosen = MoveForm(request.GET, membership=request.membership) if "starts_at" in request.GET else None
    return _page(request, appointment, now, chosen=chosen)


def _by_hand_only(request, workshop):
    """To where it can be moved, if this member may; slots are refused in words."""
    if not can_move_by_hand(request.membership, workshop):
        messages.error(request, ON_HIDDEN_CALENDARS)
        return redirect(return_address(request, address_of(workshop)))
    messages.info(request, WorkshopHasNoSlots.message)
    back = return_address(request, "")
    address = reverse("scheduling:appointment_shift", args=[request.organization.slug, workshop.pk])
    return redirect(with_parameter(address, "next", back) if back else address)


def _move(request, appointment, now):
    form = MoveForm(request.POST, membership=request.membership)
    if not form.is_valid():
        return _page(request, appointment, now, refused="Choisissez un créneau.", status=422)
    location = form.cleaned_data["location"]
    try:
        move_appointment(
            appointment=appointment,
            starts_at=form.cleaned_data["starts_at"],
            location_id=location.pk if location else None,
            calendar_ids=_calendars_for(appointment, form.cleaned_data["calendar"]),
            actor=Actor.of(request.user),
            now=now,
            for_agent=True,
        )
    except SlotTaken as error:
        nearest = free_for_all(error.nearest, appointment, now=now)
        return _page(request, appointment, now, refused=error.message, nearest=nearest, status=422)
    except AppointmentNotChangeable as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Le rendez-vous est déplacé.")
    return redirect(return_address(request, address_of(appointment)))


def _calendars_for(appointment, chosen):
    """Nobody, where the appointment is bound to others than the calendar that stands in the form."""
    bound = calendars_bound_to(appointment)
    return [chosen.pk] if bound is None or chosen.pk in bound else []


def _page(request, appointment, now, *, status=200, **shown):
    first_day = local_day(appointment.starts_at, request.organization.zone)
    context = week_context(request, appointment, now, page="scheduling:appointment_move", first_day=first_day, **shown)
    context |= {"is_movable_by_hand": can_move_by_hand(request.membership, appointment)}
    return render(request, "scheduling/appointment_move.html", context, status=status)
