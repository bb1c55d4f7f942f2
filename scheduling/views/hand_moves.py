"""What the grid of the agenda and the page of an RDV share when one is moved by hand."""

from datetime import datetime

from organizations.models import Desk

from ..engine.typography import NBSP, quote
from ..models import Appointment
from ..selectors.hand_moves import move_warnings
from ..selectors.placement_warnings import PlacementWarnings
from ..services.actors import Actor
from ..services.hand_moves import Consent, Destination, move_by_hand, stretch_appointment
from ..templatetags.french_times import french_day_without_year, french_end_time, french_time

NOT_YOURS = f"Ce rendez-vous est aussi sur un agenda que vous ne voyez pas{NBSP}: cherchez-lui un créneau."


def is_stretch(appointment: Appointment, to: Destination) -> bool:
    """Whether only its end is another one: nobody is told of that."""
    own = frozenset(calendar.pk for calendar in appointment.calendars.all())
    same = (to.period.start, to.calendar_ids, to.location_id, to.address)
    return same == (appointment.starts_at, own, appointment.location_id, appointment.address)


def warned_of(request, appointment, to: Destination, calendars, *, now: datetime) -> PlacementWarnings:
    found = move_warnings(
        request.membership,
        appointment,
        period=to.period,
        calendars=calendars,
        location_id=to.location_id,
        now=now,
    )
    if to.location_id == appointment.location_id or to.location_id is None:
        return found
    desks = [calendar.desk for calendar in calendars if calendar.desk_id]
    place = next(desk.location for desk in desks if desk.location_id == to.location_id)
    sentence = f"Le lieu devient {quote(place)}{NBSP}: c'est celui du guichet."
    return PlacementWarnings([*found.sentences, sentence], found.overlaps)


def place_of(appointment: Appointment, calendars) -> int | None:
    """It follows the RDV to a desk, which is somewhere; an agent comes to where the RDV is."""
    own = {calendar.pk for calendar in appointment.calendars.all()}
    desks: list[Desk] = [calendar.desk for calendar in calendars if calendar.desk_id and calendar.pk not in own]
    return desks[0].location_id if desks and appointment.location_id else appointment.location_id


def carry_out(request, appointment: Appointment, to: Destination, consent: Consent, *, now: datetime) -> Appointment:
    """Raises as the services do."""
    doing = {"appointment": appointment, "actor": Actor.of(request.user), "now": now, "consent": consent}
    if is_stretch(appointment, to):
        return stretch_appointment(ends_at=to.period.end, **doing)
    return move_by_hand(to=to, **doing)


def told(before: Appointment, to: Destination, calendars) -> str:
    """« Déplacé à 10 h 30, mardi 3 mars, avec Karim Benhaddou. »"""
    if is_stretch(before, to):
        return f"Il se termine maintenant à {french_end_time(to.period.end)}."
    sentence = f"Déplacé à {french_time(to.period.start)}"
    if french_day_without_year(to.period.start) != french_day_without_year(before.starts_at):
        sentence += f", {french_day_without_year(to.period.start)}"
    new = [calendar for calendar in calendars if calendar not in before.calendars.all()]
    if new:
        sentence += f", avec {', '.join(str(calendar) for calendar in new)}"
    return f"{sentence}."
