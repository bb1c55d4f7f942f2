"""Delivery: what is due leaves once, at the pace of its provider.

What is guaranteed:

- A message is a row, written with what causes it. Whatever dies (broker, worker, provider), a sweep finds the row.
- One worker at a time has it, by one UPDATE (`claims.py`). Right before the provider is given it, that is written and
  committed (`handed_at`). A worker that died before that has sent nothing: a minute later the message waits again.
- A worker that died after that, a line cut after the request, an answer that never came: the provider may have the
  message. Twilio has no key that would make a second request harmless, but can be asked what it has: it is, a minute
  later (`doubts.py`), and only what it does not have is sent again.

What is not:

- A mail server cannot be asked. A mail handed over without an answer is never sent again: it has failed, « envoi
  incertain », for a person to decide. Its Message-ID is the same at each try, so that two copies are known as one.
- Where Twilio cannot be asked either, for six hours, the same is told of the SMS.
- Asking twice is safe only if whoever asked first is dead: a worker that stands still for over a minute between
  the commit of `handed_at` and its request, then goes on, sends what another one may have sent meanwhile.
- An SMS whose text, number and sender are the same as those of another one that we did not send through this
  installation, within the same minutes, is taken for it.

`docs/messages.md` says this for who runs an installation.
"""

import enum
import math
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import groupby

from django.db import IntegrityError
from django.db.models import Case, F, Q, Value, When

from ..clocks import StandingClock
from ..exceptions import DeliveryError
from ..models import Message
from ..quiet_hours import due_at
from ..transports import transport_for
from .bounces import note_refused_address
from .citizen_messages import contact_on
from .claims import UNCERTAIN, as_it_stands, claim, claim_due, give_up, hand_over, held, release
from .doubts import CHECKED_AFTER, TO_BE_CHECKED
from .paces import slow_down, take_place
from .rewriting import needs_writing, write_anew
from .sms_stops import SAID_STOP, record_refusal
from .usefulness import CONTACT_CHANGED, NOT_FORESEEN, NOT_WANTED, is_offered_still, why_pointless

# Waits before the second, third… try. After the last one the message has failed.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 180))

# What a provider that answers takes before the claim of the last of them is given up for dead.
BATCH = 20
# After that a slow one gets no more of the batch: the rest goes back, while it is still ours (`CLAIM_LASTS`) and some
# time for the one on its way is left.
BATCH_LASTS = timedelta(seconds=30)
ROUND_LASTS = timedelta(seconds=1)
MOST_CARRIERS = 16
# A provider far away, in seconds: so many messages are on their way at once for each one per second.
_ANSWERED_AFTER = 0.2

Status = Message.Status


class Outcome(enum.Enum):
    """What is left after a batch."""

    NOTHING_DUE = "nothing due"
    MORE_DUE = "more may be due"
    NO_PLACE = "others have all the places that are near, or the provider is slow or wants to be left alone"


def deliver(*, message_id: int, now: datetime) -> bool:
    """Send the message if it is due and nobody else does; whether it was sent. However often it is asked, once.

    Not for use inside a transaction: each step must be seen by other workers at once.
    """
    deliver_messages(ids=[message_id], clock=StandingClock(now))
    return Message.objects.filter(pk=message_id, status=Status.SENT, claimed_at=now).exists()


def deliver_messages(*, ids: Sequence[int], clock) -> set[str]:
    """Send those of them that are due; the channels on which some wait, because no place is near or it is slow.

    For each batch two queries, for each message four (eight where a daily limit counts it).
    """
    full = set()
    for first in range(0, len(ids), BATCH):
        claimed = claim(ids=ids[first : first + BATCH], now=clock.now())
        claimed.sort(key=lambda message: message.channel)
        for channel, messages in groupby(claimed, key=lambda message: message.channel):
            with closing(transport_for(channel)) as transport:
                if not _send_all(list(messages), transport, clock):
                    full.add(channel)
    return full


def carry_due(*, channel: str, clock) -> Outcome:
    """Go through what is due on that channel for a second or two, the most urgent first.

    No longer, because a worker has other things to do; what is left is for the next round.
    """
    end = clock.now() + ROUND_LASTS
    with closing(transport_for(channel)) as transport:
        while (outcome := _carry_batch(transport, channel, clock)) is Outcome.MORE_DUE and clock.now() < end:
            pass
    return outcome


def carriers_for(channel: str) -> int:
    """How many workers at once go through what is due, so that the provider's pace is the only limit.

    One that is killed takes two of them with it, the next round included: three at least.
    """
    per_second = transport_for(channel).per_second
    return max(3, min(MOST_CARRIERS, math.ceil(per_second * _ANSWERED_AFTER))) if per_second else MOST_CARRIERS // 4


