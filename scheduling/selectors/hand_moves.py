"""What is to be known before an RDV is moved or stretched by hand, and whether it may be at all."""

from collections.abc import Sequence
from datetime import datetime

from ..engine.intervals import Interval
from ..engine.typography import enumerate_words, quote
from ..models import Appointment, AppointmentCalendar, Calendar
from .moves import calendars_bound_to
from .placement_warnings import Placement, PlacementWarnings, placement_warnings, stretch_warnings
from .served_motifs import served_by


def move_warnings(
    membership,
    appointment: Appointment,
    *,
    period: Interval,
    calendars: Sequence[Calendar],
    location_id: int | None,
    now: datetime,
) -> PlacementWarnings:
    """Of a `for_list()` RDV, at `period` on those calendars and at that place. Of one that only becomes longer or
    shorter, what the time added brings.
    """
    stays = {calendar.pk for calendar in calendars} == {calendar.pk for calendar in appointment.calendars.all()}
    if stays and period.start == appointment.starts_at and location_id == appointment.location_id:
        return stretch_warnings(membership, appointment, ends_at=period.end, calendars=calendars, now=now)
    placement = Placement(
        motif=appointment.motif,
        period=period,
        calendars=calendars,
        location_id=location_id,
        citizens=[part.citizen for part in appointment.taking_part],
        appointment=appointment,
    )
    return placement_warnings(membership, placement, now=now)


def why_not_there(appointment: Appointment, calendars: Sequence[Calendar]) -> str:
    """Why it cannot stand on those calendars, whatever is confirmed; nothing where it can. Six queries at most, none
    where it stays on its own.
    """
    own = {calendar.pk for calendar in appointment.calendars.all()}
    new = [calendar for calendar in calendars if calendar.pk not in own]
    if not new:
        return ""
    motif, organization = appointment.motif, appointment.organization
    if refusing := served_by(new, organization).refusing(new, motif):
        names = enumerate_words([quote(calendar) for calendar in refusing])
        return f"{names} {'a' if len(refusing) == 1 else 'ont'} d'autres motifs que {quote(motif)}."
    bound = calendars_bound_to(appointment)
    if motif.is_follow_up and bound is not None and any(calendar.pk not in bound for calendar in new):
        return "Ce motif de suivi se prend avec un agent référent de l'usager."
    return ""


def overlapping_now(appointment: Appointment) -> list[int]:
    """The RDVs that overlap it where it stands: taking a move back must not ask about them again. One query."""
    rows = AppointmentCalendar.objects.filter(
        calendar__in=[calendar.pk for calendar in appointment.calendars.all()],
        is_occupying=True,
        starts_at__lt=appointment.ends_at,
        ends_at__gt=appointment.starts_at,
    )
    return sorted(set(rows.exclude(appointment=appointment).order_by().values_list("appointment", flat=True)))
