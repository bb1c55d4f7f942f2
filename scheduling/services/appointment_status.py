"""The status of an appointment and those of the people in it, always written together.

The rule: an appointment is FULFILLED as soon as one person came; else it stays BOOKED as long as nothing is said of
somebody; it is a NO_SHOW when nobody came. Who left it (`Participation.left_at`) counts no more. It is cancelled when
the last one leaves, unless it is collective: an atelier without a participant still takes place.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from ..engine.intervals import Interval
from ..engine.typography import NBSP
from ..engine.wall_clock import local_day
from ..exceptions import AppointmentNotChangeable
from ..models import COME, Appointment, AppointmentStatus
from .conflicts import review_conflicts

BEING_RECEIVED = f"Ce rendez-vous est en cours{NBSP}: il ne se déplace plus."
WALK_IN_HAS_COME = (
    f"Une personne venue sans rendez-vous n'est pas absente{NBSP}: si elle est repartie, annulez sa demande."
)

_STRONGEST_FIRST = (AppointmentStatus.FULFILLED, AppointmentStatus.BOOKED, AppointmentStatus.NO_SHOW)


def status_from(statuses: Iterable[str]) -> str:
    """Of an appointment whose participants, those who did not leave, have these."""
    found = set(statuses)
    return next((status for status in _STRONGEST_FIRST if status in found), AppointmentStatus.BOOKED)


def cancel_with_all(appointment: Appointment, *, status: str) -> None:
    """The locked appointment, for all who are still in it."""
    _save(appointment, status)
    appointment.participations.taking_part().update(status=status)


def conclude_for_all(appointment: Appointment, *, status: str) -> None:
    """An outcome of the locked appointment, for all of whom nothing else was said: who was absent alone stays so."""
    follow = {appointment.status, AppointmentStatus.BOOKED}
    _save(appointment, status)
    appointment.participations.taking_part().seated().filter(status__in=follow).update(status=status)


def follow_participants(appointment: Appointment, *, calendars, now: datetime) -> None:
    """Give the locked appointment the status that its participants now make; calendars of others get a new version.

    `calendars` are locked, too, unless nobody's status has become BOOKED.
    """
    before = appointment.status
    there = appointment.participations.taking_part().seated()
    _save(appointment, status_from(there.values_list("status", flat=True)))
    if before != appointment.status and appointment.is_upcoming(now):
        # Whatever changed while it had an outcome passed it by.
        review_conflicts(calendars=calendars, now=now)


def check_not_being_received(appointment: Appointment) -> None:
    """Whatever moves an appointment asks this first. Raises AppointmentNotChangeable."""
    if appointment.received_at:
        raise AppointmentNotChangeable(BEING_RECEIVED)


def forget_arrival_of_another_day(appointment: Appointment, *, previous_starts_at: datetime) -> None:
    """Of an appointment that was moved and is about to be saved, with `arrived_at`: nobody has come on the new day."""
    zone = appointment.organization.zone
    if local_day(previous_starts_at, zone) != local_day(appointment.starts_at, zone):
        appointment.arrived_at = None


def check_absence(appointment: Appointment, *, status: str) -> None:
    """Raises AppointmentNotChangeable for the absence of somebody who came without an appointment."""
    if appointment.is_walk_in and status == AppointmentStatus.NO_SHOW:
        raise AppointmentNotChangeable(WALK_IN_HAS_COME)


def _save(appointment, status):
    """With the visit as the status leaves it: who is absent or cancelled has not come."""
    appointment.status = status
    if status not in COME:
        appointment.arrived_at = appointment.received_at = appointment.received_by = None
    if status != AppointmentStatus.FULFILLED:
        appointment.finished_at = None
    appointment.ics_sequence = F("ics_sequence") + 1
    visit = ["arrived_at", "received_at", "received_by", "finished_at"]
    appointment.save(update_fields=["status", "ics_sequence", *visit])
    appointment.refresh_from_db(fields=["ics_sequence", "is_occupying"])


def busy_period(appointment: Appointment) -> Interval:
    return Interval(appointment.starts_at, appointment.ends_at + appointment.motif.pause)
