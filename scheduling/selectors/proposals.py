"""Where the RDVs of one page could go: a few slots for each, none of them twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from ..engine.intervals import Interval
from ..engine.proposals import FARTHEST, Free, Grid, Kind, Misplaced, propose
from ..engine.wall_clock import ONE_DAY, day_interval, local_day
from ..models import Appointment, AppointmentCalendar, Calendar
from .moves import bindings_of, demand_of
from .slots import offered_slots

# An RDV is brought forward only to where its people have so long to hear of it.
NOTICE = timedelta(hours=24)


@dataclass(frozen=True)
class Proposal:
    """A slot of `calendar` at which the RDV could be; at its own place."""

    kind: Kind
    calendar: Calendar
    starts_at: datetime


def proposals_for(
    appointments: Iterable[Appointment],
    *,
    membership,
    now: datetime,
    chosen: Mapping[int, tuple[int, datetime]] | None = None,
) -> dict[int, dict[Kind, Proposal]]:
    """By RDV and kind, on calendars in use that the member sees; no RDV is told of what another is told of.

    `chosen` are a calendar and a start by RDV, kept where they are proposals. An RDV of several calendars has none:
    it takes them all along; one of a follow-up goes to referents only. The appointments are of `for_list()`.
    Two queries, one more for follow-ups, and two for each round of demands of different motifs (one, unless options or
    persons differ); more where windows are stale or end before (see `offered_slots`).
    """
    calendars = {row.pk: row for row in Calendar.objects.visible_to(membership).in_use().for_display()}
    rows = [row for row in appointments if len(row.calendars.all()) == 1 and row.is_upcoming(now)]
    if not rows or not calendars:
        return {}
    zone = membership.organization.zone
    bound, chosen = bindings_of(rows), chosen or {}
    misplaced = [_misplaced(row, now + NOTICE, bound[row.pk], chosen.get(row.pk)) for row in rows]
    demands = {_key(row): demand_of(row) for row in rows}
    found = propose(
        misplaced,
        _free(misplaced, demands, calendars=calendars, zone=zone, now=now),
        grids={key: Grid(of.motif.duration + of.motif.pause, of.motif.pause) for key, of in demands.items()},
        zone=zone,
        booked=_booked(misplaced, calendars, zone),
    )
    return {
        pk: {kind: Proposal(kind, calendars[slot.calendar_id], slot.period.start) for kind, slot in kinds.items()}
        for pk, kinds in found.items()
    }


def _key(appointment):
    return appointment.motif_id, appointment.option_id, appointment.persons


def _misplaced(appointment, earliest, bound_to, chosen):
    (calendar,) = appointment.calendars.all()
    return Misplaced(
        id=appointment.pk,
        demand=_key(appointment),
        calendar_id=calendar.pk,
        location_id=appointment.location_id,
        starts_at=appointment.starts_at,
        earliest=earliest,
        bound_to=bound_to,
        chosen=chosen,
    )


def _free(misplaced, demands, *, calendars, zone, now):
    """Their own calendars for weeks, all the others on the days of the RDVs; at the places of the RDVs."""
    starts, days = [row.starts_at for row in misplaced], {local_day(row.starts_at, zone) for row in misplaced}
    own = {row.calendar_id for row in misplaced} & calendars.keys()
    places = {row.location_id for row in misplaced}
    restrictions = {"now": now, "for_agent": True, "location_ids": None if None in places else places}
    ahead = {"start": now, "end": max(starts) + FARTHEST + timedelta.resolution}
    around = {"start": day_interval(min(days), zone).start, "end": day_interval(max(days), zone).end}
    for of_motif in _rounds(demands):
        asked = [demands[key] for key in of_motif.values()]
        for slot in offered_slots(asked, calendar_ids=own, **ahead, **restrictions):
            yield _as_free(slot, of_motif)
        for slot in offered_slots(asked, calendar_ids=calendars.keys() - own, **around, **restrictions):
            if local_day(slot.starts_at, zone) in days:
                yield _as_free(slot, of_motif)


def _as_free(slot, demand_of_motif):
    return Free(
        demand=demand_of_motif[slot.motif_id],
        calendar_id=slot.calendar_id,
        location_id=slot.location_id,
        opening_id=slot.opening_id,
        period=Interval(slot.starts_at, slot.ends_at),
    )


def _rounds(demands):
    """The demands, by motif, so that no round asks two of one motif: slots say their motif only."""
    rounds = []
    for key in demands:
        of_motif = next((found for found in rounds if key[0] not in found), None)
        if of_motif is None:
            rounds.append(of_motif := {})
        of_motif[key[0]] = key
    return rounds


def _booked(misplaced, calendars, zone):
    """How many RDVs each calendar has on the days around, weeks being whole. One query."""
    starts = [row.starts_at for row in misplaced]
    rows = (
        AppointmentCalendar.objects.filter(
            calendar__in=calendars,
            is_occupying=True,
            starts_at__gte=min(starts) - 8 * ONE_DAY,
            starts_at__lt=max(starts) + 8 * ONE_DAY,
        )
        .order_by()
        .values_list("calendar", TruncDate("starts_at", tzinfo=zone))
        .annotate(number=Count("pk"))
    )
    return {(calendar_id, day): number for calendar_id, day, number in rows}
