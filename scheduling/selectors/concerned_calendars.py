"""Which calendars a change of some organizations touches."""

from datetime import datetime

from django.db.models import QuerySet

from organizations.models import Desk, Membership

from ..models import AppointmentCalendar, Calendar, Opening, Unavailability


def calendars_open_in(organizations, *, now: datetime) -> set[int]:
    """The calendars on which they have openings, or RDVs to come: a closed day changes no other. Two queries."""
    booked = AppointmentCalendar.objects.filter(organization__in=organizations).coming(now)
    return _calendars_of(Opening.objects.filter(organization__in=organizations)) | _calendars_of(booked)


def calendars_by_the_clock_of(organizations, *, now: datetime) -> set[int]:
    """Those, the ones with absences entered there, and all of their agents and desks. Five queries.

    An absence takes time from an agent's other organizations, too, at the hours of the one where it was entered; and
    one that is being entered at this very moment is on the calendar of a member.
    """
    absent = Unavailability.objects.filter(organization__in=organizations)
    members = Membership.objects.filter(organization__in=organizations)
    desks = Desk.objects.filter(organization__in=organizations)
    theirs = Calendar.objects.filter(agent__in=members.order_by().values("agent")).order_by()
    at_desks = Calendar.objects.filter(desk__in=desks.order_by().values("pk")).order_by()
    return (
        calendars_open_in(organizations, now=now)
        | _calendars_of(absent)
        | set(theirs.values_list("pk", flat=True))
        | set(at_desks.values_list("pk", flat=True))
    )


def _calendars_of(rows: QuerySet) -> set[int]:
    return set(rows.order_by().values_list("calendar", flat=True))
