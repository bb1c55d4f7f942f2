"""What is told when somebody corrected the contact to which the messages of their RDVs go."""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from config.shortcuts import run_after_commit
from organizations.models import Citizen
from scheduling.models import Appointment, Participation

from ..costs import size_and_cost
from ..models import Message
from ..quiet_hours import due_at
from ..rendering import render_message
from ..selectors.switches import switches_of_appointments
from ..selectors.texts import texts_of_appointments
from ..texts import Text
from ..transports import channels_in_service
from .citizen_messages import _takes_sms, citizen_messages
from .writing import with_what_messages_show

Channel, Kind = Message.Channel, Message.Kind

CHANNEL_OF = {"email": Channel.EMAIL, "phone": Channel.SMS}


def tell_contact_change(participation: Participation, *, field: str, before: str, now: datetime) -> list[Message]:
    """Write, in the caller's transaction: to the new contact what stands, with a link; to the one that it replaced that
    it did. Where it replaced none, the other one is told: whoever gave it away has to learn of it. Six queries.
    """
    appointment = with_what_messages_show(Appointment.objects.filter(pk=participation.appointment_id)).get()
    (participation,) = (each for each in appointment.participations.all() if each.pk == participation.pk)
    written = [
        message
        for message in citizen_messages(
            participation,
            appointment=appointment,
            texts=texts_of_appointments([appointment]),
            switches=switches_of_appointments([appointment]),
            kind=Kind.WAITING if participation.is_waiting else Kind.BOOKED,
            now=now,
        )
        if message.channel == CHANNEL_OF[field]
    ]
    written += _told_before(participation, appointment, field=field, before=before, now=now)
    found = Message.objects.bulk_create(written)
    run_after_commit("notifications.tasks.deliver_messages", [message.pk for message in found])
    return found


def _told_before(participation, appointment, *, field, before, now):
    contact: Citizen = participation.citizen.contact
    other = {"email": "phone", "phone": "email"}[field]
    told, recipient = (field, before) if before else (other, str(getattr(contact, other) or ""))
    # Whoever wants no messages wants this one: it may be the only sign that somebody else did it.
    if not recipient:
        return []
    channel = CHANNEL_OF[told]
    is_reached = channel != Channel.SMS or _takes_sms(PhoneNumber.from_string(recipient))
    if not is_reached or channel not in channels_in_service():
        return []
    with translation.override(participation.language):
        text = _text(field, is_replaced=bool(before))
        fields = {"organisation": appointment.organization.name, "contact": _reached_by(appointment.organization)}
        text = render_message(text, fields, channel=channel)
    message = Message(
        territory_id=appointment.organization.territory_id,
        organization=appointment.organization,
        audience=Message.Audience.CITIZEN,
        kind=Kind.CONTACT_CHANGED,
        channel=channel,
        recipient=recipient,
        subject=text.subject,
        body=text.body,
        **size_and_cost(text.body, channel=channel, territory=appointment.organization.territory),
        created_at=now,
        due_at=due_at(appointment.organization, kind=Kind.CONTACT_CHANGED, channel=channel, now=now),
    )
    return [message]


def _text(field, *, is_replaced):
    """One text for both channels: an SMS leaves the subject aside."""
    if not is_replaced:
        said = _("Un téléphone a été ajouté") if field == "phone" else _("Un e-mail a été ajouté")
    else:
        said = _("Votre téléphone a été remplacé") if field == "phone" else _("Votre e-mail a été remplacé")
    body = _("{said} pour vos rendez-vous. Si ce n'est pas vous, prévenez-nous : {organisation} {contact}")
    return Text(subject=_("Vos coordonnées ont changé"), body=body.replace("{said}", said))


def _reached_by(organization):
    return organization.phone.as_national if organization.phone else organization.email
