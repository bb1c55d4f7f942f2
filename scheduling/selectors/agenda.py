"""What stands on calendars over some local days, as far as a member may see it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ..engine.intervals import Interval
from ..engine.openings import busy_intervals, occurrences
from ..engine.wall_clock import MIDNIGHT, local_day, to_instant
from ..models import Appointment, AppointmentCalendar, Calendar, Opening, Unavailability
from ..permissions import can_manage_calendar
from .opening_days import closed_day_reasons_of

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Block:
    """Time of one calendar without a name on it: an opening, an unavailability, or « Occupé ».

    `row` is the unavailability, where the member may change it, and `day` that of its occurrence.
    """

    calendar: Calendar
    interval: Interval
    title: str = ""
    row: Unavailability | None = None
    day: date | None = None
    is_busy: bool = False

    @property
    def starts_at(self):
        return self.interval.start

    @property
    def ends_at(self):
        return self.interval.end


@dataclass
class Agenda:
    """`days` are local, in order; `closed` says why a day is. `appointments` may stand on several calendars."""

    zone: ZoneInfo
    days: list[date]
    calendars: list[Calendar]
    appointments: list[Appointment] = field(default_factory=list)
    busy: list[Block] = field(default_factory=list)
    openings: list[Block] = field(default_factory=list)
    unavailabilities: list[Block] = field(default_factory=list)
    closed: dict[date, list[str]] = field(default_factory=dict)

    def calendars_of(self, appointment) -> list[Calendar]:
        """Those of the agenda that the appointment occupies. No query."""
        occupied = {calendar.pk for calendar in appointment.calendars.all()}
        return [calendar for calendar in self.calendars if calendar.pk in occupied]


def days_between(first_day: date, last_day: date) -> list[date]:
    return [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]


def agenda_of(membership, calendars, *, first_day: date, last_day: date, with_cancelled=False) -> Agenda:
    """The agenda of `calendars`, which the member may see, on the local days [first_day, last_day], both included.

    An appointment that the member may not see (of another organization, or of another service unit) comes out in
    `busy`, without anything but its hours; an unavailability of another organization comes without its title.
    Eight queries, whatever the number of rows and calendars.
    """
    organization = membership.organization
    zone = organization.zone
    agenda = Agenda(zone, days_between(first_day, last_day), list(calendars))
    within = Interval(to_instant(first_day, MIDNIGHT, zone), to_instant(last_day + ONE_DAY, MIDNIGHT, zone))
    visible = Appointment.objects.visible_to(membership)
    shown = visible.on_calendars(agenda.calendars).between(within.start, within.end).for_list()
    agenda.appointments = list(shown if with_cancelled else shown.occupying())
    agenda.closed = closed_day_reasons_of([organization], first_day=first_day, last_day=last_day)[organization.pk]
    of = {calendar.pk: calendar for calendar in agenda.calendars}
    agenda.busy = _hidden(of, visible, within)
    agenda.openings = list(_openings(of, membership, agenda))
    agenda.unavailabilities = list(_unavailabilities(of, membership, within))
    return agenda


def by_day(agenda: Agenda) -> dict[date, list[Appointment | Block]]:
    """Appointments, busy times and unavailabilities of each local day, by start; a day nobody touches is empty."""
    entries = defaultdict(list)
    for entry in [*agenda.appointments, *agenda.busy, *agenda.unavailabilities]:
        for day in days_between(
            max(local_day(entry.starts_at, agenda.zone), agenda.days[0]),
            min(local_day(entry.ends_at - timedelta.resolution, agenda.zone), agenda.days[-1]),
        ):
            entries[day].append(entry)
    return {day: sorted(entries[day], key=lambda entry: (entry.starts_at, entry.ends_at)) for day in agenda.days}


def _hidden(calendars, visible, within):
    rows = (
        AppointmentCalendar.objects.filter(
            calendar__in=calendars, is_occupying=True, starts_at__lt=within.end, ends_at__gt=within.start
        )
        .exclude(appointment__in=visible.values("pk"))
        .order_by("starts_at", "pk")
        .values_list("calendar", "starts_at", "ends_at")
    )
    return [
        Block(calendars[calendar_id], Interval(start, end), "Occupé", is_busy=True) for calendar_id, start, end in rows
    ]


def _openings(calendars, membership, agenda):
    first_day, last_day = agenda.days[0], agenda.days[-1]
    openings = (
        Opening.objects.for_organization(membership.organization)
        .filter(calendar__in=calendars)
        .touching(first_day, last_day)
        .select_related("organization__territory")
        .order_by("pk")
    )
    for opening in openings:
        for occurrence in occurrences(opening.rule, first_day, last_day, frozenset(agenda.closed)):
            yield Block(calendars[opening.calendar_id], occurrence.interval, opening.title)


def _unavailabilities(calendars, membership, within):
    unavailabilities = (
        Unavailability.objects.filter(calendar__in=calendars)
        .touching(within.start.date() - ONE_DAY, within.end.date() + ONE_DAY)
        .select_related("organization__territory")
        .order_by("pk")
    )
    for unavailability in unavailabilities:
        calendar, zone = calendars[unavailability.calendar_id], unavailability.organization.zone
        is_ours = unavailability.organization_id == membership.organization_id
        title = unavailability.title if is_ours else ""
        row = unavailability if is_ours and can_manage_calendar(membership, calendar) else None
        for interval in busy_intervals(unavailability.rule, within):
            yield Block(calendar, interval, title or "Indisponible", row, local_day(interval.start, zone))
