"""Whether an RDV still stands in time that its calendar gives it, and if not, what stands against it."""

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .coverage import is_covered
from .intervals import Interval
from .openings import OpeningRule, UnavailabilityRule, busy_intervals
from .wall_clock import local_days


class Reason(StrEnum):
    """What stands against an RDV. The values are stored."""

    UNAVAILABLE = "unavailable"
    CLOSED = "closed"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Booked:
    """An RDV on one calendar; `zone` is that of its organization, whose closed days and openings concern it."""

    organization_id: int
    location_id: int | None
    period: Interval
    zone: ZoneInfo


def reasons_against(
    booked: Booked,
    *,
    openings: Iterable[OpeningRule],
    absences: Iterable[UnavailabilityRule],
    closed_days: Mapping[int, Collection[date]],
) -> frozenset[Reason]:
    """Empty when all is well.

    UNAVAILABLE: it touches an unavailability. CLOSED: it touches a closed day of its organization. OUTSIDE: no
    openings hold it.
    """
    reasons = set()
    if any(next(busy_intervals(absence, booked.period), None) for absence in absences):
        reasons.add(Reason.UNAVAILABLE)
    if any(day in closed_days.get(booked.organization_id, ()) for day in _days(booked)):
        reasons.add(Reason.CLOSED)
    if not is_held(booked, openings):
        reasons.add(Reason.OUTSIDE)
    return frozenset(reasons)


def is_held(booked: Booked, openings: Iterable[OpeningRule]) -> bool:
    """Whether openings of its organization, alone or end to end, cover it; those at another place than its own do
    not.
    """
    return is_covered(booked.period, (rule for rule in openings if _is_for(rule, booked)))


def _days(booked: Booked) -> Set[date]:
    first, last = local_days(booked.period, booked.zone)
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}


def _is_for(rule: OpeningRule, booked: Booked) -> bool:
    places = {rule.location_id, booked.location_id} - {None}
    return rule.organization_id == booked.organization_id and len(places) < 2
