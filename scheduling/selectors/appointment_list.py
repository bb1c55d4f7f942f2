"""The list of RDVs: what is asked for, in which order, how many of each status, and a page of it."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.paginator import Page, Paginator
from django.db.models import BigIntegerField, Case, Count, F, Func, IntegerField, Min, Q, QuerySet, Value, When
from django.utils.functional import cached_property

from organizations.models import Citizen, Motif, Team

from ..engine.wall_clock import MIDNIGHT, to_instant
from ..models import Appointment, AppointmentCalendar, AppointmentStatus, Calendar, Participation

PER_PAGE = 50

UPCOMING, AWAITING = "upcoming", "awaiting_outcome"

# As people know them, in the order of the list; `booked` is one of the first two, by the clock.
STATES = {
    UPCOMING: "À venir",
    AWAITING: "À renseigner",
    AppointmentStatus.FULFILLED.value: "Honoré",
    AppointmentStatus.NO_SHOW.value: "Absence non excusée",
    AppointmentStatus.CANCELLED_BY_CITIZEN.value: "Annulé par l'usager",
    AppointmentStatus.CANCELLED_BY_AGENT.value: "Annulé par un agent",
    AppointmentStatus.UNSCHEDULED.value: "Déprogrammé",
}

BY_DATE, BY_MOTIF, BY_AGENT, BY_STATUS = "date", "motif", "agent", "statut"
ORDERS = (BY_DATE, BY_MOTIF, BY_AGENT, BY_STATUS)


def usual_order(first_day: date | None) -> str:
    """From a day on, as the days go; without a beginning, the latest first."""
    return BY_DATE if first_day else f"-{BY_DATE}"


@dataclass(frozen=True)
class AppointmentFilter:
    """What the list and its export are asked for. Ids are not checked: they only narrow what a member may see.

    `first_day` and `last_day` are local days of the RDV's start, both included. `order` is one of ORDERS, the other
    way round with a minus before it.
    """

    calendars: tuple[int, ...] = ()
    team: int | None = None
    motif: int | None = None
    unit: int | None = None
    location: int | None = None
    statuses: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    citizen: int | None = None
    words: str = ""
    order: str = BY_DATE

    def as_json(self) -> dict:
        """Without what is not asked for; days as text."""
        values = {name: value for name, value in asdict(self).items() if value not in (None, "", ())}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}

    @classmethod
    def from_json(cls, values: dict) -> "AppointmentFilter":
        read = dict(values)
        for name in ("first_day", "last_day"):
            if name in read:
                read[name] = date.fromisoformat(read[name])
        for name in ("calendars", "statuses"):
            read[name] = tuple(read.get(name, ()))
        return cls(**read)

    @property
    def has_usual_order(self) -> bool:
        return self.order == usual_order(self.first_day)

    @property
    def is_reversed(self) -> bool:
        return self.order.startswith("-")

    @property
    def column(self) -> str:
        return self.order.removeprefix("-")


def asked_appointments(membership, asked: AppointmentFilter) -> QuerySet[Appointment]:
    """Those the member may see and the filter lets through, whatever their status. No row comes twice."""
    zone = membership.organization.zone
    appointments = Appointment.objects.visible_to(membership)
    if asked.first_day:
        appointments = appointments.filter(starts_at__gte=_midnight(asked.first_day, zone))
    if asked.last_day:
        appointments = appointments.filter(starts_at__lt=_midnight(asked.last_day + timedelta(days=1), zone))
    if asked.motif is not None:
        appointments = appointments.filter(motif=asked.motif)
    if asked.unit is not None:
        of_unit = Motif.units.through.objects.filter(serviceunit=asked.unit)
        appointments = appointments.filter(motif__in=of_unit.values("motif"))
    if asked.location is not None:
        appointments = appointments.filter(location=asked.location)
    if asked.calendars or asked.team is not None:
        occupied = _occupied(membership, asked)
        appointments = appointments.filter(pk__in=occupied.values("appointment"))
    return _with_people(appointments, membership, asked)


def _occupied(membership, asked):
    """The named calendars, those of a team, or the named ones among those of the team. What is no team is nobody."""
    occupied = AppointmentCalendar.objects.filter(organization=membership.organization)
    if asked.calendars:
        occupied = occupied.filter(calendar__in=asked.calendars)
    if asked.team is not None:
        teams = Team.objects.for_territory(membership.organization.territory_id).filter(pk=asked.team)
        members = Team.agents.through.objects.filter(team__in=teams.order_by().values("pk"))
        occupied = occupied.filter(calendar__agent__in=members.values("agent"))
    return occupied


def _with_people(appointments, membership, asked):
    """Who sees an RDV sees who takes part: the search is not narrowed to the citizens of one's own services."""
    if asked.citizen is not None:
        parts = Participation.objects.listed().filter(citizen=asked.citizen)
        appointments = appointments.filter(pk__in=parts.values("appointment"))
    if asked.words:
        found = Citizen.objects.for_territory(membership.organization.territory_id).search(asked.words)
        parts = Participation.objects.listed().filter(citizen__in=found.values("pk"))
        appointments = appointments.filter(pk__in=parts.values("appointment"))
    return appointments


