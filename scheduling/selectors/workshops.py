"""What a page shows of workshops."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from organizations.models import Motif

from ..engine.intervals import Interval
from ..engine.phrases import format_day, format_end_time, format_time
from ..models import Appointment, AppointmentCalendar, AppointmentStatus, Participation
from .slots import citizen_bounds


def coming_workshops(membership, *, now: datetime) -> QuerySet[Appointment]:
    """Those that are not over and not cancelled, the next first."""
    workshops = Appointment.objects.visible_to(membership).collective()
    return workshops.occupying().filter(ends_at__gt=now).for_list()


def other_workshops(membership, *, now: datetime) -> QuerySet[Appointment]:
    """Those that are over or cancelled, the latest first."""
    workshops = Appointment.objects.visible_to(membership).collective()
    coming = coming_workshops(membership, now=now).order_by()
    return workshops.exclude(pk__in=coming.values("pk")).for_list().order_by("-starts_at", "-pk")


def offered_workshops(motifs: Iterable[Motif], *, now: datetime) -> list[Appointment]:
    """What a citizen may register for: to come, inside the delays, with a seat that is free. In order of time.

    `motifs` are those that they may book, with their organizations and territories. Three queries.
    """
    bounds = {motif.pk: citizen_bounds(motif, now=now) for motif in motifs if motif.is_collective}
    workshops = Appointment.objects.collective().upcoming(now).filter(motif__in=bounds).for_list()
    return [
        workshop
        for workshop in workshops
        if is_within(workshop.starts_at, bounds[workshop.motif_id]) and workshop.occupancy.free
    ]


def is_open_to_citizens(workshop: Appointment, *, now: datetime) -> bool:
    """Whether they may register or queue: seats do not count. No query when its motif's territory is loaded."""
    motif = workshop.motif
    audiences = (Motif.BookingAudience.LINK, Motif.BookingAudience.EVERYONE)
    if not (workshop.is_upcoming(now) and motif.is_active and motif.booking_audience in audiences):
        return False
    return is_within(workshop.starts_at, citizen_bounds(motif, now=now))


def is_within(instant: datetime, bounds: tuple[datetime, datetime]) -> bool:
    earliest, latest = bounds
    return earliest <= instant <= latest


def overlap_warnings(
    calendar_ids: Iterable[int], periods: Iterable[Interval], *, zone, but: Appointment | None = None
) -> list[str]:
    """What already occupies these calendars at these times, one sentence for each; `but` does not count. One query."""
    calendar_ids, periods = list(calendar_ids), sorted(periods)
    if not calendar_ids or not periods:
        return []
    rows = AppointmentCalendar.objects.filter(
        calendar__in=calendar_ids,
        is_occupying=True,
        starts_at__lt=max(period.end for period in periods),
        ends_at__gt=periods[0].start,
    )
    rows = rows.exclude(appointment=but).select_related("calendar__agent", "calendar__desk").order_by("starts_at", "pk")
    return [
        _sentence(row, zone)
        for row in rows
        if any(row.starts_at < period.end and row.ends_at > period.start for period in periods)
    ]


def _sentence(row, zone):
    """Without saying with whom: the RDV may be of another service or organization."""
    start, end = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    hours = f"de {format_time(start.time())} à {format_end_time(end.time())}"
    return f"{row.calendar} a déjà un rendez-vous le {format_day(start.date())} {hours}."


@dataclass(frozen=True)
class WorkshopPeople:
    """`registered` by name, `waiting` as they queue, `gone` those who were registered or waited before."""

    registered: list[Participation]
    waiting: list[Participation]
    gone: list[Participation]

    def _count(self, status):
        return sum(participation.status == status for participation in self.registered)

    @property
    def present(self):
        return self._count(AppointmentStatus.FULFILLED)

    @property
    def absent(self):
        return self._count(AppointmentStatus.NO_SHOW)

    @property
    def expected(self):
        """Of whom nothing is said yet."""
        return self._count(AppointmentStatus.BOOKED)


def people_of(workshop: Appointment) -> WorkshopPeople:
    """Of a row of `for_list`. No query."""
    everybody = list(workshop.participations.all())
    return WorkshopPeople(
        registered=sorted((each for each in everybody if each.is_registered), key=_by_name),
        waiting=sorted((each for each in everybody if each.is_waiting), key=lambda each: (each.waiting_since, each.pk)),
        gone=sorted((each for each in everybody if not (each.is_registered or each.is_waiting)), key=_by_name),
    )


def _by_name(participation):
    citizen = participation.citizen
    return citizen.last_name.casefold(), citizen.first_name.casefold(), participation.pk
