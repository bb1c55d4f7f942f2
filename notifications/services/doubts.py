"""SMS of which nobody knows whether the provider took them: it is asked, and only what it does not have goes again."""

from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from scheduling.engine.typography import NBSP

from ..exceptions import DeliveryError
from ..models import Message
from ..transports import transport_for
from .claims import UNCERTAIN, channels_that_can_be_asked, held

Status = Message.Status

# By then the provider has answered or never will, and lists what it took.
CHECKED_AFTER = timedelta(minutes=1)
# Where it cannot be asked, it is asked again after that, until the end: then the doubt is told.
CHECKED_AGAIN_AFTER = timedelta(minutes=5)
CHECKED_FOR = timedelta(hours=6)
MOST_PER_SWEEP = 50
# Tries, first one included, after which a message that keeps being lost on its way has failed.
_MOST_ATTEMPTS = 7

TO_BE_CHECKED = f"Réponse du fournisseur perdue{NBSP}: on lui demande s'il a ce message."
_LOST_TOO_OFTEN = "Le fournisseur n'a jamais reçu ce message."

_TAKE_UP = """
    WITH picked AS MATERIALIZED (
        SELECT id FROM notifications_message
        WHERE status = 'sending' AND channel = ANY(%(channels)s) AND handed_at <= %(handed)s
            AND claimed_at <= %(handed)s AND due_at <= %(now)s
        ORDER BY handed_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
    UPDATE notifications_message AS message SET claimed_at = %(now)s
    FROM picked WHERE message.id = picked.id RETURNING message.id
"""


def check_doubts(*, now: datetime) -> int:
    """Ask the providers about what was handed over and never answered; how many were asked about.

    Each is taken up by one UPDATE, so that one worker asks; one that dies while it asks leaves it to the next sweep.
    Not for use inside a transaction.
    """
    messages = _take_up(now)
    for message in messages:
        _check(message, now)
    return len(messages)


def _take_up(now):
    channels = channels_that_can_be_asked()
    if not channels:
        return []
    values = {"channels": channels, "handed": now - CHECKED_AFTER, "now": now, "most": MOST_PER_SWEEP}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_UP, values)
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(Message.objects.filter(pk__in=ids).select_related("territory").order_by("handed_at", "pk"))


def _check(message, now):
    transport = transport_for(message.channel)
    try:
        provider_id = transport.find(message, since=message.handed_at)
    except DeliveryError:
        _ask_again(message, now)
    else:
        if provider_id is None:
            _send_again(message, now)
        else:
            _settle(message, provider_id, now)
    finally:
        transport.close()


def _settle(message, provider_id, now):
    """It left when it was handed over. Another message of ours that has this identifier already keeps it."""
    sent = {"status": Status.SENT, "sent_at": message.handed_at, "provider_id": provider_id, "error": ""}
    try:
        with transaction.atomic():
            held(message).update(**sent, attempts=F("attempts") + 1)
    except IntegrityError:
        _ask_again(message, now)


def _send_again(message, now):
    again = {"handed_at": None, "claimed_at": None, "attempts": F("attempts") + 1}
    if message.attempts + 1 >= _MOST_ATTEMPTS:
        held(message).update(**again, status=Status.FAILED, error=_LOST_TOO_OFTEN)
    else:
        held(message).update(**again, status=Status.QUEUED, due_at=now, error="")


def _ask_again(message, now):
    if now >= message.handed_at + CHECKED_FOR:
        held(message).update(status=Status.FAILED, error=UNCERTAIN, attempts=F("attempts") + 1)
    else:
        held(message).update(due_at=now + CHECKED_AGAIN_AFTER, error=TO_BE_CHECKED)
