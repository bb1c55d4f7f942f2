"""Which coming RDVs stand in time that their calendar does not give them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC
from types import MappingProxyType

from organizations.models import Organization

from ..engine.conflicts import Booked, Reason, reasons_against
from ..engine.intervals import Interval
from ..engine.wall_clock import ONE_DAY, local_day
from ..models import AppointmentCalendar, Opening, Unavailability
from .opening_days import closed_days_of

NO_DRAFTS = MappingProxyType({})


def standings_of(
    rows, *, drafts: Mapping[int, Organization] = NO_DRAFTS
) -> dict[AppointmentCalendar, frozenset[Reason]]:
    """What stands against each of these RDVs on their calendars (a QuerySet of AppointmentCalendar).

    One against which nothing stands is there too, with nothing. `drafts` are organizations by id, as they are not
    saved yet: what would stand then. Five queries, whatever their number; one without any.
    """
    coming = list(rows.select_related("appointment__location", "organization__territory").order_by("starts_at", "pk"))
    if not coming:
        return {}
    for row in coming:
        row.organization = drafts.get(row.organization_id, row.organization)
    openings, absences = _rules(Opening, coming, drafts), _rules(Unavailability, coming, drafts)
    closed = _closed_days(coming)
    return {
        row: reasons_against(
            Booked(
                organization_id=row.organization_id,
                location_id=row.appointment.location_id,
                period=Interval(row.starts_at, row.ends_at),
                zone=row.organization.zone,
            ),
            openings=() if _is_at_a_closed_place(row.appointment) else openings[row.calendar_id],
            absences=absences[row.calendar_id],
            closed_days=closed,
        )
        for row in coming
    }


def _is_at_a_closed_place(appointment):
    """Nothing opens a closed place, as nothing opens an archived desk."""
    return appointment.location is not None and not appointment.location.is_open


def _rules(series, coming, drafts):
    """The rules of the calendars from the first RDV to the last, by calendar. An archived desk opens nothing."""
    rules = defaultdict(list)
    rows = (
        series.objects.filter(calendar__in={row.calendar_id for row in coming}, calendar__desk__archived_at=None)
        .touching(*_days(coming))
        .select_related("organization__territory")
        .order_by("pk")
    )
    for row in rows:
        row.organization = drafts.get(row.organization_id, row.organization)
        rules[row.calendar_id].append(row.rule)
    return rules


def _closed_days(coming):
    organizations = {row.organization_id: row.organization for row in coming}
    first_day, last_day = _days(coming)
    return closed_days_of(organizations.values(), first_day=first_day, last_day=last_day)


def _days(coming):
    """First and last local day that these RDVs may touch, in whatever zone."""
    last = max(coming, key=lambda row: row.ends_at)
    return (
        local_day(coming[0].starts_at, UTC) - ONE_DAY,
        local_day(last.ends_at, UTC) + ONE_DAY,
    )
