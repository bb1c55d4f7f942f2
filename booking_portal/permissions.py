"""What the holder of the link in a message may still do."""

from datetime import datetime

from scheduling.models import Participation


def may_cancel(participation: Participation, *, now: datetime) -> bool:
    return participation.appointment.motif.citizen_may_cancel and _is_in_time(participation, now)


def may_move(participation: Participation, *, now: datetime) -> bool:
    return participation.appointment.motif.citizen_may_move and _is_in_time(participation, now)


def _is_in_time(participation, now):
    """Who has left it changes it no more; an atelier is not one person's to change."""
    appointment = participation.appointment
    in_time = appointment.starts_at - now >= appointment.motif.change_deadline
    takes_part = participation.left_at is None and not appointment.motif.is_collective
    return appointment.is_upcoming(now) and in_time and takes_part