def _midnight(day, zone: ZoneInfo) -> datetime:
    return to_instant(day, MIDNIGHT, zone)


def with_statuses(appointments, statuses, *, now: datetime) -> QuerySet[Appointment]:
    """All of them when no status is named."""
    if not statuses:
        return appointments
    wanted = Q(status__in=[status for status in statuses if status not in (UPCOMING, AWAITING)])
    if UPCOMING in statuses:
        wanted |= Q(status=AppointmentStatus.BOOKED, starts_at__gt=now)
    if AWAITING in statuses:
        wanted |= Q(status=AppointmentStatus.BOOKED, starts_at__lte=now)
    return appointments.filter(wanted)


def count_by_status(appointments, *, now: datetime) -> dict[str, int]:
    """By every one of STATES. One query, which reads the index of the list alone where the filter allows it."""
    rows = appointments.order_by().values_list("status")
    rows = rows.annotate(number=Count("*"), begun=Count("pk", filter=Q(starts_at__lte=now)))
    counts = dict.fromkeys(STATES, 0)
    for status, number, begun in rows:
        if status == AppointmentStatus.BOOKED:
            counts |= {UPCOMING: number - begun, AWAITING: begun}
        else:
            counts[status] = number
    return counts


def ids_in_order(appointments, asked: AppointmentFilter, *, membership, now: datetime) -> QuerySet:
    """The ids, in the order that was asked for: a page of them is all that the database has to sort out.

    One query more by agent, for the order of their names.
    """
    keys = ["starts_at", "pk"]
    if asked.column == BY_MOTIF:
        keys = ["motif__name", *keys]
    elif asked.column == BY_STATUS:
        appointments = appointments.annotate(rank=_rank_of_status(now))
        keys = ["rank", *keys]
    elif asked.column == BY_AGENT:
        appointments = appointments.annotate(rank=_rank_of_calendars(membership.organization))
        keys = ["rank", *keys]
    directed = [F(key).desc(nulls_last=True) if asked.is_reversed else F(key).asc(nulls_last=True) for key in keys]
    if asked.column == BY_DATE:  # Written as the index is.
        directed = [f"-{key}" for key in keys] if asked.is_reversed else keys
    return appointments.order_by(*directed).values_list("pk", flat=True)


def _rank_of_status(now):
    whens = [When(status=AppointmentStatus.BOOKED, starts_at__gt=now, then=Value(0))]
    whens += [When(status=AppointmentStatus.BOOKED, then=Value(1))]
    whens += [When(status=state, then=Value(rank)) for rank, state in enumerate(STATES) if rank > 1]
    return Case(*whens, output_field=IntegerField())


def _rank_of_calendars(organization):
    """The place of the first calendar of each RDV among those of the organization; none for who has left it."""
    ids = list(Calendar.objects.for_organization(organization).for_display().values_list("pk", flat=True))
    position = Func(
        Value(ids, output_field=ArrayField(BigIntegerField())),
        F("appointment_calendars__calendar"),
        function="array_position",
        output_field=IntegerField(),
    )
    return Min(position)


class CountedPaginator(Paginator):
    """For rows that were counted already."""

    def __init__(self, object_list, per_page, *, count):
        super().__init__(object_list, per_page)
        self._count = count

    @cached_property
    def count(self):
        return self._count


def page_of(ids: QuerySet, number, *, count: int) -> Page:
    """That page of the ids, filled with RDVs ready for display. Four queries."""
    page = CountedPaginator(ids, PER_PAGE, count=count).get_page(number)
    wanted = list(page.object_list)
    rows = {row.pk: row for row in Appointment.objects.filter(pk__in=wanted).for_list()}
    page.object_list = [rows[pk] for pk in wanted if pk in rows]
    return page
