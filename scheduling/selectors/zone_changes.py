"""What a change of time zone or public holidays would do, in numbers, before it is done."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from organizations.models import Organization, Territory

from ..engine.conflicts import Reason
from ..engine.typography import NBSP, count
from ..engine.wall_clock import local_day
from ..engine.zones import days_of_other_clocks, holiday_zone_label, holiday_zone_value, time_zone_label
from ..models import AppointmentCalendar, Conflict, Opening
from .concerned_calendars import calendars_by_the_clock_of, calendars_open_in
from .conflicts import standings_of

# How far ahead clocks are compared: summer and winter both come.
LOOK_AHEAD = timedelta(days=366)

# Each RDV is compared with the hours of its calendar: beyond, nobody is kept waiting for a number.
MOST_COMPARED = 3_000


@dataclass(frozen=True)
class ZoneChange:
    """`openings` get other instants; of the `appointments` to come, which keep theirs, so many lose their time.

    `outside` and `closed` are None where there are too many to compare.
    """

    openings: int
    appointments: int
    outside: int | None
    closed: int | None


def as_territory_would_be(territory: Territory, **fields) -> list[tuple[Organization, Organization]]:
    """Each of its organizations as it is and as it would be, where a zone changes. One query."""
    draft = _changed(territory, **fields)
    other_holidays = (territory.country, territory.subdivision) != (draft.country, draft.subdivision)
    organizations = Organization.objects.for_territory(territory).select_related("territory").order_by("pk")
    pairs = [(organization, _changed(organization, territory=draft)) for organization in organizations]
    return [(before, after) for before, after in pairs if other_holidays or before.zone != after.zone]


def as_organization_would_be(organization: Organization, **fields) -> list[tuple[Organization, Organization]]:
    draft = _changed(organization, **fields)
    return [(organization, draft)] if draft.zone != organization.zone else []


def _changed(row, **fields):
    draft = copy(row)
    draft.__dict__.pop("zone", None)  # Worked out once, of what it was.
    for name, value in fields.items():
        setattr(draft, name, value)
    return draft


def zone_change_of(pairs: list[tuple[Organization, Organization]], *, now: datetime) -> ZoneChange:
    """`pairs` are organizations as they are and as they would be. Fifteen queries at most, and one for each pair of
    zones.
    """
    moved = [after for before, after in pairs if before.zone != after.zone]
    calendars = calendars_by_the_clock_of(moved, now=now) if moved else set()
    calendars |= calendars_open_in([after for _, after in pairs], now=now)
    coming = AppointmentCalendar.objects.filter(calendar__in=calendars).coming(now)
    own = coming.filter(organization__in=[after for _, after in pairs])
    number = own.order_by().values("appointment").distinct().count()
    if coming.count() > MOST_COMPARED:
        return ZoneChange(_openings_moved(pairs, now), number, None, None)
    outside, closed = _newly_standing(coming, {after.pk: after for _, after in pairs})
    return ZoneChange(_openings_moved(pairs, now), number, len(outside), len(closed))


def _newly_standing(coming, drafts):
    """The RDVs that would lose their hours, and those that would meet a closed day, and do not yet."""
    stored = Conflict.objects.filter(appointment_calendar__in=coming).order_by()
    known = dict(stored.values_list("appointment_calendar", "reasons"))
    outside, closed = set(), set()
    for row, reasons in standings_of(coming, drafts=drafts).items():
        new = reasons - {Reason(reason) for reason in known.get(row.pk, ())}
        if Reason.CLOSED in new:
            closed.add(row.appointment_id)
        if new - {Reason.CLOSED}:
            outside.add(row.appointment_id)
    return outside, closed


def _openings_moved(pairs, now):
    """Openings that are not over while the clocks of before and after differ. One query for each pair of zones."""
    by_zones = {}
    for before, after in pairs:
        if before.zone != after.zone:
            by_zones.setdefault((before.zone, after.zone), []).append(after.pk)
    number = 0
    for (before, after), organizations in by_zones.items():
        today = local_day(now, after)
        if period := days_of_other_clocks(before, after, today, today + LOOK_AHEAD):
            number += Opening.objects.filter(organization__in=organizations).touching(*period).count()
    return number


def sentences_of_zones(territory: Territory, *, time_zone=None, country=None, subdivision=None) -> list[str]:
    """What becomes of the time zone and of the public holidays, as somebody would say it; nothing of what stays."""
    sentences = []
    if time_zone not in (None, territory.time_zone):
        sentences.append(_from_to("Fuseau horaire", time_zone_label(territory.time_zone), time_zone_label(time_zone)))
    if country is not None and (country, subdivision) != (territory.country, territory.subdivision):
        zones = [(territory.country, territory.subdivision), (country, subdivision)]
        sentences.append(_from_to("Jours fériés", *(holiday_zone_label(holiday_zone_value(*zone)) for zone in zones)))
    return sentences


def _from_to(what, before, after):
    return f"{what}{NBSP}: {before} devient {after}."


def warnings_of(pairs: list[tuple[Organization, Organization]], *, now: datetime) -> list[str]:
    """What `zone_change_of` finds, in words."""
    change = zone_change_of(pairs, now=now)
    moves_clocks = any(before.zone != after.zone for before, after in pairs)
    return [*(_moved(change) if moves_clocks else ()), *_lost(change)]


def _moved(change):
    several = change.openings > 1
    ranges = count(change.openings, "plage d'ouverture garde", "plages d'ouverture gardent")
    theirs = "leur heure affichée et changent" if several else "son heure affichée et change"
    yield f"{ranges} {theirs} d'instant."
    if change.appointments:
        kept = count(change.appointments, "rendez-vous à venir ne bouge", "rendez-vous à venir ne bougent")
        shown = "leur heure affichée change" if change.appointments > 1 else "son heure affichée change"
        yield f"{kept} pas{NBSP}: {shown}."


def _lost(change):
    if change.outside is None:
        most = f"{MOST_COMPARED:_}".replace("_", NBSP)
        yield (
            f"Plus de {most} rendez-vous à venir seront comparés aux nouveaux horaires{NBSP}:"
            " ceux qui n'y tiennent plus seront à régler."
        )
    elif not (change.outside or change.closed):
        yield "Aucun rendez-vous à venir ne perd sa place."
    for number, where in ((change.outside, "hors des horaires"), (change.closed, "un jour fermé")):
        if number:
            falls = count(number, "rendez-vous tombe", "rendez-vous tombent")
            settled = "ils seront à régler" if number > 1 else "il sera à régler"
            yield f"{falls} alors {where}{NBSP}: {settled}."