def _carry_batch(transport, channel, clock):
    # As many as one of several carriers has places for: the rest is for the others.
    most = min(BATCH, max(1, int(transport.per_second / 2))) if transport.per_second else BATCH
    messages = claim_due(channel=channel, most=most, now=clock.now())
    if not messages:
        return Outcome.NOTHING_DUE
    return Outcome.MORE_DUE if _send_all(messages, transport, clock) else Outcome.NO_PLACE


def _send_all(messages, transport, clock):
    """Whether all could be dealt with; those for which no place is near, or no time, go back to the queue."""
    end = clock.now() + BATCH_LASTS
    for number, claimed in enumerate(messages):
        if clock.now() >= end:
            release(messages[number:])
            return False
        if (message := as_it_stands(claimed)) is None:
            continue
        if reason := why_pointless(message, now=clock.now()):
            held(message).update(status=Status.DROPPED, error=reason)
        elif later := _put_off(message, clock.now()):
            held(message).update(status=Status.QUEUED, due_at=later, claimed_at=None)
        elif _stays_here(message, clock.now()):
            continue
        elif place := take_place(message, transport=transport, now=clock.now()):
            clock.wait_until(place)
            _send(message, transport, clock)
        else:
            release(messages[number:])
            return False
    return True


def _stays_here(message, now):
    """Whether it was given up, because of whom it is for; a reminder that waited is written anew before.

    One that stays counts as never written: whoever wants it again while its time lasts gets it.
    No query for what leaves at once; seven for a reminder that waited.
    """
    part = message.participation
    contact = contact_on(part, channel=message.channel) if part else message.recipient
    if not contact:
        held(message).update(status=Status.DROPPED, error=NOT_WANTED, lead_time=None)
    elif contact == message.recipient and message.channel == Message.Channel.SMS and message.is_stopped:
        give_up(message, reason=SAID_STOP)
    elif needs_writing(message, contact=contact, now=now):
        if write_anew(message, now=now):
            return False
        held(message).update(status=Status.DROPPED, error=NOT_FORESEEN, lead_time=None)
    elif contact != message.recipient:
        give_up(message, reason=CONTACT_CHANGED)
    else:
        return False
    return True


def _send(message, transport, clock):
    now = clock.now()
    if not hand_over(message, transport=transport, now=now):
        return
    try:
        provider_id = transport.send(message)
    except DeliveryError as error:
        held(message).update(**_after_failure(message, error, transport, now))
        note_refused_address(message=message, error=error, now=now)
        if error.is_stopped:
            record_refusal(message, now=now)
        if error.slow_down:
            slow_down(provider=transport.provider, until=now + error.slow_down)
        return
    try:
        _mark_sent(message, provider_id, now)
    except IntegrityError:
        # One in doubt with the same text for the same number was taken for this one (`doubts.py`).
        _mark_sent(message, "", now)


def _mark_sent(message, provider_id, now):
    """The provider's own word may have come first (`provider_reports.py`): a later state is not undone.

    A doubt that was told meanwhile, because the provider took so long, is none any more.
    """
    is_open = Q(status=Status.SENDING) | Q(error=UNCERTAIN)
    claimed = Message.objects.filter(pk=message.pk, claimed_at=message.claimed_at)
    claimed.update(
        status=Case(When(is_open, then=Value(Status.SENT)), default=F("status")),
        error=Case(When(is_open, then=Value("")), default=F("error")),
        sent_at=now,
        provider_id=provider_id,
        attempts=F("attempts") + 1,
    )


def _put_off(message, now):
    """When it may leave, if not now: it was due by day, and its turn comes in quiet hours.

    What was offered by day, and is over by the morning, leaves a little late rather than never. One query for those.
    """
    if message.organization is None:
        return None
    later = due_at(
        message.organization, kind=message.kind, channel=message.channel, now=now, before=message.appointment_starts_at
    )
    if later <= now or (message.kind == Message.Kind.EARLIER_SLOT and not is_offered_still(message, now=later)):
        return None
    return later


def _after_failure(message, error, transport, now):
    if error.is_uncertain and transport.can_find:
        return {"error": TO_BE_CHECKED, "due_at": now + CHECKED_AFTER}
    outcome = {"error": error.message[:255], "attempts": F("attempts") + 1}
    if error.is_uncertain:
        return outcome | {"status": Status.FAILED, "error": UNCERTAIN}
    # The provider said no: it has nothing, and nothing counts for the day.
    outcome["handed_at"] = None
    if error.is_permanent or message.attempts >= len(BACK_OFF):
        return outcome | {"status": Status.FAILED}
    wait = max(BACK_OFF[message.attempts], error.slow_down or timedelta(0))
    return outcome | {"status": Status.QUEUED, "due_at": now + wait}
