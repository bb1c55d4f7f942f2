"""The RDVs that still have to be settled, as far as a member sees them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from ..models import Appointment, AppointmentCalendar, Calendar, Conflict


@dataclass(frozen=True)
class Unsettled:
    """An RDV of `for_list()` with what stands against it on each of its calendars."""

    appointment: Appointment
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        """In words; with the calendar where the RDV has several. No query."""
        is_shared = len(self.appointment.calendars.all()) > 1
        return [
            f"{label} ({conflict.appointment_calendar.calendar})" if is_shared else label
            for conflict in self.conflicts
            for label in conflict.reason_labels
        ]


def unsettled_appointments(
    membership, *, now: datetime, calendars: Iterable[int] | None = None, reason: str = ""
) -> QuerySet[Appointment]:
    """Those the member sees, by time, ready for a list; on some calendars, or with one reason among others."""
    conflicts = Conflict.objects.for_organization(membership.organization).open(now)
    if calendars is not None:
        conflicts = conflicts.filter(appointment_calendar__calendar__in=calendars)
    if reason:
        conflicts = conflicts.filter(reasons__contains=[reason])
    of_appointments = conflicts.values("appointment_calendar__appointment")
    return Appointment.objects.visible_to(membership).filter(pk__in=of_appointments).for_list()


def with_their_conflicts(appointments: Iterable[Appointment], *, now: datetime) -> list[Unsettled]:
    """In the same order; what has no open conflict is left out. One query."""
    conflicts = _open_conflicts(appointments, now)
    return [Unsettled(row, conflicts[row.pk]) for row in appointments if row.pk in conflicts]


def mark_unsettled(appointments: Iterable[Appointment], *, now: datetime) -> None:
    """Sets `unsettled` on each: its reasons in words, none when all is well. One query."""
    conflicts = _open_conflicts(appointments, now)
    for appointment in appointments:
        appointment.unsettled = Unsettled(appointment, conflicts.get(appointment.pk, [])).reasons


def _open_conflicts(appointments, now):
    found = defaultdict(list)
    rows = Conflict.objects.open(now).filter(appointment_calendar__appointment__in=[row.pk for row in appointments])
    for conflict in rows.select_related(
        "appointment_calendar__calendar__agent", "appointment_calendar__calendar__desk"
    ).order_by("pk"):
        found[conflict.appointment_calendar.appointment_id].append(conflict)
    return found


def conflicts_of(appointment: Appointment, *, now: datetime) -> tuple[list[Conflict], list[Conflict]]:
    """Those that somebody has to settle, and those that somebody kept; none of an RDV that is no longer to come.

    One query.
    """
    if not appointment.is_upcoming(now):
        return [], []
    conflicts = list(
        Conflict.objects.filter(appointment_calendar__appointment=appointment)
        .select_related("kept_by", "appointment_calendar__calendar__agent", "appointment_calendar__calendar__desk")
        .order_by("pk")
    )
    return [row for row in conflicts if not row.kept_at], [row for row in conflicts if row.kept_at]


def calendars_to_settle(membership, *, now: datetime) -> QuerySet[Calendar]:
    """The calendars the member sees on which an RDV they see is open, archived desks too; each with its `unsettled`."""
    visible = Appointment.objects.visible_to(membership)
    rows = Conflict.objects.for_organization(membership.organization).open(now)
    rows = rows.filter(appointment_calendar__appointment__in=visible.values("pk"))
    counts = (
        rows.filter(appointment_calendar__calendar=OuterRef("pk"))
        .order_by()
        .values("appointment_calendar__calendar")
        .annotate(number=Count("pk"))
        .values("number")
    )
    calendars = Calendar.objects.visible_to(membership).annotate(unsettled=counts[:1])
    return calendars.filter(unsettled__gt=0).for_display()


def first_to_settle(membership, *, now: datetime, most: int) -> tuple[list[Unsettled], int]:
    """Those of the member's own calendar first, then by time; and how many there are in all. Five queries at most."""
    rows = unsettled_appointments(membership, now=now)
    number = rows.count()
    if not number:
        return [], 0
    own = AppointmentCalendar.objects.filter(appointment=OuterRef("pk"), calendar__agent=membership.agent)
    first = rows.annotate(is_own=Exists(own)).order_by("-is_own", "starts_at", "pk")[:most]
    return with_their_conflicts(list(first), now=now), number


@dataclass(frozen=True)
class Found:
    """How many RDVs a change has left without their time: those the member can settle, and those they cannot see."""

    here: int = 0
    elsewhere: int = 0


def found_since(membership, *, since: datetime, calendars: Iterable[Calendar] | None = None) -> Found:
    """What a change at `since` found, on some calendars or on all of the organization's. Two queries at most."""
    found = Conflict.objects.open(since).filter(found_at__gte=since)
    if calendars is None:
        found = found.for_organization(membership.organization)
    else:
        found = found.filter(appointment_calendar__calendar__in=list(calendars))
    everywhere = _appointments_of(found).count()
    here = _appointments_of(found.visible_to(membership)).count() if everywhere else 0
    return Found(here, everywhere - here)


def _appointments_of(conflicts):
    return conflicts.order_by().values("appointment_calendar__appointment").distinct()


def found_by_organization(organizations, *, since: datetime) -> dict[int, int]:
    """How many RDVs of each a change at `since` left without their time. One query."""
    found = Conflict.objects.open(since).filter(found_at__gte=since, organization__in=organizations)
    appointments = Count("appointment_calendar__appointment", distinct=True)
    return dict(found.order_by().values_list("organization").annotate(number=appointments))


def is_being_computed(*, since: datetime) -> bool:
    """Whether calendars wait for the batch that a change at `since` started: its conflicts come with it. One query."""
    return Calendar.objects.filter(windows_stale_since=since).exists()
