"""Where an RDV that an agent places by hand would most likely be."""

from datetime import datetime

from organizations.models import Location

from ..engine.intervals import Interval
from ..engine.openings import occurrences
from ..engine.wall_clock import local_day
from ..models import Calendar, Opening


def likely_location_id(membership, calendar: Calendar, at: datetime) -> int | None:
    """That of the opening at that time, else of another one of the day, of the desk, of any opening of the calendar;
    else the only place there is. Three queries at most.
    """
    organization = membership.organization
    day = local_day(at, organization.zone)
    moment = Interval(at, at + datetime.resolution)
    openings = (
        Opening.objects.for_organization(organization)
        .filter(calendar=calendar, location__closed_at=None)
        .exclude(location=None)
        .select_related("organization__territory")
        .order_by("pk")
    )
    that_day = {}
    for opening in openings.touching(day, day):
        for occurrence in occurrences(opening.rule, day, day):
            that_day.setdefault(occurrence.interval.overlaps(moment), opening.location_id)
    if that_day:
        return that_day.get(True) or that_day[False]
    if calendar.desk_id:
        return calendar.desk.location_id
    if (last := openings.last()) is not None:
        return last.location_id
    only = Location.objects.visible_to(membership).filter(closed_at=None).values_list("pk", flat=True)[:2]
    return only[0] if len(only) == 1 else None
