"""What the hours of calendars say against an RDV placed by hand: outside the openings, on an absence."""

from collections import defaultdict

from ..engine.conflicts import Booked, is_held
from ..engine.intervals import Interval
from ..engine.openings import busy_intervals
from ..engine.phrases import format_day, format_end_time, format_time
from ..engine.typography import NBSP, quote
from ..engine.wall_clock import ONE_DAY, local_days
from ..models import Opening, Unavailability


def hours_against(placement, organization) -> list[str]:
    """Sentences in French on `placement` (a `Placement`), of one calendar after the other. Two queries."""
    openings, absences = _rows(Opening, placement), _rows(Unavailability, placement)
    sentences = []
    for calendar in placement.calendars:
        name = f"Agenda {quote(calendar)}{NBSP}: "
        sentences += (name + said for said in _absent(absences[calendar.pk], placement, organization))
        sentences += (name + said for said in _outside(openings[calendar.pk], placement, organization))
    return sentences


def _rows(series, placement):
    """Those of its calendars that may touch the period, by calendar. An archived desk opens nothing."""
    period = placement.period
    rows = defaultdict(list)
    for row in (
        series.objects.filter(calendar__in=placement.calendars, calendar__desk__archived_at=None)
        .touching(period.start.date() - ONE_DAY, period.end.date() + ONE_DAY)
        .select_related("organization__territory")
        .order_by("pk")
    ):
        rows[row.calendar_id].append(row)
    return rows


def _absent(absences, placement, organization):
    for absence in absences:
        for interval in busy_intervals(absence.rule, placement.period):
            title = absence.title if absence.organization_id == organization.pk else ""
            yield f"indisponibilité{f' {quote(title)}' if title else ''} {_span(interval, organization.zone)}."


def _outside(openings, placement, organization):
    booked = Booked(organization.pk, placement.location_id, placement.period, organization.zone)
    rules = [opening.rule for opening in openings]
    if is_held(booked, rules):
        return
    anywhere = Booked(organization.pk, None, placement.period, organization.zone)
    if placement.location_id is not None and is_held(anywhere, rules):
        yield "ses plages d'ouverture sont alors dans un autre lieu."
    else:
        yield "hors de ses plages d'ouverture."


def _span(interval: Interval, zone) -> str:
    """« de 14 h à 15 h », « du lundi 2 mars 2026 au mercredi 4 mars 2026 »."""
    first_day, last_day = local_days(interval, zone)
    if first_day != last_day:
        return f"du {format_day(first_day)} au {format_day(last_day)}"
    start, end = (moment.astimezone(zone).time() for moment in (interval.start, interval.end))
    if start == end:
        return "toute la journée"
    return f"de {format_time(start)} à {format_end_time(end)}"
