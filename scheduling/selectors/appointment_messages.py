"""Messages of appointments, reached from below: who writes and sends them is the business of the app above."""

from ..models import Appointment


def failed_messages(appointments):
    """Those of `appointments` that could not be delivered, the latest first, with what a row shows of them."""
    message = Appointment._meta.get_field("messages").related_model
    return (
        message.objects.filter(appointment__in=appointments, status=message.Status.FAILED)
        .select_related("appointment__motif", "participation__citizen", "agent")
        .order_by("-created_at", "-pk")
    )


def messages_of(appointment):
    """All of one appointment, the latest first, with their recipients. One query."""
    whom = ("participation__citizen__responsible", "agent", "resent_by")
    return appointment.messages.select_related("appointment", "event", *whom).order_by("-created_at", "-pk")
