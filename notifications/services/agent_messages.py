"""What agents are told of their calendars."""

from scheduling.models import Appointment, AppointmentEvent

from ..links import appointment_url
from ..models import Message
from ..texts import default_text
from .writing import written_message

Audience, Channel = Message.Audience, Message.Channel


def agent_messages(event: AppointmentEvent, *, appointment: Appointment, kind: str) -> list[Message]:
    """To the agents whose time it is, except the one who did it; of an edit, to those who join."""
    is_edit, joined = event.kind == AppointmentEvent.Kind.EDITED, calendars_joined(event)
    text = default_text(kind, audience=Audience.AGENT, channel=Channel.EMAIL)
    if text is None:
        return []
    return [
        written_message(
            appointment,
            kind=kind,
            text=text,
            audience=Audience.AGENT,
            channel=Channel.EMAIL,
            recipient=calendar.agent.email,
            now=event.at,
            language="fr",
            link=appointment_url(appointment),
            beneficiaries=_beneficiaries(appointment),
            previous_starts_at=event.previous_starts_at,
            agent=calendar.agent,
        )
        for calendar in appointment.calendars.all()
        if calendar.agent
        and calendar.agent.is_active
        and calendar.agent_id != event.actor_id
        and (not is_edit or calendar.pk in joined)
    ]


def calendars_joined(event: AppointmentEvent) -> set[int]:
    """Ids of the calendars that an edit added."""
    return {pk for change in event.changes for pk in change.get("added", ())}


def _beneficiaries(appointment):
    """None of a workshop: they come and go, and are a page of their own."""
    if appointment.is_collective:
        return []
    return [each.citizen for each in appointment.participations.all() if each.left_at is None]
