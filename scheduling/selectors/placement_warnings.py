"""What an agent should know before they place, move or stretch an RDV by hand, and may confirm all the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from organizations.models import Citizen, Motif

from ..engine.delays import describe_duration
from ..engine.intervals import Interval
from ..engine.phrases import format_day, format_end_time, format_time
from ..engine.typography import NBSP, quote
from ..engine.wall_clock import ONE_DAY, day_interval, local_day, local_days
from ..models import Appointment, AppointmentCalendar, Calendar, Hold
from .availability import LONGEST_BUSY
from .opening_days import closed_day_reasons_of
from .placement_hours import hours_against


@dataclass(frozen=True)
class Placement:
    """Where an RDV would stand. `appointment` is the one that is moved or stretched: it is not in its own way."""

    motif: Motif
    period: Interval
    calendars: Sequence[Calendar]
    location_id: int | None = None
    citizens: Sequence[Citizen] = ()
    appointment: Appointment | None = None


@dataclass(frozen=True)
class PlacementWarnings:
    """`sentences` in French, none when there is nothing to say; `overlaps` are the ids of the RDVs in the way."""

    sentences: list[str] = field(default_factory=list)
    overlaps: frozenset[int] = frozenset()


def placement_warnings(membership, placement: Placement, *, now: datetime) -> PlacementWarnings:
    """Of an RDV with that period on those calendars: past, closed day, outside the hours, on an absence, over another
    RDV or its pause, over a slot that a visitor holds, and the citizen who has this motif that day already.

    Of what the member may not see, no more is said than its hours. Ten queries at most, whatever the number of
    calendars.
    """
    around = _neighbours(membership, placement)
    sentences = [
        *_past(placement, membership, now),
        *_closed(placement, membership),
        *hours_against(placement, membership.organization),
        *(sentence for neighbour in around for sentence in _in_the_way(neighbour, placement, membership)),
        *_held(placement, now),
        *_same_people(placement, membership),
    ]
    overlaps = {row.appointment_id for row in around if _period(row).overlaps(placement.period)}
    return PlacementWarnings(sentences, frozenset(overlaps))


def stretch_warnings(
    membership, appointment: Appointment, *, ends_at: datetime, calendars: Sequence[Calendar], now: datetime
) -> PlacementWarnings:
    """Of what the RDV would take beside what it has: nothing when it becomes shorter."""
    if ends_at <= appointment.ends_at:
        return PlacementWarnings()
    added = Interval(appointment.ends_at, ends_at)
    placement = Placement(appointment.motif, added, calendars, appointment.location_id, (), appointment)
    around = _neighbours(membership, placement)
    sentences = [
        *_closed(placement, membership),
        *hours_against(placement, membership.organization),
        *(sentence for neighbour in around for sentence in _in_the_way(neighbour, placement, membership)),
        *_held(placement, now),
    ]
    overlaps = {row.appointment_id for row in around if _period(row).overlaps(added)}
    return PlacementWarnings(sentences, frozenset(overlaps))


def said_of(calendar, what: str) -> str:
    return f"Agenda {quote(calendar)}{NBSP}: {what}."


def hours_of(period: Interval, zone) -> str:
    """« 9 h – 9 h 30 » by the clocks of `zone`."""
    start, end = (moment.astimezone(zone).time() for moment in (period.start, period.end))
    return f"{format_time(start)} – {format_end_time(end)}"


def _past(placement, membership, now):
    if placement.period.start >= now:
        return
    zone = membership.organization.zone
    day = local_day(placement.period.start, zone)
    if day < local_day(now, zone):
        yield f"Le {format_day(day)} est passé."
    else:
        yield "Cette heure est passée."


def _closed(placement, membership):
    organization = membership.organization
    first_day, last_day = local_days(placement.period, organization.zone)
    reasons = closed_day_reasons_of([organization], first_day=first_day, last_day=last_day)[organization.pk]
    for day in sorted(reasons):
        if first_day <= day <= last_day:
            yield f"Le {format_day(day)} est un jour fermé ({reasons[day][0]})."


def _neighbours(membership, placement):
    """The RDVs that occupy these calendars near the period, each with what the member may know of it. Three queries."""
    period, pause = placement.period, placement.motif.pause
    rows = (
        AppointmentCalendar.objects.filter(
            calendar__in=placement.calendars,
            is_occupying=True,
            starts_at__gt=period.start - LONGEST_BUSY,
            starts_at__lt=period.end + pause,
        )
        .exclude(appointment=placement.appointment and placement.appointment.pk)
        .select_related("appointment__motif", "calendar__agent", "calendar__desk")
        .order_by("starts_at", "pk")
    )
    near = [
        row
        for row in rows
        if row.ends_at + row.appointment.motif.pause > period.start and row.starts_at < period.end + pause
    ]
    visible = Appointment.objects.visible_to(membership).filter(pk__in=[row.appointment_id for row in near])
    known = {appointment.pk: appointment for appointment in visible.for_list()} if near else {}
    for row in near:
        row.known = known.get(row.appointment_id)
    return near


def _period(row):
    return Interval(row.starts_at, row.ends_at)


def _named(appointment):
    """An RDV in the middle of a sentence; None is one that the member may not see."""
    if appointment is None:
        return "un autre rendez-vous"
    if appointment.is_collective:
        return f"l'atelier {quote(appointment.headline)}"
    return f"le rendez-vous de {appointment.few_people}"


def _in_the_way(row, placement, membership):
    zone = membership.organization.zone
    hours = hours_of(_period(row), zone)
    who = _named(row.known)
    if _period(row).overlaps(placement.period):
        yield said_of(row.calendar, f"chevauche {who} ({hours})")
    elif row.ends_at <= placement.period.start:
        pause = describe_duration(row.appointment.motif.pause)
        yield said_of(row.calendar, f"tombe dans la pause de {pause} après {who} ({hours})")
    else:
        pause = describe_duration(placement.motif.pause)
        yield said_of(row.calendar, f"la pause de {pause} qui suit empiète sur {who} ({hours})")


def _held(placement, now):
    period = placement.period
    holds = (
        Hold.objects.filter(
            calendar__in=placement.calendars, expires_at__gt=now, starts_at__lt=period.end, ends_at__gt=period.start
        )
        .select_related("calendar__agent", "calendar__desk")
        .order_by("starts_at", "pk")
    )
    for hold in holds:
        yield said_of(hold.calendar, "un usager est en train de réserver à cette heure")


def _same_people(placement, membership):
    """Who has this motif that day already, or is elsewhere at that time, as far as the member sees it."""
    if not placement.citizens:
        return
    zone = membership.organization.zone
    day = day_interval(local_day(placement.period.start, zone), zone)
    others = (
        Appointment.objects.visible_to(membership)
        .occupying()
        .between(day.start - ONE_DAY, day.end + ONE_DAY)
        .filter(participations__citizen__in=placement.citizens, participations__left_at=None)
        .exclude(pk=placement.appointment and placement.appointment.pk)
    )
    asked = {citizen.pk for citizen in placement.citizens}
    for other in others.distinct().for_list():
        names = [part.citizen for part in other.taking_part if part.citizen_id in asked]
        at = other.starts_at.astimezone(zone)
        is_that_day = day.start <= other.starts_at < day.end
        for name in names:
            if other.motif_id == placement.motif.pk and is_that_day:
                yield f"{name} a déjà un rendez-vous {quote(other.motif)} ce jour-là, à {format_time(at.time())}."
            elif other.starts_at < placement.period.end and placement.period.start < other.ends_at:
                hours = hours_of(Interval(other.starts_at, other.ends_at), zone)
                yield f"{name} a un autre rendez-vous à cette heure ({other.motif}, {hours})."
