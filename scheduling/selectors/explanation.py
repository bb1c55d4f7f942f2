"""« Pourquoi aucun créneau ? »: what became of the openings of some calendars on a day, for one demand."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q

from organizations.models import Motif

from ..engine.delays import describe_duration
from ..engine.explanation import (
    Cause,
    ExplainedOpening,
    Grid,
    Reason,
    Rule,
    Timeline,
    explain_day,
    next_opened_day,
    why_absent,
)
from ..engine.intervals import Interval
from ..engine.openings import busy_intervals
from ..engine.phrases import format_time
from ..engine.typography import NBSP
from ..engine.wall_clock import MIDNIGHT, ONE_DAY, to_instant
from ..models import Appointment, AppointmentCalendar, Calendar, Hold, Opening, Unavailability
from .availability import LONGEST_BUSY
from .opening_days import closed_day_reasons_of
from .slots import Demand, agent_bounds, citizen_bounds


@dataclass(frozen=True)
class ExplainedTimeline:
    opening: Opening
    carries_motif: bool
    timeline: Timeline


@dataclass(frozen=True)
class Absence:
    """An opening of the motif that the day lacks, and why; `instead` is the occurrence edited on its own, if it was."""

    opening: Opening
    rule: Rule
    instead: Opening | None = None


@dataclass
class CalendarDay:
    """One calendar's day. `reasons` hold for all of it."""

    calendar: Calendar
    reasons: list[Reason] = field(default_factory=list)
    timelines: list[ExplainedTimeline] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    # The next day, within a year, with an opening that carries the motif.
    next_day: date | None = None

    @property
    def slots(self) -> list[datetime]:
        """The starts on offer, each once."""
        return sorted({start for shown in self.timelines for start in shown.timeline.slots})

    @property
    def has_opening_of_motif(self) -> bool:
        return any(shown.carries_motif for shown in self.timelines)


@dataclass(frozen=True)
class Explanation:
    demand: Demand
    day: date
    zone: ZoneInfo
    grid: Grid
    # Why the whole day is closed; empty when it is not.
    closed: list[str]
    calendars: list[CalendarDay]


def explained_calendars(membership, motif: Motif, *, day: date, referent_ids: Collection[int] = ()):
    """The visible calendars worth explaining, by name: those of the referents for a follow-up motif, else those with
    an opening of the motif whose series spans `day`, whether or not it has an occurrence there.
    """
    visible = Calendar.objects.visible_to(membership).for_display()
    if motif.is_follow_up and referent_ids:
        return visible.filter(agent__in=referent_ids)
    carried = Opening.objects.for_organization(membership.organization).touching(day, day).filter(motifs=motif)
    return visible.filter(pk__in=carried.values("calendar"))


def explain(
    demand: Demand,
    calendars: Iterable[Calendar],
    *,
    membership,
    day: date,
    now: datetime,
    for_agent: bool = True,
    referent_ids: Collection[int] = (),
) -> Explanation:
    """Explain the local day `day` of `calendars`, which the member may see, by the openings of their organization.

    Agrees with `offered_slots`, for agents or for citizens. What the member may not read has no name in it: an RDV
    of another organization or service is « Occupé », an unavailability entered elsewhere has no title.
    `referent_ids` are the agents who follow the citizen, for a follow-up motif: none, and nobody has slots.
    Ten queries at most, whatever the number of calendars and rows.
    """
    calendars = list(calendars)
    organization, motif = membership.organization, demand.motif
    zone = organization.zone
    # An occurrence may spill over midnight where clocks skip the last hour of a day.
    within = Interval(to_instant(day, MIDNIGHT, zone), to_instant(day + 2 * ONE_DAY, MIDNIGHT, zone))
    openings = _openings(calendars, membership, motif, day)
    causes = _causes(calendars, membership, within, now)
    closed = closed_day_reasons_of([organization], first_day=day, last_day=day + ONE_DAY)
    earliest, latest = (agent_bounds if for_agent else citizen_bounds)(motif, now=now)
    grid = Grid(motif.duration, motif.pause, demand.length, now=now, not_before=earliest, not_after=latest)

    def explained(calendar):
        rows = {opening.pk: opening for opening in openings[calendar.pk]}
        edited = {row.series_id: row for row in rows.values() if row.series_day == day}
        carriers = {pk for pk, opening in rows.items() if motif in opening.motifs_shown}
        reasons = _reasons_of_calendar(calendar, motif, referent_ids)
        lines = explain_day(
            [
                ExplainedOpening(row.rule, (*reasons, *_reasons_of_opening(row, motif, pk in carriers, for_agent)))
                for pk, row in rows.items()
            ],
            day=day,
            causes=causes[calendar.pk],
            closed_days=closed,
            grid=grid,
        )
        return CalendarDay(
            calendar,
            reasons,
            timelines=[ExplainedTimeline(rows[line.opening_id], line.opening_id in carriers, line) for line in lines],
            absences=[
                Absence(rows[pk], rule, edited.get(pk))
                for pk in sorted(carriers)
                if (rule := why_absent(rows[pk].rule, day))
            ],
            next_day=next_opened_day([rows[pk].rule for pk in carriers], day),
        )

    closed_today = closed[organization.pk].get(day, [])
    return Explanation(demand, day, zone, grid, closed_today, [explained(calendar) for calendar in calendars])


