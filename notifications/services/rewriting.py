"""What waited is written anew when its turn comes: for the contact that somebody has then, of what stands then."""

from datetime import datetime, timedelta

from scheduling.models import Appointment
from scheduling.models.appointment_statuses import OCCUPYING

from ..models import Message
from ..selectors.switches import Switches, switches_of_appointments
from ..selectors.texts import texts_of_appointments
from .citizen_messages import citizen_messages
from .claims import held
from .prescriber_messages import confirmation, prescribed_by
from .writing import with_what_messages_show

# What was written within the last minute says what stands: most leaves so soon, and costs nothing more.
FRESH = timedelta(minutes=1)

_WRITTEN = ("recipient", "subject", "body", "segments", "cost", "link", "calendar_file", "appointment_starts_at")


def needs_writing(message: Message, *, contact: str, now: datetime) -> bool:
    """A reminder may have waited for a night; a prescriber gets one message alone, which is to be true when it leaves.

    To anybody else later news are told by messages of their own.
    """
    appointment = message.appointment
    if message.audience == Message.Audience.PRESCRIBER and appointment is not None:
        has_changed = appointment.starts_at != message.appointment_starts_at or appointment.status not in OCCUPYING
        return has_changed or _has_left(message)
    if message.kind != Message.Kind.REMINDER or message.participation is None:
        return False
    return contact != message.recipient or now - message.created_at > FRESH


def _has_left(message):
    """Of a workshop that takes place, the one person whom this tells of. One query for a workshop, else none."""
    if not message.appointment.is_collective or message.event is None:
        return False
    return message.event.participation is not None and message.event.participation.left_at is not None


def write_anew(message: Message, *, now: datetime) -> bool:
    """Let the row, which the caller has claimed, and `message` say what would be written now; False if nothing would.

    Whose row it is stays as it was: its lead time, and who had it sent again. Seven queries.
    """
    found = with_what_messages_show(Appointment.objects.filter(pk=message.appointment_id)).first()
    again = _again(message, found, now) if found else None
    if again is None:
        return False
    written = {name: getattr(again, name) for name in _WRITTEN}
    for name, value in written.items():
        setattr(message, name, value)
    return bool(held(message).update(**written))


def _again(message, appointment, now):
    if message.audience == Message.Audience.PRESCRIBER:
        made = prescribed_by(message.event, appointment=appointment) if message.event else []
        return confirmation(appointment, made=made, now=now) if made else None
    return _of_citizen(message, appointment, now)


def _of_citizen(message, appointment, now):
    # Somebody had it sent again: the settings are for what leaves by itself.
    switches = Switches() if message.resends_id else switches_of_appointments([appointment])
    texts = texts_of_appointments([appointment])
    for participation in appointment.participations.all():
        if participation.pk != message.participation_id:
            continue
        for again in citizen_messages(
            participation, appointment=appointment, texts=texts, switches=switches, kind=message.kind, now=now
        ):
            if again.channel == message.channel:
                return again
    return None
