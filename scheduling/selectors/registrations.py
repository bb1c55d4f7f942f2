"""The workshops that citizens may register for by themselves, and how full they are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from organizations.models import Motif

from ..models import Appointment, AppointmentCalendar, AppointmentStatus
from ..models.participations import Occupancy
from .slots import citizen_bounds


@dataclass(frozen=True)
class OpenWorkshop:
    """A workshop that is open to citizens; its `workshop` comes with its motif, organization and location."""

    workshop: Appointment
    occupancy: Occupancy

    @property
    def free(self) -> int:
        """Seats for who comes now: a seat that has just been left is for the first of those who wait."""
        return 0 if self.occupancy.waiting else max(self.occupancy.free, 0)

    @property
    def next_rank(self) -> int:
        """In the queue, of who joins it now."""
        return self.occupancy.waiting + 1


def open_workshops(
    motifs: Iterable[Motif], *, now: datetime, calendar_ids: Collection[int] | None = None
) -> list[OpenWorkshop]:
    """What citizens may register or queue for, in order of time: to come, inside the delays, and in no place that is
    closed or that the portal hides.

    `motifs` are those that they may book, with their organizations and territories; one-to-one ones have none.
    `calendar_ids` are those of whom one is to hold it, None for anybody.
    One query, none without a collective motif.
    """
    by_id = {motif.pk: motif for motif in motifs if motif.is_collective}
    if not by_id:
        return []
    bounds = {pk: citizen_bounds(motif, now=now) for pk, motif in by_id.items()}
    is_shown = Q(location=None) | Q(location__is_visible_on_portal=True, location__closed_at=None)
    workshops = (
        Appointment.objects.collective()
        .upcoming(now)
        .filter(is_shown, motif__in=by_id)
        .select_related("location")
        .annotate(
            registered=Count("participations", filter=Q(participations__seat__isnull=False)),
            waiting=Count(
                "participations",
                filter=Q(participations__status=AppointmentStatus.BOOKED, participations__waiting_since__isnull=False),
            ),
        )
        .order_by("starts_at", "pk")
    )
    if calendar_ids is not None:
        held = AppointmentCalendar.objects.filter(calendar__in=calendar_ids)
        workshops = workshops.filter(pk__in=held.order_by().values("appointment"))
    found = []
    for workshop in workshops:
        if _is_within(workshop.starts_at, bounds[workshop.motif_id]):
            workshop.motif = by_id[workshop.motif_id]
            workshop.organization = workshop.motif.organization
            found.append(OpenWorkshop(workshop, Occupancy(workshop.seats, workshop.registered, workshop.waiting)))
    return found


_Audience = Motif.BookingAudience


def is_open_to_citizens(workshop: Appointment, *, now: datetime) -> bool:
    """Whether they may register or queue: seats do not count. No query when its motif's territory and its location
    are loaded.
    """
    return _is_open_to((_Audience.LINK, _Audience.EVERYONE), workshop, now=now)


def is_open_to_prescribers(workshop: Appointment, *, now: datetime) -> bool:
    """Likewise, for somebody else. Whether their type of partners may book its motif is for the caller to say."""
    return _is_open_to((_Audience.PRESCRIBERS, _Audience.LINK, _Audience.EVERYONE), workshop, now=now)


def _is_open_to(audiences, workshop, *, now):
    motif, location = workshop.motif, workshop.location
    if not (workshop.is_upcoming(now) and motif.is_active and motif.booking_audience in audiences):
        return False
    if location is not None and not (location.is_open and location.is_visible_on_portal):
        return False
    return not motif.is_follow_up and _is_within(workshop.starts_at, citizen_bounds(motif, now=now))


def _is_within(instant: datetime, bounds: tuple[datetime, datetime]) -> bool:
    earliest, latest = bounds
    return earliest <= instant <= latest
