"""The workshops to come of an organization's motifs, and what keeps citizens from them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from organizations.models import Location, Motif
from scheduling.models import Appointment
from scheduling.selectors.registrations import OpenWorkshop, open_workshops
from scheduling.selectors.slots import citizen_bounds


@dataclass
class PlannedWorkshops:
    """`number` counts all of one motif that are to come. Of those that are not `open`: the `places` that the portal
    does not show, and when the first one begins that is further ahead than the maximum delay.
    """

    number: int = 0
    open: list[OpenWorkshop] = field(default_factory=list)
    places: list[Location] = field(default_factory=list)
    later: datetime | None = None

    @property
    def next_start(self) -> datetime | None:
        """Of the first one with a seat."""
        return next((each.workshop.starts_at for each in self.open if each.free), None)


def planned_workshops(motifs: Iterable[Motif], *, now: datetime) -> dict[int, PlannedWorkshops]:
    """By motif. `motifs` come with their organization and its territory. Two queries, none without a collective one."""
    by_id = {motif.pk: motif for motif in motifs if motif.is_collective}
    planned = defaultdict(PlannedWorkshops)
    for each in open_workshops(by_id.values(), now=now):
        planned[each.workshop.motif_id].open.append(each)
    if not by_id:
        return planned
    workshops = Appointment.objects.collective().upcoming(now).filter(motif__in=by_id).select_related("location")
    for workshop in workshops.order_by("starts_at", "pk"):
        of_motif, place = planned[workshop.motif_id], workshop.location
        of_motif.number += 1
        if place is not None and not (place.is_open and place.is_visible_on_portal):
            if place not in of_motif.places:
                of_motif.places.append(place)
        elif workshop.starts_at > citizen_bounds(by_id[workshop.motif_id], now=now)[1]:
            of_motif.later = of_motif.later or workshop.starts_at
    return planned
