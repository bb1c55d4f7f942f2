"""The one order of locks, each by id: a visitor, citizens, prescribers, a territory, organizations, calendars, RDVs.

Nothing that waits for somebody else's calendar or citizen comes after a calendar.
"""

from django.db import connection, transaction

from organizations.models import Citizen, Organization, Territory

from ..exceptions import AppointmentNotChangeable
from ..models import Appointment, AppointmentCalendar, Calendar, Participation

# How often an appointment may be moved elsewhere while one waits for it.
_ATTEMPTS = 5


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


def lock_citizens(citizen_ids) -> dict[int, Citizen]:
    """Nobody merges these until the transaction ends. Those merged already, or just now, with the record they are now.

    KEY SHARE: bookings of one citizen do not wait for each other, nor for somebody who edits the record.
    One query; two more for those merged.
    """
    standing = {pk: pk for pk in citizen_ids}
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, merged_into_id FROM organizations_citizen WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
                [sorted(set(standing.values()))],
            )
            merged = {pk: into for pk, into in cursor if into is not None}
        if not merged:
            break
        standing = {asked: merged.get(pk, pk) for asked, pk in standing.items()}
    moved = {asked: pk for asked, pk in standing.items() if asked != pk}
    found = Citizen.objects.in_bulk(moved.values()) if moved else {}
    return {asked: found[pk] for asked, pk in moved.items()}


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


def calendars_of(appointment) -> set[int]:
    return set(AppointmentCalendar.objects.filter(appointment=appointment.pk).values_list("calendar", flat=True))


def lock_appointment(appointment, *, and_calendars=frozenset()):
    """The appointment as it is now and its calendars, locked: calendars by id, then the appointment.

    Its calendars are only changed under their locks: when it was moved to others meanwhile, these are let go.
    Raises AppointmentNotChangeable when that happens again and again.
    """
    for _attempt in range(_ATTEMPTS):
        sid = transaction.savepoint()
        calendars = lock_calendars(calendars_of(appointment) | and_calendars)
        locked = (
            Appointment.objects.select_for_update(of=("self",), no_key=True)
            .select_related("motif", "option", "location", "received_by", "organization__territory")
            .get(pk=appointment.pk)
        )
        if calendars_of(locked) <= {calendar.pk for calendar in calendars}:
            transaction.savepoint_commit(sid)
            return locked, calendars
        transaction.savepoint_rollback(sid)
    raise AppointmentNotChangeable("Ce rendez-vous vient d'être déplacé. Rechargez la page.")


def participation_of(appointment, participation) -> Participation:
    """The participation as it is now, of the locked `appointment`. One query.

    Raises AppointmentNotChangeable when it has become one with another of the same person: two records were merged.
    """
    found = appointment.participations.filter(pk=participation.pk).first()
    if found is None:
        raise AppointmentNotChangeable("Deux fiches de cette personne viennent d'être réunies. Rechargez la page.")
    return found
