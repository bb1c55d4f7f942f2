"""The waiting room of a place: who is expected today, who waits and since when, who is being received, who is done."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count

from organizations.models import Location

from ..engine.wall_clock import day_interval, local_day
from ..models import Appointment, AppointmentStatus, VisitStage

# The page renews itself every few seconds: it shows those that somebody may press on soon, and counts the others.
MOST_EXPECTED = 40
MOST_DONE = 12


@dataclass
class WaitingRoom:
    """`expected` and `done` are cut; `expected_count` and `done_count` are not."""

    day: date
    location: Location | None
    waiting: list[Appointment] = field(default_factory=list)
    received: list[Appointment] = field(default_factory=list)
    expected: list[Appointment] = field(default_factory=list)
    done: list[Appointment] = field(default_factory=list)
    expected_count: int = 0
    done_count: int = 0
    late_count: int = 0

    @property
    def is_empty(self):
        return not (self.waiting or self.received or self.expected or self.done)

    @property
    def more_expected(self):
        return self.expected_count - len(self.expected)

    @property
    def more_done(self):
        return self.done_count - len(self.done)


def places_of(membership) -> list[Location]:
    """Where people may wait, by name. One query."""
    return list(Location.objects.visible_to(membership).filter(closed_at=None).order_by("name", "pk"))


def usual_place(membership, places: list[Location], *, now: datetime) -> Location | None:
    """Of `places`, the one where the member sees the most RDVs today; else the first. One query at most."""
    if len(places) < 2:
        return places[0] if places else None
    counted = _of_today(membership, now).filter(location__in=places).order_by().values("location")
    counted = counted.annotate(number=Count("pk")).order_by("-number", "location__name", "location")
    busiest = counted.values_list("location", flat=True).first()
    return next((place for place in places if place.pk == busiest), places[0])


def waiting_room_of(membership, location: Location | None, *, now: datetime) -> WaitingRoom:
    """Of the RDVs that the member may see. Three queries, whatever the number of rows."""
    room = WaitingRoom(local_day(now, membership.organization.zone), location)
    if location is None:
        return room
    rows = list(_of_today(membership, now).filter(location=location).for_list())
    of_stage = {stage: [row for row in rows if row.stage == stage] for stage in VisitStage.values}
    room.waiting = sorted(of_stage[VisitStage.ARRIVED], key=lambda row: (row.arrived_at, row.pk))
    room.received = sorted(of_stage[VisitStage.IN_PROGRESS], key=lambda row: (row.received_at, row.pk))
    expected = [row for row in rows if row.status == AppointmentStatus.BOOKED and not row.stage]
    done = [row for row in rows if row.status != AppointmentStatus.BOOKED]
    done.sort(key=lambda row: (row.finished_at or row.starts_at, row.pk), reverse=True)
    room.expected, room.expected_count = expected[:MOST_EXPECTED], len(expected)
    room.done, room.done_count = done[:MOST_DONE], len(done)
    room.late_count = sum(row.is_late(now) for row in expected)
    return room


def _of_today(membership, now):
    day = day_interval(local_day(now, membership.organization.zone), membership.organization.zone)
    return (
        Appointment.objects.visible_to(membership).occupying().filter(starts_at__gte=day.start, starts_at__lt=day.end)
    )
