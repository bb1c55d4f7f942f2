"""What the holder of the link in a message may still do."""

from datetime import datetime

from scheduling.models import Participation

from .reader import Reader


def may_cancel(participation: Participation, *, now: datetime) -> bool:
    """Their own part: of a workshop, their seat. Who only waits for one may stop at any time."""
    if participation.is_waiting:
        return participation.appointment.is_upcoming(now)
    return participation.appointment.motif.citizen_may_cancel and _is_in_time(participation, now)


def may_move(participation: Participation, *, now: datetime) -> bool:
    """A workshop is not one person's to move."""
    motif = participation.appointment.motif
    is_collective = motif.is_collective or participation.appointment.is_collective
    return motif.citizen_may_move and not is_collective and _is_in_time(participation, now)


def may_correct_contact(participation: Participation, *, now: datetime) -> bool:
    """As long as messages may come: until it begins, for who has not left it."""
    return participation.appointment.is_upcoming(now) and participation.left_at is None


def may_replace_contact(participation: Participation, reader: Reader) -> bool:
    """The link alone is not enough where a contact is known: it may have been passed on, or be a relative's. One query
    at most.
    """
    known = participation.citizen.contact.provable_contacts
    return not known or (reader.is_proven and str(reader.contact) in known)


def _is_in_time(participation, now):
    """Who has left it changes it no more."""
    appointment = participation.appointment
    in_time = appointment.starts_at - now >= appointment.motif.change_deadline
    return appointment.is_upcoming(now) and in_time and participation.left_at is None
