"""What the holder of the link in a message may still do."""

from datetime import datetime

from scheduling.models import Appointment


def may_cancel(appointment: Appointment, *, now: datetime) -> bool:
    return appointment.motif.citizen_may_cancel and _is_in_time(appointment, now)


def may_move(appointment: Appointment, *, now: datetime) -> bool:
    return appointment.motif.citizen_may_move and _is_in_time(appointment, now)


def _is_in_time(appointment, now):
    """An atelier is left by the service: cancelling it would cancel it for everybody."""
    motif = appointment.motif
    in_time = appointment.starts_at - now >= motif.change_deadline
    return appointment.is_upcoming(now) and in_time and not motif.is_collective
