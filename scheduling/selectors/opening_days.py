"""Which whole days are closed, and for whom."""

from collections import defaultdict
from datetime import date

from ..engine.opening_days import closed_day_reasons, is_known_zone
from ..models import Closure, HolidaySwitch


def closed_days_of(organizations, *, first_day: date, last_day: date) -> dict[int, frozenset[date]]:
    """The closed local days of each organization in [first_day, last_day]. Two queries for all of them.

    `organizations` come with their territory loaded.
    """
    reasons = closed_day_reasons_of(organizations, first_day=first_day, last_day=last_day)
    return {organization_id: frozenset(days) for organization_id, days in reasons.items()}


def closed_day_reasons_of(organizations, *, first_day: date, last_day: date) -> dict[int, dict[date, list[str]]]:
    """Likewise, with the reasons in French: « Fermé le dimanche », « Jour férié : Noël ». Two queries.

    Where the zone of the territory is unknown, no public holiday closes anything: a mistake in two letters must not
    stop agendas and bookings. The screen of opening days says it.
    """
    organizations = list(organizations)
    every_year, on_date = defaultdict(dict), defaultdict(dict)
    for organization_id, holiday, day, is_closed in (
        HolidaySwitch.objects.filter(organization__in=organizations)
        .order_by("pk")
        .values_list("organization_id", "holiday", "day", "is_closed")
    ):
        if day is None:
            every_year[organization_id][holiday] = is_closed
        else:
            on_date[organization_id][day] = is_closed
    closures = list(
        Closure.objects.filter(territory__in={organization.territory_id for organization in organizations})
        .touching(first_day, last_day)
        .order_by("pk")
    )
    return {
        organization.pk: closed_day_reasons(
            first_day=first_day,
            last_day=last_day,
            open_weekdays=organization.open_weekdays,
            holiday_switches=every_year[organization.pk],
            date_switches=on_date[organization.pk],
            closures=[
                (closure.first_day, closure.last_day, closure.label)
                for closure in closures
                if closure.territory_id == organization.territory_id
                and closure.organization_id in (None, organization.pk)
            ],
            country=_known_country(organization.territory),
            subdivision=organization.territory.subdivision,
        )
        for organization in organizations
    }


def _known_country(territory):
    return territory.country if is_known_zone(territory.country, territory.subdivision) else None
