"""An appointment as an ICS file: created, moved and cancelled, it stays one event in everybody's calendar."""

from datetime import UTC

from django.utils.translation import gettext
from icalendar import Calendar, Event, vCalAddress

from organizations.models import Motif

from .models import Appointment

PUBLISH = "PUBLISH"  # A file to download: "here is an event".
REQUEST = "REQUEST"  # An invitation, or its new date.
CANCEL = "CANCEL"


def appointment_ics(
    appointment: Appointment, *, method: str, attendee: str = "", organizer: str = "", url: str = ""
) -> str:
    """The file's text, in the active language, with CRLF line ends.

    The UID never changes and SEQUENCE rises with each change, so a calendar replaces what it had. The same state of
    the appointment gives the same text. `attendee` and `organizer` are e-mail addresses, which calendars want for
    REQUEST and CANCEL. Instants are in UTC: a reader's calendar shows them by its own clocks.
    Reads `motif`, `location` and `organization` of the appointment.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Permanence//FR")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(appointment, method=method, attendee=attendee, organizer=organizer, url=url))
    return calendar.to_ical().decode()


def _event(appointment, *, method, attendee, organizer, url):
    event = Event()
    event.add("uid", f"{appointment.ics_uid}@permanence")
    event.add("sequence", appointment.ics_sequence)
    event.add("dtstamp", appointment.placed_at.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("summary", f"{appointment.title or appointment.motif.name} – {appointment.organization.name}")
    if place := _place(appointment):
        event.add("location", place)
    if appointment.motif.instructions_after:
        event.add("description", appointment.motif.instructions_after)
    if url:
        event.add("url", url)
    event.add("status", "CANCELLED" if method == CANCEL or appointment.is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    if organizer:
        event.add("organizer", _person(organizer, CN=appointment.organization.name))
    if attendee:
        # Nobody is asked for an answer: the appointment stands.
        event.add("attendee", _person(attendee, ROLE="REQ-PARTICIPANT", PARTSTAT="ACCEPTED", RSVP="FALSE"))
    return event


def _person(address, **parameters):
    person = vCalAddress(f"mailto:{address}")
    for name, value in parameters.items():
        person.params[name] = value
    return person


def _place(appointment):
    if appointment.location:
        return ", ".join(filter(None, [appointment.location.name, appointment.location.address]))
    if appointment.address:
        return appointment.address
    if appointment.motif.location_kind == Motif.LocationKind.PHONE:
        return gettext("Par téléphone")
    return appointment.video_url
