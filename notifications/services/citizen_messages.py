"""What citizens are told of an appointment, or who answers for them."""

from datetime import datetime

import phonenumbers

from scheduling.models import Appointment, Participation

from ..links import manage_url, offer_url
from ..models import Message
from ..selectors.switches import Switches
from ..selectors.texts import Texts
from ..transports import channels_in_service
from .writing import written_message

Channel, Audience = Message.Channel, Message.Audience

TAKEN_AWAY = "La personne ne participe plus à ce rendez-vous."


def citizen_messages(
    participation: Participation,
    *,
    appointment: Appointment,
    texts: Texts,
    switches: Switches,
    kind: str,
    now: datetime,
    previous_starts_at: datetime | None = None,
    answer_by: datetime | None = None,
) -> list[Message]:
    """One unsaved message for each channel that is on, where the citizen, or who answers for them, wants to be told.

    Dates and the like are in the language of the text, which is the citizen's where somebody wrote it in that.
    `answer_by` is of an offer, of which `appointment` shows the time and place.
    """
    link = offer_url(participation) if kind == Message.Kind.EARLIER_SLOT else manage_url(participation)
    return [
        written_message(
            appointment,
            kind=kind,
            text=in_force.text,
            audience=Audience.CITIZEN,
            channel=channel,
            recipient=recipient,
            now=now,
            language=in_force.language,
            # The links of somebody taken away are dead.
            link="" if participation.is_removed else link,
            beneficiaries=[participation.citizen],
            previous_starts_at=previous_starts_at,
            answer_by=answer_by,
            participation=participation,
        )
        for channel in Channel
        if switches.of_appointment(appointment, kind=kind, channel=channel).is_on
        and (recipient := recipient_on(participation, channel=channel))
        and (in_force := texts.of_appointment(appointment, kind=kind, channel=channel, language=participation.language))
    ]


def drop_waiting(participation_id: int) -> int:
    """Whatever was written for somebody and has not left yet stays here; how many messages. One UPDATE.

    A reminder among them counts as never written: the person may come back.
    """
    waiting = Message.objects.filter(participation=participation_id, status=Message.Status.QUEUED)
    return waiting.update(status=Message.Status.DROPPED, error=TAKEN_AWAY, lead_time=None)


def recipient_on(participation: Participation, *, channel: str) -> str:
    """Where this person is told on that channel of this appointment; empty where they cannot be, or nobody wants it.

    Any no is a no: the citizen's, that of the person responsible, or the agent's for this appointment; and for SMS a
    STOP from that phone.
    """
    if channel not in channels_in_service():
        return ""
    contact = contact_on(participation, channel=channel)
    return "" if contact and channel == Channel.SMS and participation.sms_stopped_at else contact


def contact_on(participation: Participation, *, channel: str) -> str:
    """The same, but for what may be over in an hour: a STOP, or no provider. No query if the citizen is loaded."""
    citizen, contact = participation.citizen, participation.citizen.contact
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
