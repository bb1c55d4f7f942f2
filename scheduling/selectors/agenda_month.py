"""A month of the agenda: of each day and calendar how many RDVs, for whom, and how long it is open."""

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import date, timedelta

from ..engine.intervals import merge
from ..engine.wall_clock import local_day
from ..models import Appointment, Calendar
from .agenda import Agenda, by_day

SATURDAY = 5


@dataclass(frozen=True)
class CalendarDay:
    """`busy` counts the RDVs of which the member sees no more than the hours."""

    calendar: Calendar
    appointments: list[Appointment]
    busy: int
    opened: timedelta
    is_absent: bool

    @property
    def number(self):
        return len(self.appointments) + self.busy

    @property
    def names(self) -> list[str]:
        """First names, or what a workshop is called. No query."""
        return [
            appointment.headline
            if appointment.is_collective
            else ", ".join(part.citizen.first_name for part in appointment.taking_part)
            for appointment in self.appointments
        ]


@dataclass(frozen=True)
class MonthDay:
    day: date
    is_in_month: bool
    closed: list[str] = field(default_factory=list)
    calendars: list[CalendarDay] = field(default_factory=list)


def shown_weekdays(agenda: Agenda, weekends: str, open_weekdays: Set[int]) -> list[int]:
    """Monday to Friday, and the days of the week-end: where `weekends` is « oui », unless it is « non », and else those
    that are open or have something on them.
    """
    if weekends == "oui":
        return list(range(7))
    if weekends == "non":
        return list(range(SATURDAY))
    used = {local_day(row.starts_at, agenda.zone).weekday() for row in [*agenda.appointments, *agenda.busy]}
    return [weekday for weekday in range(7) if weekday < SATURDAY or weekday in used | set(open_weekdays)]


def hidden_appointments(agenda: Agenda, weekdays: list[int]) -> int:
    """How many of them begin on a day of the week that is not shown."""
    return sum(local_day(row.starts_at, agenda.zone).weekday() not in weekdays for row in agenda.appointments)


def weeks_of(agenda: Agenda, *, month: date, weekdays: list[int]) -> list[list[MonthDay]]:
    """The weeks of `agenda`, which begins on a Monday, with their `weekdays`. No query."""
    entries, opened = by_day(agenda), _opened(agenda)
    weeks = [agenda.days[number : number + 7] for number in range(0, len(agenda.days), 7)]
    return [
        [
            MonthDay(
                day=day,
                is_in_month=day.month == month.month,
                closed=agenda.closed.get(day, []),
                calendars=[
                    _of_calendar(calendar, entries[day], opened[calendar.pk, day]) for calendar in agenda.calendars
                ],
            )
            for day in week
            if day.weekday() in weekdays
        ]
        for week in weeks
    ]


def _of_calendar(calendar, entries, opened):
    appointments = [row for row in entries if isinstance(row, Appointment) and calendar in row.calendars.all()]
    blocks = [row for row in entries if not isinstance(row, Appointment) and row.calendar == calendar]
    busy = sum(block.is_busy for block in blocks)
    return CalendarDay(calendar, appointments, busy, opened, is_absent=len(blocks) > busy)


def _opened(agenda):
    """How long each calendar is open on each local day; openings that overlap count once."""
    intervals = defaultdict(list)
    for block in agenda.openings:
        intervals[block.calendar.pk, local_day(block.starts_at, agenda.zone)].append(block.interval)
    totals = {key: sum((each.duration for each in merge(found)), timedelta()) for key, found in intervals.items()}
    return defaultdict(timedelta, totals)
