"""What the tests of workshops ask again and again."""

from dataclasses import replace

from scheduling.services.actors import Actor
from scheduling.services.booking import Details
from scheduling.services.workshops import change_workshop
from tests.factories import NOW


def agent_of(workshop):
    """Who made it."""
    return Actor.of(workshop.created_by)


def seats_of(workshop):
    return {each.seat: each for each in workshop.participations.filter(seat__isnull=False)}


def statuses_of(workshop):
    return list(workshop.participations.order_by("pk").values_list("status", flat=True))


def change(workshop, *, now=NOW, calendar_ids=None, location=None, is_overlap_confirmed=False, **fields):
    """As the form sends it: all of it, with these `fields` of its details changed."""
    workshop.refresh_from_db()
    names = ("title", "seats", "address", "video_url", "context_note")
    details = replace(Details(**{name: getattr(workshop, name) for name in names}), **fields)
    return change_workshop(
        workshop=workshop,
        details=details,
        calendar_ids=calendar_ids or workshop.appointment_calendars.values_list("calendar", flat=True),
        location=location or workshop.location,
        actor=agent_of(workshop),
        now=now,
        is_overlap_confirmed=is_overlap_confirmed,
    )
