"""Moving or stretching an RDV by hand, typed on a page of its own: what a drag does, with the keyboard."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from organizations.tenancy import member_required

from ..exceptions import AppointmentNotChangeable, OverlapNotConfirmed, SchedulingError
from ..forms.hand_moves import ShiftForm
from ..models import Appointment
from ..permissions import can_move_by_hand
from ..selectors.hand_moves import move_warnings
from ..services.hand_moves import Consent, Destination
from .appointments import address_of, appointment_of, parents_of
from .hand_moves import carry_out, told
from .returning import return_address


@require_http_methods(["GET", "POST"])
@member_required()
def appointment_shift(request, pk):
    appointment, now = appointment_of(request, pk), timezone.now()
    if not can_move_by_hand(request.membership, appointment):
        raise PermissionDenied
    if appointment.status != Appointment.Status.BOOKED or appointment.ends_at <= now:
        messages.error(request, AppointmentNotChangeable.message)
        return redirect(return_address(request, address_of(appointment)))
    data = request.POST if request.method == "POST" else None
    form = ShiftForm(data, appointment=appointment, membership=request.membership)
    if form.is_valid() and form.accepts(_found(request, form, now)):
        try:
            return _shifted(request, form, now)
        except OverlapNotConfirmed:
            form.accepts(_found(request, form, now))
        except SchedulingError as error:
            form.add_error(None, error.message)
    context = {
        "appointment": appointment,
        "form": form,
        "back": return_address(request, ""),
        "parents": parents_of(appointment),
        "is_upcoming": appointment.is_upcoming(now),
    }
    return render(request, "scheduling/appointment_shift.html", context, status=422 if form.is_bound else 200)


def _found(request, form, now):
    return move_warnings(
        request.membership,
        form.appointment,
        period=form.period,
        calendars=form.calendars,
        location_id=form.location_id,
        now=now,
    )


def _shifted(request, form, now):
    appointment = form.appointment
    to = Destination.of(
        appointment,
        period=form.period,
        calendar_ids=form.calendar_ids,
        location_id=form.location_id,
        address=form.address,
    )
    sentence = told(appointment, to, form.calendars)
    seen = form.found.overlaps
    carry_out(request, appointment, to, Consent(form.cleaned_data["sequence"], bool(seen), seen), now=now)
    messages.success(request, sentence)
    return redirect(return_address(request, address_of(appointment)))
