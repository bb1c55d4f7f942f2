"""Somebody's calendar, filled by their mail program from the invitations that they receive.

What RFC 5546 (2.1.4, 2.1.5, 3.2) asks of a program, and RFC 6047 of a mail: the part beside the text carries the
method, also in its header; an event is known by its UID; a version with a lower SEQUENCE, or with the same one and an
earlier DTSTAMP, comes too late; nobody but its organizer changes it; who is not among the attendees is not concerned.
"""

from email.message import EmailMessage
from email.utils import parseaddr

from icalendar import Calendar


class MailedCalendar:
    def __init__(self, address):
        self.address = address
        self._versions = {}  # By UID; what was cancelled is remembered, so that an older invitation does not revive it.

    def receive(self, mail: EmailMessage) -> None:
        """Read one mail; nothing without an invitation."""
        part = mail.get_body(("calendar",))
        if part is None:
            return
        calendar = Calendar.from_ical(part.get_content())
        method = str(calendar["METHOD"])
        assert part["Content-Type"].params["method"] == method
        (event,) = calendar.walk("VEVENT")
        organizer, attendee = (_address(event[name]) for name in ("ORGANIZER", "ATTENDEE"))
        # Outlook removes nothing for a stranger.
        assert parseaddr(mail["From"])[1] == organizer
        if attendee != self.address or not self._is_news(event, organizer):
            return
        self._versions[str(event["UID"])] = (organizer, event, method)

    def _is_news(self, event, organizer):
        known_organizer, known, _ = self._versions.get(str(event["UID"]), (organizer, None, None))
        return organizer == known_organizer and (known is None or _version(known) <= _version(event))

    @property
    def events(self):
        """What stands in it, by start."""
        standing = (event for _, event, method in self._versions.values() if method == "REQUEST")
        return sorted(standing, key=lambda event: event["DTSTART"].dt)

    @property
    def starts(self):
        return [event["DTSTART"].dt for event in self.events]

    @property
    def known(self):
        """How many events it has ever heard of."""
        return len(self._versions)


def _version(event):
    return event["SEQUENCE"], event["DTSTAMP"].dt


def _address(person):
    return str(person).removeprefix("mailto:")
