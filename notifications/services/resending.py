"""A message sent once more because an agent asks for it: written anew, from what the appointment is now."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from config.shortcuts import run_after_commit
from scheduling.models import Appointment, AppointmentStatus, Participation
from scheduling.services.locks import lock_appointment

from ..exceptions import ChannelDeclined, JustSent, NotResendable
from ..models import Message
from ..selectors.switches import Switches
from ..selectors.texts import texts_of_appointments
from .citizen_messages import citizen_messages, recipient_on
from .writing import with_what_messages_show

Kind, Status = Message.Kind, Message.Status

# Nobody gets the same twice in a row; what failed may be tried again at once, with a contact that was put right.
APART = timedelta(minutes=5)

# They carry the link: a new one takes the place of those sent before.
_WITH_A_LINK = {Kind.BOOKED, Kind.REMINDER, Kind.MOVED, Kind.WAITING, Kind.SEATED}

# What a person must be for the message to be true still.
_STATUS_TOLD = {
    Kind.NO_SHOW: AppointmentStatus.NO_SHOW,
    Kind.UNSCHEDULED: AppointmentStatus.UNSCHEDULED,
    Kind.CANCELLED_BY_CITIZEN: AppointmentStatus.CANCELLED_BY_CITIZEN,
    Kind.CANCELLED_BY_AGENT: AppointmentStatus.CANCELLED_BY_AGENT,
}


def may_be_resent(message: Message, *, now: datetime) -> bool:
    """Whether it still makes sense and may reach somebody. No query on a row of `messages_of`."""
    if message.participation is None or message.status not in (Status.SENT, Status.FAILED, Status.DROPPED):
        return False
    participation = message.participation
    is_true = _is_still_true(message.kind, participation, message.appointment, now)
    return is_true and bool(recipient_on(participation, channel=message.channel))


def _is_still_true(kind, participation, appointment, now):
    if participation.is_removed:
        return False
    if kind in _WITH_A_LINK:
        # Who waits for a seat has nothing that could be confirmed, and who has one does not wait.
        is_as_told = participation.is_waiting == (kind == Kind.WAITING)
        is_theirs = participation.status == AppointmentStatus.BOOKED
        return is_theirs and is_as_told and appointment.is_upcoming(now)
    is_told = participation.status == _STATUS_TOLD.get(kind)
    return is_told and (kind == Kind.NO_SHOW or appointment.starts_at > now)


@transaction.atomic
def resend_message(*, message: Message, agent, now: datetime) -> Message:
    """Write it again for the same person on the same channel, at the contact they have now; it leaves after commit.

    Sent although the settings have turned such messages off since: they are for what leaves by itself, and this is an
    agent's decision, of a message that the person has had before. What the person does not want they do not get.

    A new link replaces those sent before, unless another message with the present one is still on its way. Requests
    for one appointment queue, so that a double click writes one message. Eleven queries,
    and one more for each time that it was sent again before.

    Raises NotResendable when it is no longer true, or has not been tried yet; ChannelDeclined when the person cannot
    be reached so, or does not want to; JustSent within `APART` of the last one.
    """
    # Before the person: whoever changes the appointment has it first, too, and would else wait for us in a ring.
    lock_appointment(message.appointment)
    # Theirs may have become one with another one of the same person.
    message.refresh_from_db(fields=["status", "participation"])
    appointment = with_what_messages_show(Appointment.objects.filter(pk=message.appointment_id)).get()
    (participation,) = (each for each in appointment.participations.all() if each.pk == message.participation_id)
    _check(message, participation, appointment, now)
    if message.kind in _WITH_A_LINK and not _link_is_on_its_way(participation):
        Participation.objects.filter(pk=participation.pk).update(link_version=F("link_version") + 1)
        participation.refresh_from_db(fields=["link_version"])
    again = _written(message, participation, appointment, now)
    again.resends, again.resent_by = message, agent
    again.save()
    run_after_commit("notifications.tasks.deliver_messages", [again.pk])
    return again


def _check(message, participation, appointment, now):
    if message.status in (Status.QUEUED, Status.SENDING):
        raise NotResendable("Ce message n'est pas encore parti.")
    if not _is_still_true(message.kind, participation, appointment, now):
        raise NotResendable
    alike = Message.objects.filter(participation=participation, kind=message.kind, channel=message.channel)
    recent = alike.filter(created_at__gt=now - APART).exclude(status__in=[Status.FAILED, Status.DROPPED])
    if recent.exists():
        raise JustSent


def _link_is_on_its_way(participation):
    waiting = Message.objects.filter(participation=participation, status__in=[Status.QUEUED, Status.SENDING])
    return waiting.filter(kind__in=_WITH_A_LINK).exists()


def _written(message, participation, appointment, now):
    event = _event_of(message)
    written = citizen_messages(
        participation,
        appointment=appointment,
        texts=texts_of_appointments([appointment]),
        # Somebody decides on this one message: the settings are for what leaves by itself.
        switches=Switches(),
        kind=message.kind,
        now=now,
        previous_starts_at=event.previous_starts_at if event else None,
    )
    for again in written:
        if again.channel == message.channel:
            return again
    raise ChannelDeclined


def _event_of(message):
    """What it tells of: what was sent again has none of its own, but that of the first. A query for each time."""
    while message.event is None and message.resends is not None:
        message = message.resends
    return message.event
