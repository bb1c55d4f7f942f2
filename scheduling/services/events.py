"""The history of appointments, and the one signal that tells the other apps."""

from ..models import Appointment, AppointmentEvent
from ..signals import appointment_event_recorded
from .actors import Actor


def record_event(
    appointment: Appointment, kind: str, *, actor: Actor, now, previous_starts_at=None, reason=""
) -> AppointmentEvent:
    """Append to the history and tell the other apps, in the caller's transaction. One query, and theirs."""
    event = AppointmentEvent.objects.create(
        organization_id=appointment.organization_id,
        appointment=appointment,
        kind=kind,
        at=now,
        actor_kind=actor.kind,
        actor=actor.agent,
        previous_starts_at=previous_starts_at,
        reason=reason,
    )
    appointment_event_recorded.send(sender=AppointmentEvent, event=event)
    return event
