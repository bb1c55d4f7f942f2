"""Where somebody without an appointment may queue, and for what."""

from collections.abc import Iterable
from dataclasses import dataclass

from organizations.models import Location, Motif

from ..models import Calendar, Opening
from .motif_groups import motifs_by_unit


@dataclass(frozen=True)
class Counter:
    """A calendar that receives people, at a place: a desk at its own, an agent at any of the organization."""

    calendar: Calendar
    location: Location

    @property
    def key(self):
        return f"{self.calendar.pk}-{self.location.pk}"

    @property
    def name(self):
        return f"{self.calendar} – {self.location}"


def counters_of(membership) -> list[Counter]:
    """The desks that the member may see, then their own calendar at every open place. Two queries."""
    calendars = list(Calendar.objects.visible_to(membership).in_use().for_display())
    places = Location.objects.visible_to(membership).filter(closed_at=None).order_by("name", "pk")
    own = [calendar for calendar in calendars if calendar.agent_id == membership.agent_id]
    desks = [calendar for calendar in calendars if calendar.desk_id and calendar.desk.location.is_open]
    return [
        *(Counter(calendar, calendar.desk.location) for calendar in desks),
        *(Counter(calendar, place) for calendar in own for place in places),
    ]


def usual_counter(counters: Iterable[Counter], *, key="", calendar_id=None, location_id=None, day) -> Counter | None:
    """The one that is asked for by its key; else the first on that calendar and at that place, as far as there are.

    Of one's own calendar at several places, the one where it opens that day. One query at most.
    """
    counters = list(counters)
    for counter in counters:
        if counter.key == key:
            return counter
    on_calendar = [counter for counter in counters if counter.calendar.pk == calendar_id] or counters
    there = [counter for counter in on_calendar if counter.location.pk == location_id] or on_calendar
    if len(there) > 1 and there[0].calendar.agent_id:
        opened = Opening.objects.filter(calendar=there[0].calendar).touching(day, day).order_by("start_time", "pk")
        places = list(opened.values_list("location", flat=True))
        there.sort(key=lambda counter: (counter.location.pk not in places, counter.location.name))
    return there[0] if there else None


def motif_groups_at(membership, counter: Counter) -> list:
    """As `motifs_by_unit`: what is done on site; at a desk, what it serves. Four queries at most.

    A follow-up is of an agent, never of a desk.
    """
    motifs = Motif.objects.visible_to(membership).active()
    motifs = motifs.filter(is_collective=False, location_kind=Motif.LocationKind.ON_SITE)
    if desk := counter.calendar.desk:
        motifs = motifs.filter(is_follow_up=False)
        served = list(desk.motifs.order_by().values_list("pk", flat=True))
        motifs = motifs.filter(pk__in=served) if served else motifs
    return motifs_by_unit(motifs.select_related("organization__territory"))
