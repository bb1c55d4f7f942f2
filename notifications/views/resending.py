"""« Renvoyer », on the page of an appointment."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from organizations.tenancy import member_required
from scheduling.exceptions import SchedulingError
from scheduling.models import Appointment
from scheduling.views.returning import return_address

from ..exceptions import NotificationsError
from ..models import Message
from ..services.resending import resend_message


@require_POST
@member_required()
def message_resend(request, pk):
    """Of citizens only: who sees the appointment sees its messages."""
    visible = Appointment.objects.visible_to(request.membership).values("pk")
    of_citizens = Message.objects.for_organization(request.organization).filter(participation__isnull=False)
    message = get_object_or_404(
        of_citizens.select_related("event", "appointment").filter(appointment__in=visible), pk=pk
    )
    try:
        resend_message(message=message, agent=request.user, now=timezone.now())
    except (NotificationsError, SchedulingError) as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, "Le message est renvoyé.")
    address = reverse("scheduling:appointment_detail", args=[request.organization.slug, message.appointment_id])
    return redirect(return_address(request, f"{address}#rdv-messages"))
