"""What there is for somebody who would like to come earlier."""

from datetime import datetime

from organizations.models import Motif
from scheduling.engine.earlier_slots import WORTH_MOVING_FOR
from scheduling.models import Appointment, Opening
from scheduling.selectors.moves import calendars_bound_to, demand_of
from scheduling.selectors.slots import Slot, next_slots


def earlier_now(appointment: Appointment, *, now: datetime) -> Slot | None:
    """The first slot before the appointment, in its place, that they can move to at once. One query."""
    demand = demand_of(appointment)
    demand.motif.organization = appointment.organization
    found = next_slots(
        [demand],
        now=now,
        within=max(appointment.starts_at - WORTH_MOVING_FOR - now, WORTH_MOVING_FOR * 0),
        calendar_ids=calendars_bound_to(appointment),
        location_ids=None if appointment.location_id is None else [appointment.location_id],
    )
    return min(found.values(), default=None)


def has_other_places(appointment: Appointment) -> bool:
    """Whether the motif is received in another public place than the appointment's. One query; none but on site."""
    if appointment.motif.location_kind != Motif.LocationKind.ON_SITE:
        return False
    places = Opening.objects.for_organization(appointment.organization).filter(
        motifs=appointment.motif_id, location__is_visible_on_portal=True, location__closed_at=None
    )
    return places.exclude(location=appointment.location_id).exists()
