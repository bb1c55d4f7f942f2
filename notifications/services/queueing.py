"""Messages written with the event that causes them, in its transaction."""

from datetime import datetime
from email.utils import parseaddr

import phonenumbers
from django.conf import settings
from django.db.models import Prefetch
from django.utils import translation

from scheduling.ics import CANCEL, REQUEST, appointment_ics
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus, Calendar, Participation

from ..fields import merge_fields
from ..links import appointment_url, manage_url
from ..models import Message
from ..quiet_hours import after_quiet_hours
from ..rendering import render_message
from ..selectors.texts import Texts, texts_of_appointments
from ..texts import Text, default_text
from ..transports import channels_in_service

Kind, Channel, Audience = Message.Kind, Message.Channel, Message.Audience

KIND_OF_EVENT = {
    AppointmentEvent.Kind.BOOKED: Kind.BOOKED,
    AppointmentEvent.Kind.MOVED: Kind.MOVED,
    AppointmentEvent.Kind.NO_SHOW: Kind.NO_SHOW,
    AppointmentEvent.Kind.UNSCHEDULED: Kind.UNSCHEDULED,
    AppointmentEvent.Kind.CANCELLED_BY_CITIZEN: Kind.CANCELLED_BY_CITIZEN,
    AppointmentEvent.Kind.CANCELLED_BY_AGENT: Kind.CANCELLED_BY_AGENT,
    # Told of its cancellation before: the time that stands is news again.
    AppointmentEvent.Kind.RESUMED: Kind.BOOKED,
    AppointmentEvent.Kind.PARTICIPANT_ADDED: Kind.BOOKED,
    AppointmentEvent.Kind.PARTICIPANT_REMOVED: Kind.CANCELLED_BY_AGENT,
    AppointmentEvent.Kind.PARTICIPANT_WAITING: Kind.WAITING,
    AppointmentEvent.Kind.PARTICIPANT_SEATED: Kind.SEATED,
}
TAKEN_AWAY = "La personne ne participe plus à ce rendez-vous."
# What of an appointment says where it is: its place, the number to call, the link of the visio.
WHERE = {"location", "address", "phone", "video_url"}
_CALENDAR_METHODS = {
    Kind.BOOKED: REQUEST,
    Kind.MOVED: REQUEST,
    Kind.SEATED: REQUEST,
    Kind.UNSCHEDULED: CANCEL,
    Kind.CANCELLED_BY_CITIZEN: CANCEL,
    Kind.CANCELLED_BY_AGENT: CANCEL,
}


def queue_messages(event: AppointmentEvent) -> list[int]:
    """Write what the event tells citizens and agents; the identifiers of the messages. Four queries and an insert.

    What happened to one person alone is told to this person. Somebody taken away gets nothing of what still waits.
    Nothing about what is past when it is recorded: an appointment noted afterwards, or put in order after its start,
    is no news to anybody. Only an absence is told then, and to a walk-in that it was registered, if they asked for it.
    """
    kind = kind_of(event)
    if kind is None:
        return []
    if event.kind == AppointmentEvent.Kind.PARTICIPANT_REMOVED:
        drop_waiting(event.participation_id)
    appointment = with_what_messages_show(Appointment.objects.filter(pk=event.appointment_id)).get()
    is_registered_now = appointment.is_walk_in and event.kind == AppointmentEvent.Kind.BOOKED
    if kind != Kind.NO_SHOW and not is_registered_now and appointment.starts_at <= event.at:
        return []
    texts = texts_of_appointments([appointment])
    messages = [
        message
        for participation in _told_participations(event, appointment=appointment, kind=kind)
        for message in citizen_messages(
            participation,
            appointment=appointment,
            texts=texts,
            kind=_kind_for(participation, event, kind),
            now=event.at,
            previous_starts_at=event.previous_starts_at,
        )
    ]
    if event.participation_id is None:
        messages += _agent_messages(event, appointment=appointment, kind=kind)
    for message in messages:
        message.event = event
    return [message.pk for message in Message.objects.bulk_create(messages)]


def kind_of(event: AppointmentEvent) -> str | None:
    """What kind of message tells the event; None where nobody is told.

    Another place, number or link is told to citizens as a « création », and so is an appointment to an agent who joins
    it: the recap of what stands now, in the kinds that exist (N1).
    """
    if event.kind == AppointmentEvent.Kind.EDITED:
        return Kind.BOOKED if _tells_place(event) or _joined(event) else None
    return KIND_OF_EVENT.get(event.kind)


def _tells_place(event):
    return any(change["field"] in WHERE for change in event.changes)


def _joined(event):
    """Ids of the calendars that were added."""
    return {pk for change in event.changes for pk in change.get("added", ())}


def _kind_for(participation, event, kind):
    """Who waits for a seat has no appointment yet that could be confirmed, nor be cancelled for them alone."""
    if participation.waiting_since is None:
        return kind
    if kind == Kind.BOOKED:
        return Kind.WAITING
    return Kind.LEFT_QUEUE if event.participation_id is not None and participation.left_at is not None else kind


def with_what_messages_show(appointments):
    """Everything a message says of an appointment, in three queries whatever the number of rows."""
    return appointments.select_related("motif", "option", "location", "organization__territory").prefetch_related(
        Prefetch("calendars", Calendar.objects.select_related("agent", "desk").order_by("pk")),
        Prefetch("participations", Participation.objects.select_related("citizen__responsible").order_by("pk")),
    )


