"""The one order in which rows are locked: organizations, then calendars, each by id; nothing after a calendar."""

from organizations.models import Organization

from ..models import Calendar


def lock_organizations(organization_ids):
    """What opens or closes hours takes this first, so that a closure and a new opening see each other.

    Bookings do not: they never wait for an administrator.
    """
    return list(
        Organization.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=organization_ids)
        .select_related("territory")
        .order_by("pk")
    )


def lock_calendars(calendar_ids):
    """Whatever changes the availability of a calendar holds this lock until it commits.

    NO KEY: rows that reference the calendar are not blocked.
    """
    return list(
        Calendar.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=calendar_ids).order_by("pk")
    )
