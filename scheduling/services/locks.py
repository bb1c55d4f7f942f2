"""The one order of locks: a visitor, a territory, organizations, then calendars, each by id.

Nothing that waits comes after a calendar.
"""

from django.db import connection

from organizations.models import Organization, Territory

from ..models import Calendar


def lock_visitor(*, visitor_key, client_hash):
    """Requests of one visitor, and of one client address, that hold slots queue here until they commit. One query.

    So a visitor has one hold and an address no more than its share, on whatever calendars they are.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0)), pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"visitor {visitor_key}", f"client {client_hash}"],
        )


def lock_territory(territory_id):
    """What changes the settings of a territory, or its organizations, takes this first."""
    return Territory.objects.select_for_update(no_key=True).get(pk=territory_id)


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