def citizen_messages(
    participation: Participation,
    *,
    appointment: Appointment,
    texts: Texts,
    kind: str,
    now: datetime,
    previous_starts_at: datetime | None = None,
) -> list[Message]:
    """One unsaved message for each channel on which the citizen, or who answers for them, wants to be told.

    What administrators wrote is in French, whatever the citizen reads, and so are the dates in it.
    """
    return [
        _message(
            appointment,
            kind=kind,
            text=in_force.text,
            audience=Audience.CITIZEN,
            channel=channel,
            recipient=recipient,
            now=now,
            language="fr" if in_force.row else participation.language,
            # The links of somebody taken away are dead.
            link="" if participation.is_removed else manage_url(participation),
            beneficiaries=[participation.citizen],
            previous_starts_at=previous_starts_at,
            participation=participation,
        )
        for channel in Channel
        if (recipient := recipient_on(participation, channel=channel))
        and (in_force := texts.of_appointment(appointment, kind=kind, channel=channel))
    ]


def drop_waiting(participation_id: int) -> int:
    """Whatever was written for somebody and has not left yet stays here; how many messages. One UPDATE.

    A reminder among them counts as never written: the person may come back.
    """
    waiting = Message.objects.filter(participation=participation_id, status=Message.Status.QUEUED)
    return waiting.update(status=Message.Status.DROPPED, error=TAKEN_AWAY, lead_time=None)


def _told_participations(event, *, appointment, kind):
    everybody = appointment.participations.all()
    if event.kind == AppointmentEvent.Kind.EDITED and not _tells_place(event):
        return []
    if event.participation_id is None:
        concerned = [participation for participation in everybody if participation.left_at is None]
    else:
        concerned = [participation for participation in everybody if participation.pk == event.participation_id]
    if _CALENDAR_METHODS.get(kind) == CANCEL:
        return concerned
    if kind == Kind.NO_SHOW:
        absent = [each for each in concerned if each.status == AppointmentStatus.NO_SHOW]
        return _not_told_yet(absent)
    return [participation for participation in concerned if participation.status == AppointmentStatus.BOOKED]


def _not_told_yet(absent):
    """Nobody is told of one absence twice: an outcome that is corrected, and corrected back, is no news."""
    told = Message.objects.filter(kind=Kind.NO_SHOW, participation__in=absent).exclude(status=Message.Status.DROPPED)
    told = set(told.values_list("participation", flat=True))
    return [participation for participation in absent if participation.pk not in told]


def recipient_on(participation: Participation, *, channel: str) -> str:
    """Where this person is told on that channel of this appointment; empty where they cannot be, or nobody wants it.

    Any no is a no: the citizen's, that of the person responsible, or the agent's for this appointment.
    """
    citizen, contact = participation.citizen, participation.citizen.contact
    if channel not in channels_in_service():
        return ""
    if channel == Channel.EMAIL:
        wanted = participation.notify_by_email and citizen.notify_by_email and contact.notify_by_email
        return contact.email if wanted else ""
    wanted = participation.notify_by_sms and citizen.notify_by_sms and contact.notify_by_sms
    return str(contact.phone) if wanted and contact.phone and _takes_sms(contact.phone) else ""


def _takes_sms(phone):
    return phonenumbers.number_type(phone) in {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }


def _agent_messages(event, *, appointment, kind):
    """To the agents whose time it is, except the one who did it; of an edit, to those who join."""
    is_edit, joined = event.kind == AppointmentEvent.Kind.EDITED, _joined(event)
    text = default_text(kind, audience=Audience.AGENT, channel=Channel.EMAIL)
    if text is None:
        return []
    return [
        _message(
            appointment,
            kind=kind,
            text=text,
            audience=Audience.AGENT,
            channel=Channel.EMAIL,
            recipient=calendar.agent.email,
            now=event.at,
            language="fr",
            link=appointment_url(appointment),
            beneficiaries=_beneficiaries(appointment),
            previous_starts_at=event.previous_starts_at,
            agent=calendar.agent,
        )
        for calendar in appointment.calendars.all()
        if calendar.agent
        and calendar.agent.is_active
        and calendar.agent_id != event.actor_id
        and (not is_edit or calendar.pk in joined)
    ]


def _beneficiaries(appointment):
    """None of a workshop: they come and go, and are a page of their own."""
    if appointment.is_collective:
        return []
    return [each.citizen for each in appointment.participations.all() if each.left_at is None]


def _rendered(text, fields, channel, default):
    """The text as sent. One whose fields are all empty would say nothing: the default speaks."""
    sent = render_message(text, fields, channel=channel)
    if sent.body and (sent.subject or channel == Channel.SMS):
        return sent
    spoken = render_message(default, fields, channel=channel)
    return Text(subject=sent.subject or spoken.subject, body=sent.body or spoken.body)


def _message(
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
    **who,
):
    organization = appointment.organization
    with translation.override(language):
        fields = merge_fields(
            appointment,
            beneficiaries=beneficiaries,
            calendars=appointment.calendars.all(),
            channel=channel,
            link=link,
            previous_starts_at=previous_starts_at,
        )
        text = _rendered(text, fields, channel, default_text(kind, audience=audience, channel=channel))
        calendar_file = ""
        # Who waits for a seat has nothing to put into a calendar yet.
        is_waiting = "participation" in who and who["participation"].waiting_since
        if channel == Channel.EMAIL and kind in _CALENDAR_METHODS and not is_waiting:
            calendar_file = appointment_ics(
                appointment,
                method=_CALENDAR_METHODS[kind],
                attendee=recipient,
                organizer=parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
                url=link,
            )
    is_quiet = kind == Kind.NO_SHOW and channel == Channel.SMS
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
        link=link if channel == Channel.EMAIL else "",
        calendar_file=calendar_file,
        created_at=now,
        due_at=after_quiet_hours(now, zone=organization.zone) if is_quiet else now,
        **who,
    )
