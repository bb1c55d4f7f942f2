"""Appointments that an agent booked by widening a search: what they need to know of it, and how to cancel it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from organizations.tenancy import member_required

from ..exceptions import SchedulingError
from ..forms.appointments import CancelElsewhereForm
from ..models import Appointment, AppointmentStatus
from ..selectors.elsewhere import elsewhere, followed_appointments
from ..services.actors import Actor
from ..services.participants import set_participant_status
from ..slot_results import receiver_of


def address_seen_by(membership, appointment):
    """The appointment's own page for who sees it; else that of those who only follow it."""
    sees = Appointment.objects.visible_to(membership).filter(pk=appointment.pk).exists()
    page = "appointment_detail" if sees else "appointment_elsewhere_detail"
    return reverse(f"scheduling:{page}", args=[membership.organization.slug, appointment.pk])


def _followed(request, pk):
    """With somebody whom the member sees among its participants: else it is nothing of theirs any longer."""
    found = get_object_or_404(followed_appointments(request.membership), pk=pk)
    shown = elsewhere(found, membership=request.membership)
    if not shown.participations:
        raise Http404
    return shown


@require_safe
@member_required()
def appointment_elsewhere_detail(request, pk):
    return render(request, "scheduling/appointment_elsewhere_detail.html", _context(request, _followed(request, pk)))


@require_http_methods(["GET", "POST"])
@member_required()
def appointment_elsewhere_cancel(request, pk):
    """On the citizen's behalf, before it begins; for them alone, where others take part."""
    followed, now = _followed(request, pk), timezone.now()
    page = reverse("scheduling:appointment_elsewhere_detail", args=[request.organization.slug, pk])
    if not followed.may_cancel(now):
        messages.info(request, "Ce rendez-vous ne peut plus être annulé d'ici. Joignez l'organisation qui le tient.")
        return redirect(page)
    form = CancelElsewhereForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = _context(request, followed) | {"form": form, "page_url": page}
        status = 422 if form.is_bound else 200
        return render(request, "scheduling/appointment_elsewhere_cancel.html", context, status=status)
    try:
        for participation in followed.taking_part:
            set_participant_status(
                participation=participation,
                status=AppointmentStatus.CANCELLED_BY_CITIZEN,
                actor=Actor.of(request.user),
                now=now,
                **form.cleaned_data,
            )
    except SchedulingError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Le rendez-vous est annulé.")
    return redirect(page)


def _context(request, followed):
    appointment = followed.appointment
    now = timezone.now()
    return {
        "appointment": appointment,
        "followed": followed,
        "receiver": receiver_of(appointment.motif, seen_from=request.organization),
        "status": followed.status_at(now),
        "may_cancel": followed.may_cancel(now),
    }
