"""The day of some calendars as it goes on paper: a sheet each."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from organizations.models import Location

from ..engine.wall_clock import day_interval
from ..models import Appointment, AppointmentCalendar, Calendar
from .agenda import Block, agenda_of

# What a printer can be asked for at once.
MOST_SHEETS = 60


@dataclass(frozen=True)
class Line:
    """An RDV, or a time without a name on which the calendar is taken."""

    item: Appointment | Block

    @property
    def appointment(self):
        return self.item if isinstance(self.item, Appointment) else None


@dataclass
class Sheet:
    calendar: Calendar
    lines: list[Line] = field(default_factory=list)
    hours: list[Block] = field(default_factory=list)

    @property
    def appointments(self):
        return [line.appointment for line in self.lines if line.appointment]


@dataclass
class DaySheets:
    """`is_cut` says that there were more calendars than MOST_SHEETS."""

    day: date
    location: Location | None
    sheets: list[Sheet]
    closed: list[str]
    is_cut: bool = False


def calendars_at(membership, location: Location, *, day: date) -> list[Calendar]:
    """The desks of a place, and whoever has an RDV there that day, as far as the member sees them. One query."""
    interval = day_interval(day, membership.organization.zone)
    there = Appointment.objects.visible_to(membership).occupying().filter(location=location)
    there = there.between(interval.start, interval.end)
    occupied = AppointmentCalendar.objects.filter(appointment__in=there.values("pk"))
    desks = Q(desk__location=location, desk__archived_at=None)
    calendars = Calendar.objects.visible_to(membership)
    return list(calendars.filter(desks | Q(pk__in=occupied.values("calendar"))).for_display()[: MOST_SHEETS + 1])


def day_sheets(membership, calendars, *, day: date, location: Location | None = None) -> DaySheets:
    """A sheet for each of `calendars`, which the member may see; with `location`, only what is there. Eight queries."""
    shown = agenda_of(membership, calendars[:MOST_SHEETS], first_day=day, last_day=day)
    sheets = {calendar.pk: Sheet(calendar) for calendar in shown.calendars}
    for appointment in shown.appointments:
        if location is None or appointment.location_id == location.pk:
            for calendar in shown.calendars_of(appointment):
                sheets[calendar.pk].lines.append(Line(appointment))
    for block in [*shown.busy, *shown.unavailabilities]:
        sheets[block.calendar.pk].lines.append(Line(block))
    for opening in shown.openings:
        sheets[opening.calendar.pk].hours.append(opening)
    for sheet in sheets.values():
        sheet.lines.sort(key=lambda line: (line.item.starts_at, line.item.ends_at))
        sheet.hours.sort(key=lambda block: block.starts_at)
    return DaySheets(
        day, location, list(sheets.values()), shown.closed.get(day, []), is_cut=len(calendars) > MOST_SHEETS
    )
