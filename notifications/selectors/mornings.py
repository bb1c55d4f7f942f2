"""What agents have before them this morning, in one territory each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, OuterRef, Q, Subquery

from organizations.models import Agent, Membership, Organization, Territory
from scheduling.engine.wall_clock import day_interval, local_day, to_instant
from scheduling.models import Appointment, AppointmentCalendar, AppointmentEvent, AppointmentStatus, Conflict
from scheduling.selectors.opening_days import closed_days_of

# People have seen their calendar until then, on their last open day: what changed since is marked.
EVENING = time(18)
_LOOKS_BACK = timedelta(days=7)

# Statuses, and the events that bring them: the same words.
_CANCELLED = (
    AppointmentStatus.CANCELLED_BY_CITIZEN,
    AppointmentStatus.CANCELLED_BY_AGENT,
    AppointmentStatus.UNSCHEDULED,
)


@dataclass
class Morning:
    """`appointments` of the day that are not over, by their start; `since` is the evening of the last open day."""

    agent: Agent
    territory: Territory
    day: date
    organizations: list[Organization] = field(default_factory=list)
    is_closed: bool = False
    since: datetime | None = None
    appointments: list[Appointment] = field(default_factory=list)
    cancelled: list[Appointment] = field(default_factory=list)
    awaiting: int = 0
    unsettled: int = 0

    @property
    def is_worth_a_mail(self):
        """A day on which all is closed stays quiet, but for RDVs that stand on it."""
        if self.appointments or self.cancelled:
            return True
        return not self.is_closed and bool(self.awaiting or self.unsettled)

    def take(self, appointment):
        if not appointment.is_cancelled:
            self.appointments.append(appointment)
        elif appointment.cancelled_at >= self.since:
            self.cancelled.append(appointment)

    @property
    def is_of_several(self):
        return len(self.organizations) > 1


def mornings_of(pairs: Iterable[tuple[int, int]], *, day: date, now: datetime) -> list[Morning]:
    """Of these agents in these territories, by their ids; the territories have one zone. Nine queries for all of them.

    Without those who are no longer a member of any organization of the territory.
    """
    mornings = _of_members(set(pairs), day)
    _note_closed_days(mornings.values(), day)
    _add_appointments(mornings, day, now)
    _count(mornings, day, now)
    return list(mornings.values())


def _of_members(pairs, day):
    rows = Membership.objects.active().filter(
        agent__in={agent_id for agent_id, _ in pairs},
        organization__territory__in={territory_id for _, territory_id in pairs},
    )
    mornings = {}
    for row in rows.select_related("agent", "organization__territory").order_by("organization__name", "pk"):
        key = (row.agent_id, row.organization.territory_id)
        if key in pairs:
            morning = mornings.setdefault(key, Morning(row.agent, row.organization.territory, day))
            morning.organizations.append(row.organization)
    return mornings


def _note_closed_days(mornings, day):
    organizations = {each.pk: each for morning in mornings for each in morning.organizations}.values()
    closed = closed_days_of(organizations, first_day=day - _LOOKS_BACK, last_day=day)
    for morning in mornings:
        closed_for_all = frozenset.intersection(*(closed[each.pk] for each in morning.organizations))
        morning.is_closed = day in closed_for_all
        before = (day - timedelta(days=number) for number in range(1, _LOOKS_BACK.days + 1))
        last_open = next((each for each in before if each not in closed_for_all), day - timedelta(days=1))
        morning.since = to_instant(last_open, EVENING, morning.territory.zone)


def _add_appointments(mornings, day, now):
    """Of the day by the clocks of each organization; of the cancelled ones, those that the agent may not know of."""
    if not mornings:
        return
    periods = [day_interval(day, each.zone) for morning in mornings.values() for each in morning.organizations]
    cancellations = AppointmentEvent.objects.filter(appointment=OuterRef("pk"), kind__in=_CANCELLED, participation=None)
    since = min(morning.since for morning in mornings.values())
    own = AppointmentCalendar.objects.filter(calendar__agent__in={agent_id for agent_id, _ in mornings})
    appointments = Appointment.objects.annotate(cancelled_at=Subquery(cancellations.order_by("-at").values("at")[:1]))
    appointments = appointments.filter(
        Q(status=AppointmentStatus.BOOKED) | Q(status__in=_CANCELLED, cancelled_at__gte=since),
        pk__in=own.values("appointment"),
        organization__territory__in={territory_id for _, territory_id in mornings},
        starts_at__gte=min(period.start for period in periods),
        starts_at__lt=max(period.end for period in periods),
        ends_at__gt=now,
    )
    for appointment in appointments.for_list():
        organization = appointment.organization
        if local_day(appointment.starts_at, organization.zone) != day:
            continue
        for calendar in appointment.calendars.all():
            if morning := mornings.get((calendar.agent_id, organization.territory_id)):
                morning.take(appointment)


def _count(mornings, day, now):
    """What waits for an outcome from the days before, and what is to be settled before its day comes."""
    agents = {agent_id for agent_id, _ in mornings}
    rows = AppointmentCalendar.objects.filter(
        calendar__agent__in=agents,
        appointment__in=Appointment.objects.awaiting_somebodys_outcome(now).order_by().values("pk"),
    )
    if mornings:
        zone = next(iter(mornings.values())).territory.zone
        rows = rows.filter(starts_at__lt=day_interval(day, zone).start)
    for key, number in _by_agent(rows, "calendar__agent").items():
        if key in mornings:
            mornings[key].awaiting = number
    conflicts = Conflict.objects.open(now).filter(appointment_calendar__calendar__agent__in=agents)
    for key, number in _by_agent(conflicts, "appointment_calendar__calendar__agent").items():
        if key in mornings:
            mornings[key].unsettled = number


def _by_agent(rows, agent):
    counts = defaultdict(int)
    for agent_id, territory_id, number in (
        rows.order_by().values_list(agent, "organization__territory").annotate(number=Count("pk"))
    ):
        counts[agent_id, territory_id] = number
    return counts
