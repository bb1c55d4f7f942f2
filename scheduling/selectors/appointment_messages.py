"""Messages of appointments, reached from below: who writes and sends them is the business of the app above."""

from django.db.models import Prefetch

from ..models import Appointment, Participation


def failed_messages(appointments):
    """Those of `appointments` that could not be delivered, the latest first, with what a row shows of them."""
    message = Appointment._meta.get_field("messages").related_model
    return (
        message.objects.filter(appointment__in=appointments, status=message.Status.FAILED)
        .select_related("appointment__motif", "participation__citizen", "agent")
        .order_by("-created_at", "-pk")
    )


def messages_of(appointment):
    """All of one appointment, the latest first, with their recipients. Two queries."""
    people = Participation.objects.with_sms_stops().select_related("citizen__responsible")
    messages = appointment.messages.select_related("appointment", "event", "agent", "resent_by")
    return messages.prefetch_related(Prefetch("participation", people)).order_by("-created_at", "-pk")
