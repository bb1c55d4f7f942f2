"""Every write on the settings of a territory. A new time zone moves the hours of its organizations."""

from datetime import datetime

from django.db import transaction

from organizations.models import Organization, Territory

from ..selectors.concerned_calendars import calendars_by_the_clock_of, calendars_open_in
from .locks import lock_organizations, lock_territory
from .recomputation import recompute

HOLIDAY_ZONE = {"country", "subdivision"}


@transaction.atomic
def change_territory(*, territory: Territory, now: datetime, **fields) -> Territory:
    """Change these settings and leave the others, which somebody else may be changing, as they are.

    Another time zone keeps the wall-clock hours of openings and absences, and moves their instants, in the
    organizations that follow the territory; RDVs keep their instants. Another zone of public holidays closes other
    days in all organizations. Both recompute the windows, and note the RDVs that then stand outside; of many
    calendars, by batches (see `recomputation`).
    """
    locked = lock_territory(territory.pk)
    changed = {name for name, value in fields.items() if getattr(locked, name) != value}
    if not changed:
        return locked
    for name in changed:
        setattr(locked, name, fields[name])
    locked.save(update_fields=sorted(changed))
    if "time_zone" in changed or changed & HOLIDAY_ZONE:
        of_territory = Organization.objects.for_territory(locked).order_by("pk").values_list("pk", flat=True)
        organizations = lock_organizations(list(of_territory))
        followers = [organization for organization in organizations if not organization.time_zone_override]
        touched = calendars_by_the_clock_of(followers, now=now) if "time_zone" in changed else set()
        touched |= calendars_open_in(organizations, now=now) if changed & HOLIDAY_ZONE else set()
        recompute(calendar_ids=touched, now=now)
    return locked
