"""Whether a person was told: what a page must not promise where nothing leaves."""

from datetime import datetime

from scheduling.models import Participation

from ..models import Message


def was_written(participation: Participation, *, kind: str, about: datetime | None = None) -> bool:
    """Whether a message of this kind was written to them, of the appointment at `about` if given. One query."""
    messages = Message.objects.filter(participation=participation, kind=kind)
    if about:
        messages = messages.filter(appointment_starts_at=about)
    return messages.exclude(status=Message.Status.DROPPED).exists()
