"""An appointment as an ICS file: created, moved and cancelled, it stays one event in everybody's calendar."""

from datetime import UTC, datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils.translation import gettext
from icalendar import Calendar, Event, vCalAddress

from organizations.models import Motif

from .models import Appointment, Participation

PUBLISH = "PUBLISH"  # A file to download: "here is an event".
REQUEST = "REQUEST"  # An invitation, or its new date.
CANCEL = "CANCEL"


def appointment_ics(
    appointment: Appointment,
    *,
    method: str,
    at: datetime,
    participation: Participation | None = None,
    attendee: str = "",
    url: str = "",
) -> str:
    """The file's text, in the active language, with CRLF line ends and lines of at most 75 octets.

    The UID never changes and SEQUENCE rises with each change, so a calendar replaces what it had. Of a participant it
    is theirs alone: a parent who is told of two children has two events, and keeps one when the other child cancels.
    `at`, the instant when this is said (DTSTAMP), makes the same version said again the newer one (RFC 5546, 2.1.5).
    The organizer is the address that our mails come from, always the same: calendars take a change from nobody else.
    `attendee` is an e-mail address, which calendars want for REQUEST and CANCEL; PUBLISH has none. Instants are in
    UTC: a reader's calendar shows them by its own clocks.
    Reads `motif`, `location` and `organization` of the appointment.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Permanence//FR")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(appointment, participation, method=method, at=at, attendee=attendee, url=url))
    return calendar.to_ical().decode()


def _event(appointment, participation, *, method, at, attendee, url):
    event = Event()
    event.add("uid", _uid(appointment, participation))
    event.add("sequence", appointment.ics_sequence)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("summary", f"{appointment.title or appointment.motif.name} – {appointment.organization.name}")
    if place := _place(appointment):
        event.add("location", place)
    # Google shows no URL.
    if description := "\n\n".join(filter(None, [appointment.motif.instructions_after, url])):
        event.add("description", description)
    if url:
        event.add("url", url)
    event.add("status", "CANCELLED" if method == CANCEL or appointment.is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("organizer", _person(parseaddr(settings.DEFAULT_FROM_EMAIL)[1], CN=appointment.organization.name))
    if attendee:
        # Nobody is asked for an answer: the appointment stands.
        event.add("attendee", _person(attendee, ROLE="REQ-PARTICIPANT", PARTSTAT="ACCEPTED", RSVP="FALSE"))
    return event


def _uid(appointment, participation):
    whose = f"-{participation.pk}" if participation else ""
    return f"{appointment.ics_uid}{whose}@permanence"


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
