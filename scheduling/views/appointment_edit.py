"""Changing what an appointment says of itself, and on whose calendars it stands."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from organizations.addresses import id_in
from organizations.tenancy import member_required

from ..exceptions import AppointmentNotChangeable, CalendarsNotFree, SchedulingError
from ..forms.appointment_edits import AppointmentForm, CalendarsForm
from ..models import Calendar
from ..services.actors import Actor
from ..services.appointment_edits import change_calendars, edit_appointment
from .appointments import address_of, appointment_of, parents_of


@require_http_methods(["GET", "POST"])
@member_required()
def appointment_edit(request, pk):
    appointment = appointment_of(request, pk)
    if appointment.is_cancelled:
        return _refused(request, appointment, AppointmentNotChangeable("Ce rendez-vous est annulé."))
    if appointment.is_collective:
        # It has seats, and a page that knows of them.
        return redirect("scheduling:workshop_edit", request.organization.slug, pk)
    form = _form(AppointmentForm, request, appointment)
    refused = None
    if form.is_valid():
        act = {"appointment": appointment, "actor": Actor.of(request.user), "now": timezone.now()}
        try:
            edit_appointment(edit=form.edit, seen=form.cleaned_data["seen"], **act)
        except AppointmentNotChangeable as error:
            return _refused(request, appointment, error)
        except SchedulingError as error:
            refused = error.message
        else:
            messages.success(request, "Le rendez-vous est modifié.")
            return redirect(address_of(appointment))
    context = {
        "appointment": appointment,
        "parents": parents_of(appointment),
        "form": form,
        "refused": refused,
        "is_upcoming": appointment.is_upcoming(timezone.now()),
    }
    return render(request, "scheduling/appointment_edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@member_required()
def appointment_calendars(request, pk):
    """Agents and desks added or taken; one who is not free is named, and added all the same when confirmed."""
    appointment = appointment_of(request, pk)
    if appointment.is_cancelled:
        return _refused(request, appointment, AppointmentNotChangeable("Ce rendez-vous est annulé."))
    form = _form(CalendarsForm, request, appointment)
    to_confirm = None
    confirmed = {pk for each in request.POST.getlist("confirmed") for pk in map(id_in, each.split(",")) if pk}
    if form.is_valid():
        try:
            change_calendars(
                appointment=appointment,
                calendar_ids=form.calendar_ids,
                seen=form.cleaned_data["seen"],
                is_overlap_confirmed=bool(confirmed),
                confirmed_on=confirmed,
                actor=Actor.of(request.user),
                now=timezone.now(),
            )
        except CalendarsNotFree as error:
            to_confirm = error
        except SchedulingError as error:
            form.add_error("calendars", error.message)
        else:
            messages.success(request, "Les agendas du rendez-vous sont enregistrés.")
            return redirect(address_of(appointment))
    context = {
        "appointment": appointment,
        "parents": parents_of(appointment),
        "form": form,
        "to_confirm": to_confirm,
        # Named, so that nobody thinks that they can be taken away here.
        "kept": Calendar.objects.for_organization(request.organization).filter(pk__in=form.kept).for_display(),
    }
    return render(request, "scheduling/appointment_calendars.html", context, status=422 if form.is_bound else 200)


def _form(form_class, request, appointment):
    data = request.POST if request.method == "POST" else None
    return form_class(data, appointment=appointment, membership=request.membership)


def _refused(request, appointment, error):
    messages.error(request, error.message)
    return redirect(address_of(appointment))
