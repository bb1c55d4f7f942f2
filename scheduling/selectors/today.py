"""What an agent has to do today on one calendar, and what is to settle before its day comes."""

from dataclasses import dataclass, field
from datetime import date, datetime

from ..engine.wall_clock import day_interval, local_day
from ..models import Appointment, Calendar, VisitStage
from .agenda import Block, agenda_of, by_day
from .appointment_messages import failed_messages
from .open_conflicts import Unsettled, first_to_settle

# Panels beside the day show so many rows, and say how many more there are. Conflicts have a screen of their own.
SHOWN = 8
CONFLICTS_SHOWN = 3


@dataclass(frozen=True)
class Entry:
    """One line of the day: an appointment, or a block of time without a name."""

    item: Appointment | Block
    now: datetime
    day_starts_at: datetime

    @property
    def appointment(self):
        return self.item if isinstance(self.item, Appointment) else None

    @property
    def phase(self):
        """By the clock, but for who is being received, or has been."""
        stage = self.appointment and self.appointment.stage
        if stage in (VisitStage.IN_PROGRESS, VisitStage.DONE):
            return "current" if stage == VisitStage.IN_PROGRESS else "past"
        if self.item.ends_at <= self.now:
            return "past"
        return "current" if self.item.starts_at <= self.now else "next"

    @property
    def is_of_the_day(self):
        """What began the day before is not for its waiting room any more."""
        return self.item.starts_at >= self.day_starts_at

    @property
    def is_late(self):
        return self.phase == "current" and self.appointment.is_late(self.now)

    @property
    def is_overdue(self):
        """It should be over, nobody has come as far as anybody said, and what came of it is not known either."""
        if self.phase != "past" or not self.appointment:
            return False
        return self.appointment.is_awaiting_outcome(self.now) and not self.appointment.stage


@dataclass
class Today:
    day: date
    calendar: Calendar | None
    entries: list[Entry] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    has_openings: bool = False
    awaiting: list[Appointment] = field(default_factory=list)
    awaiting_count: int = 0
    unsettled: list[Unsettled] = field(default_factory=list)
    unsettled_count: int = 0
    failed: list = field(default_factory=list)
    failed_count: int = 0

    @property
    def appointments(self):
        return [entry.appointment for entry in self.entries if entry.appointment]

    @property
    def expected(self):
        """Appointments of the day that are not cancelled."""
        return [appointment for appointment in self.appointments if not appointment.is_cancelled]

    @property
    def waiting(self):
        """Who is here and not received yet, the longest first."""
        return sorted(self._at(VisitStage.ARRIVED), key=lambda appointment: appointment.arrived_at)

    @property
    def received(self):
        return self._at(VisitStage.IN_PROGRESS)

    @property
    def late(self):
        return [entry.appointment for entry in self.entries if entry.appointment and entry.is_late]

    def _at(self, stage):
        return [appointment for appointment in self.appointments if appointment.stage == stage]

    @property
    def next_entry(self):
        """The next appointment to come."""
        coming = (entry for entry in self.entries if entry.phase == "next" and entry.appointment)
        expected = (entry for entry in coming if not entry.appointment.is_cancelled and not entry.appointment.stage)
        return next(expected, None)


def today_of(membership, calendar: Calendar | None, *, now: datetime, just_recorded: int | None = None) -> Today:
    """The day of `calendar`, which the member may see, and what waits for an outcome from the days before: of an RDV of
    several or a workshop, for two months, also that of somebody of whom nothing was said although another one came.

    `just_recorded` is an appointment of a day before that stays in its place, so that the choice can be taken back.
    Fifteen queries, and four more when there is something to settle.
    """
    zone = membership.organization.zone
    day = local_day(now, zone)
    today = Today(day, calendar)
    today.unsettled, today.unsettled_count = first_to_settle(membership, now=now, most=CONFLICTS_SHOWN)
    visible = Appointment.objects.visible_to(membership)
    messages = failed_messages(visible.filter(starts_at__gte=day_interval(day, zone).start))
    today.failed, today.failed_count = list(messages[:SHOWN]), messages.count()
    if calendar is None:
        return today
    agenda = agenda_of(membership, [calendar], first_day=day, last_day=day, with_cancelled=True)
    midnight = day_interval(day, zone).start
    today.entries = [Entry(item, now, midnight) for item in by_day(agenda)[day]]
    today.closed = agenda.closed.get(day, [])
    today.has_openings = bool(agenda.openings)
    before = visible.on_calendars([calendar]).filter(starts_at__lt=day_interval(day, zone).start)
    awaiting = before.awaiting_somebodys_outcome(now)
    today.awaiting_count = awaiting.count()
    shown = awaiting | before.filter(pk=just_recorded) if just_recorded else awaiting
    today.awaiting = list(shown.for_list().reverse()[:SHOWN])
    return today
