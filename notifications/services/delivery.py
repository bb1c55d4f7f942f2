"""Delivery: what is due leaves once.

What is guaranteed. A message is claimed by one UPDATE, so that of any number of workers one sends it. Sent, it is
marked; refused for now, it waits longer each time; refused for good, it fails. A worker killed between the claim and
the mark leaves a doubt that nobody here can lift: the message is marked FAILED with « envoi incertain », for a person
to decide, because a second SMS is worse than a late one. Nothing is ever lost: a message is a row, and the sweep finds
whatever was not published or not taken.
"""

from datetime import datetime, timedelta

from django.db.models import Case, F, Value, When

from scheduling.models import AppointmentStatus

from ..exceptions import DeliveryError
from ..models import Message
from ..transports import transport_for
from ..transports.sms import UNCERTAIN
from .citizen_messages import TAKEN_AWAY
from .codes import CODE_LASTS
from .summaries import is_over

# Waits before the second, third… try. After the last one the message has failed.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 180))

# No transport takes that long: whoever claimed it is dead.
CLAIM_LASTS = timedelta(minutes=10)

# The task published with a message has had its chance.
SWEPT_AFTER = timedelta(minutes=1)
# What somebody taken away is told all the same.
TELLS_OF_LEAVING = (Message.Kind.CANCELLED_BY_AGENT, Message.Kind.LEFT_QUEUE)
BATCH = 50
MOST_PER_SWEEP = 5000

Status = Message.Status


def deliver(*, message_id: int, now: datetime) -> bool:
    """Send the message if it is due and nobody else does; whether it was sent. However often it is asked, once.

    Not for use inside a transaction: each step must be seen by other workers at once.
    """
    waiting = Message.objects.filter(pk=message_id).due(now)
    if not waiting.update(status=Status.SENDING, claimed_at=now):
        return False
    message = Message.objects.select_related("territory", "organization", "appointment", "participation").get(
        pk=message_id
    )
    # A claim given up for dead may come back to say how it ended: it is told by its instant.
    claimed = Message.objects.filter(pk=message_id, claimed_at=now)
    if reason := _pointless(message, now):
        claimed.update(status=Status.DROPPED, error=reason)
        return False
    try:
        provider_id = transport_for(message.channel).send(message)
    except DeliveryError as error:
        claimed.update(**_after_failure(message, error, now))
        return False
    claimed.update(status=Status.SENT, sent_at=now, provider_id=provider_id, error="", attempts=F("attempts") + 1)
    return True


def unsent_batches(*, now: datetime) -> list[list[int]]:
    """Messages due for over a minute that nobody took, the most urgent first. One query."""
    waiting = (
        Message.objects.due(now - SWEPT_AFTER)
        .annotate(rank=Case(When(kind=Message.Kind.CODE, then=Value(0)), default=Value(1)))
        .order_by("rank", "due_at", "pk")
        .values_list("pk", flat=True)[:MOST_PER_SWEEP]
    )
    return in_batches(list(waiting))


def in_batches(ids: list[int]) -> list[list[int]]:
    return [ids[first : first + BATCH] for first in range(0, len(ids), BATCH)]


def fail_abandoned(*, now: datetime) -> int:
    """Mark what a dead worker had claimed: nobody knows whether it left. One UPDATE."""
    abandoned = Message.objects.filter(status=Status.SENDING, claimed_at__lte=now - CLAIM_LASTS)
    return abandoned.update(status=Status.FAILED, error=UNCERTAIN, attempts=F("attempts") + 1)


def _pointless(message, now):
    """Why nobody needs this message any more, or nothing."""
    if message.kind == Message.Kind.CODE and now >= message.created_at + CODE_LASTS:
        return "Le code n'était plus valable."
    if message.kind == Message.Kind.SUMMARY and is_over(message, now=now):
        return "La matinée était passée."
    if reason := _outdated_for(message.participation, message.kind):
        return reason
    if message.kind != Message.Kind.REMINDER:
        return ""
    appointment = message.appointment
    if appointment.starts_at <= now:
        return "Le rendez-vous avait commencé."
    if appointment.starts_at != message.appointment_starts_at:
        return "Le rendez-vous avait été déplacé."
    is_theirs = message.participation.waiting_since is None
    if not is_theirs or {appointment.status, message.participation.status} != {AppointmentStatus.BOOKED}:
        return "Le rendez-vous était annulé."
    return ""


def _outdated_for(participation, kind):
    if participation and participation.is_removed and kind not in TELLS_OF_LEAVING:
        return TAKEN_AWAY
    if participation and kind == Message.Kind.NO_SHOW and participation.status != AppointmentStatus.NO_SHOW:
        return "L'absence avait été corrigée."
    return ""


def _after_failure(message, error, now):
    outcome = {"error": error.message[:255], "attempts": F("attempts") + 1}
    if error.is_permanent or message.attempts >= len(BACK_OFF):
        return outcome | {"status": Status.FAILED}
    return outcome | {"status": Status.QUEUED, "due_at": now + BACK_OFF[message.attempts]}
