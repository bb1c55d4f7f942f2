"""One message as it will leave: the text in force with the fields of the appointment, and its calendar file."""

from types import MappingProxyType

from django.db.models import Prefetch
from django.utils import translation

from scheduling.ics import CANCEL, REQUEST, appointment_ics
from scheduling.models import Calendar, Participation

from ..costs import size_and_cost
from ..fields import merge_fields
from ..models import Message
from ..quiet_hours import due_at
from ..rendering import render_message
from ..texts import Text, default_text

Kind, Channel = Message.Kind, Message.Channel

CALENDAR_METHODS = {
    Kind.BOOKED: REQUEST,
    Kind.MOVED: REQUEST,
    Kind.SEATED: REQUEST,
    Kind.UNSCHEDULED: CANCEL,
    Kind.CANCELLED_BY_CITIZEN: CANCEL,
    Kind.CANCELLED_BY_AGENT: CANCEL,
    # Of agents alone.
    Kind.EDITED: REQUEST,
    Kind.LEFT_CALENDAR: CANCEL,
}


def with_what_messages_show(appointments):
    """Everything a message says of an appointment, in three queries whatever the number of rows."""
    whole = appointments.select_related("motif", "option", "location", "organization__territory")
    return whole.prefetch_related(
        Prefetch("calendars", Calendar.objects.select_related("agent", "desk").order_by("pk")),
        Prefetch(
            "participations",
            Participation.objects.with_sms_stops().select_related("citizen__responsible", "prescriber").order_by("pk"),
        ),
    )


def written_message(
    appointment,
    *,
    kind,
    text,
    audience,
    channel,
    recipient,
    now,
    language,
    link,
    beneficiaries,
    previous_starts_at,
    more_fields=MappingProxyType({}),
    answer_by=None,
    **who,
):
    """One unsaved message to one person on one channel, in `language`. No query when what it shows is loaded.

    `more_fields` are what the text of one audience knows beside the merge fields, or instead of them.
    """
    organization = appointment.organization
    with translation.override(language):
        fields = merge_fields(
            appointment,
            beneficiaries=beneficiaries,
            calendars=appointment.calendars.all(),
            channel=channel,
            link=link,
            previous_starts_at=previous_starts_at,
            answer_by=answer_by,
        )
        fields |= more_fields
        text = _rendered(text, fields, channel, default_text(kind, audience=audience, channel=channel))
        calendar_file = ""
        # Who waits for a seat has nothing to put into a calendar yet.
        is_waiting = "participation" in who and who["participation"].waiting_since
        # A prescriber does not come to it.
        comes = audience != Message.Audience.PRESCRIBER and not is_waiting
        if channel == Channel.EMAIL and kind in CALENDAR_METHODS and comes:
            calendar_file = appointment_ics(
                appointment,
                method=CALENDAR_METHODS[kind],
                at=now,
                participation=who.get("participation"),
                attendee=recipient,
                url=link,
            )
    return Message(
        territory_id=organization.territory_id,
        organization=organization,
        appointment=appointment,
        audience=audience,
        kind=kind,
        channel=channel,
        recipient=recipient,
        subject=text.subject,
        body=text.body,
        **size_and_cost(text.body, channel=channel, territory=organization.territory),
        link=link if channel == Channel.EMAIL else "",
        calendar_file=calendar_file,
        appointment_starts_at=appointment.starts_at,
        created_at=now,
        due_at=due_at(organization, kind=kind, channel=channel, now=now, before=appointment.starts_at),
        **who,
    )


def _rendered(text, fields, channel, default):
    """The text as sent. One whose fields are all empty would say nothing: the default speaks."""
    sent = render_message(text, fields, channel=channel)
    if sent.body and (sent.subject or channel == Channel.SMS):
        return sent
    spoken = render_message(default, fields, channel=channel)
    return Text(subject=sent.subject or spoken.subject, body=sent.body or spoken.body)
