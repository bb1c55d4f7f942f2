"""What a provider says of a message after it took it: kept, and never undone by what it said before."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from ..models import Message
from ..transports.twilio_errors import STOPPED, refusal
from .sms_stops import record_refusal

Status = Message.Status

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values. Reports come in any order, and the
# higher one stands; of two final ones the first.
_RANK = {
    "accepted": 0, "scheduled": 0, "queued": 1, "sending": 2, "sent": 3,
    "delivered": 4, "undelivered": 4, "failed": 4, "canceled": 4, "read": 4,
}  # fmt: skip
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_NOT_DELIVERED = {"undelivered", "failed", "canceled"}


def record_report(
    *, message_id: int | None, provider_id: str, state: str, error_code: int | None, now: datetime
) -> bool:
    """Keep what the provider says of its message `provider_id`; whether it was news. Two queries; one more for a STOP.

    `message_id` is what we told the provider of it, for a report that comes before we know `provider_id`.
    Whatever the provider speaks of, it has: a report lifts a doubt, and what we gave up for lost, or dropped when it
    was to go again, did leave. What we do not know, of a message or of a
    state, is no error: nothing is kept. That the person said STOP is kept for the next messages, too.
    """
    message = _reported(message_id, provider_id)
    if message is None or state not in _RANK:
        return False
    lower = [known for known, rank in _RANK.items() if rank < _RANK[state]]
    # Our own word of the identifier may come in between.
    news = Message.objects.filter(pk=message.pk, provider_id__in=["", provider_id], provider_status__in=["", *lower])
    try:
        with transaction.atomic():
            is_news = bool(news.update(**_changes(provider_id, state, error_code, now)))
            if is_news and state in _NOT_DELIVERED and error_code == STOPPED:
                record_refusal(message, now=now)
            return is_news
    except IntegrityError:  # This identifier is another message's.
        return False


def _reported(message_id, provider_id):
    """The message with that identifier, or else the one we told the provider of, as long as it has none."""
    if not _SID.fullmatch(provider_id):
        return None
    known = Q(provider_id=provider_id) | Q(pk=message_id, provider_id="")
    found = Message.objects.filter(known, channel=Message.Channel.SMS)
    return found.order_by("-provider_id").first()


def _changes(provider_id, state, error_code, now):
    changes = {
        "provider_id": provider_id,
        "provider_status": state,
        "provider_status_at": now,
        "handed_at": Coalesce("handed_at", Value(now)),
    }
    if state in _NOT_DELIVERED:
        return changes | {"status": Status.FAILED, "error": refusal(error_code)}
    # No failure was reported before: `record_report` asks for rows with a lower state.
    changes |= {"status": Status.SENT, "sent_at": Coalesce("sent_at", "handed_at", Value(now)), "error": ""}
    if state in {"delivered", "read"}:
        changes["delivered_at"] = now
    return changes