def _openings(calendars, membership, motif, day):
    """Those of the day, those of the motif that come later, and what an occurrence of the day was changed into."""
    organization = membership.organization
    carried = Opening.motifs.through.objects.filter(motif=motif)
    openings = (
        Opening.objects.for_organization(organization)
        .filter(Q(last_day=None) | Q(last_day__gte=day) | Q(series_day=day), calendar__in=calendars)
        .filter(Q(first_day__lte=day) | Q(pk__in=carried.values("opening")) | Q(series_day=day))
        .select_related("location")
        .prefetch_related(Prefetch("motifs", Motif.objects.visible_to(membership), to_attr="motifs_shown"))
        .order_by("first_day", "start_time", "pk")
    )
    by_calendar = defaultdict(list)
    for opening in openings:
        opening.organization = organization
        by_calendar[opening.calendar_id].append(opening)
    return by_calendar


def _reasons_of_calendar(calendar, motif, referent_ids):
    reasons = []
    if motif.is_collective:
        reasons.append(Reason(Rule.COLLECTIVE, f"Motif collectif{NBSP}: des dates avec des places, pas de créneaux"))
    if not motif.is_active:
        reasons.append(Reason(Rule.ARCHIVED_MOTIF, "Motif archivé"))
    if motif.is_follow_up and calendar.agent_id not in referent_ids:
        nobody = "aucun agent référent choisi" if not referent_ids else "pas l'agenda d'un agent référent de l'usager"
        reasons.append(Reason(Rule.NO_REFERENT, f"Motif de suivi{NBSP}: {nobody}"))
    if calendar.desk_id and calendar.desk.archived_at is not None:
        reasons.append(Reason(Rule.ARCHIVED_DESK, "Guichet archivé"))
    return reasons


def _reasons_of_opening(opening, motif, carries, for_agent):
    if not carries:
        names = ", ".join(str(other) for other in opening.motifs_shown)
        yield Reason(Rule.OTHER_MOTIF, f"Plage pour d'autres motifs{NBSP}: {names}" if names else "Plage sans ce motif")
    elif motif.location_kind == Motif.LocationKind.ON_SITE:
        place = opening.location
        if place is None:
            yield Reason(Rule.NO_PLACE, "Plage sans lieu, pour un motif sur place")
        elif not place.is_open:
            yield Reason(Rule.CLOSED_PLACE, f"Lieu fermé{NBSP}: {place}")
        if not for_agent and place is not None and not place.is_visible_on_portal:
            yield Reason(Rule.HIDDEN_PLACE, f"Lieu caché du portail{NBSP}: {place}")


def _causes(calendars, membership, within, now):
    causes = defaultdict(list)
    for calendar_id, reason, interval in [
        *_unavailabilities(calendars, membership, within),
        *_appointments(calendars, membership, within),
        *_holds(calendars, membership.organization.zone, within, now),
    ]:
        causes[calendar_id].append(Cause(reason, interval))
    return causes


def _unavailabilities(calendars, membership, within):
    unavailabilities = (
        Unavailability.objects.filter(calendar__in=calendars)
        .touching(within.start.date() - ONE_DAY, within.end.date() + ONE_DAY)
        .select_related("organization__territory")
        .order_by("pk")
    )
    for unavailability in unavailabilities:
        reason = Reason(Rule.UNAVAILABILITY, "Indisponible")
        if unavailability.organization_id == membership.organization.pk:
            title = f"Indisponibilité{NBSP}: {unavailability.title}" if unavailability.title else "Indisponibilité"
            reason = Reason(Rule.UNAVAILABILITY, title, unavailability)
        for interval in busy_intervals(unavailability.rule, within):
            yield unavailability.calendar_id, reason, interval


def _appointments(calendars, membership, within):
    rows = list(
        AppointmentCalendar.objects.filter(
            calendar__in=calendars,
            is_occupying=True,
            starts_at__gt=within.start - LONGEST_BUSY,
            starts_at__lt=within.end,
        )
        .order_by("starts_at", "pk")
        .values_list("calendar_id", "appointment_id", "starts_at", "ends_at", "appointment__motif__pause")
    )
    asked = {appointment_id for _, appointment_id, *_ in rows}
    visible = Appointment.objects.visible_to(membership).filter(pk__in=asked).for_list()
    shown = {appointment.pk: appointment for appointment in visible}
    for calendar_id, appointment_id, starts_at, ends_at, pause in rows:
        appointment = shown.get(appointment_id)
        reason = Reason(Rule.APPOINTMENT, "Occupé")
        if appointment is not None:
            words = ", ".join(filter(None, [str(appointment.motif), appointment.people]))
            reason = Reason(Rule.APPOINTMENT, f"Rendez-vous{NBSP}: {words}", appointment)
        yield calendar_id, reason, Interval(starts_at, ends_at)
        yield from _pause(calendar_id, ends_at, pause, "après un rendez-vous")


def _holds(calendars, zone, within, now):
    held = (
        Hold.objects.filter(calendar__in=calendars, expires_at__gt=now, starts_at__lt=within.end)
        .order_by("starts_at", "pk")
        .values_list("calendar_id", "starts_at", "ends_at", "expires_at", "motif__pause")
    )
    for calendar_id, starts_at, ends_at, expires_at, pause in held:
        until = format_time(expires_at.astimezone(zone).time())
        reason = Reason(Rule.HOLD, f"Retenu par un visiteur, jusqu'à {until} au plus")
        yield calendar_id, reason, Interval(starts_at, ends_at)
        yield from _pause(calendar_id, ends_at, pause, "après un créneau retenu")


def _pause(calendar_id, start, pause, after):
    if pause > timedelta(0):
        reason = Reason(Rule.PAUSE, f"Pause de {describe_duration(pause)} {after}")
        yield calendar_id, reason, Interval(start, start + pause)
