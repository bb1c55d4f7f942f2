"""Who sends a message: one worker, which says so before it begins and again right before the provider has it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from organizations.models import SmsStop
from scheduling.engine.typography import NBSP
from scheduling.engine.wall_clock import ONE_DAY, to_instant

from ..models import Message
from ..transports import Transport, transport_for

Status, Kind, Channel = Message.Status, Message.Kind, Message.Channel

# Whoever has claimed a message for longer without handing it over is dead, or will be told that it is no longer theirs.
CLAIM_LASTS = timedelta(minutes=1)
# No provider that cannot be asked takes longer to answer: whoever has not said by then how it ended never will.
ANSWER_LASTS = timedelta(minutes=5)

UNCERTAIN = f"Envoi incertain{NBSP}: le fournisseur n'a pas répondu, et un second envoi pourrait faire un doublon."

# What may be left out when somebody got a lot already. The rest must be known: agents are shown that it was not told.
CAN_BE_MISSED = {Kind.REMINDER, Kind.NO_SHOW, Kind.WAITING, Kind.SUMMARY}

_CLAIM = """
    WITH picked AS MATERIALIZED (
        SELECT id FROM notifications_message
        WHERE status = 'queued' AND due_at <= %(now)s AND {which}
        ORDER BY urgency, due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
    UPDATE notifications_message AS message SET status = 'sending', claimed_at = %(now)s, handed_at = NULL
    FROM picked WHERE message.id = picked.id RETURNING message.id
"""


def claim(*, ids: Sequence[int], now: datetime) -> list[Message]:
    """Those of `ids` that are due and nobody else has claimed, the most urgent first. Two queries."""
    return _claimed("id = ANY(%(ids)s)", {"ids": list(ids), "most": len(ids)}, now)


def claim_due(*, channel: str, most: int, now: datetime) -> list[Message]:
    """Some of what is due on that channel, the most urgent first. Two queries."""
    return _claimed("channel = %(channel)s", {"channel": channel, "most": most}, now)


def _claimed(which, values, now):
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(which=which), values | {"now": now})
        ids = [pk for (pk,) in cursor.fetchall()]
    if not ids:
        return []
    return list(Message.objects.filter(pk__in=ids).order_by("urgency", "due_at", "pk"))


def as_it_stands(message: Message) -> Message | None:
    """A claimed message, with all that decides whether it leaves as it is now; None once the claim is lost. One query.

    Others of its batch may have taken half a minute: an appointment is cancelled in less, and STOP said.
    """
    stops = SmsStop.objects.filter(territory=OuterRef("territory"), phone=OuterRef("recipient"))
    related = ("territory", "organization__territory", "appointment", "participation__citizen__responsible")
    return held(message).annotate(is_stopped=Exists(stops)).select_related(*related).first()


def held(message: Message):
    """The row, as long as this claim of it stands."""
    return Message.objects.filter(pk=message.pk, status=Status.SENDING, claimed_at=message.claimed_at)


def release(messages: Iterable[Message]) -> int:
    """Back into the queue as if nobody had claimed them: no try is counted. One UPDATE."""
    messages = list(messages)
    mine = Q(pk__in=[message.pk for message in messages], claimed_at__in={message.claimed_at for message in messages})
    waiting = Message.objects.filter(mine, status=Status.SENDING, handed_at=None)
    return waiting.update(status=Status.QUEUED, claimed_at=None)


def hand_over(message: Message, *, transport: Transport, now: datetime) -> bool:
    """Say, before it happens, that the provider has the message; False when it must not happen.

    Because the claim was given up for dead meanwhile, or because this person got as much today as anybody may: then
    the message is dropped, or has failed where it must be known. One UPDATE; four more queries for what is counted,
    in a transaction of its own: of two workers at once one counts what the other hands over. What stays on the page of
    a demonstration bothers nobody, and is not counted.
    """
    if not transport.provider or not _is_counted(message):
        return bool(held(message).update(handed_at=now))
    with transaction.atomic():
        _queue_behind_others(message)
        if _handed_today(message, now) < _most_a_day(message.channel):
            return bool(held(message).update(handed_at=now))
        give_up(message, reason=_too_many(message.channel))
    return False


def give_up(message: Message, *, reason: str) -> None:
    """Not sent, for a reason that lies with the person: shown to agents unless it can be missed. One UPDATE."""
    status = Status.DROPPED if message.kind in CAN_BE_MISSED else Status.FAILED
    held(message).update(status=status, error=reason)


def recover_abandoned(*, now: datetime) -> int:
    """Take back what dead workers had claimed. Two UPDATEs.

    What no provider was given yet waits again, as if nothing had happened. What one was given without saying how it
    ended is left to `doubts.py` where the provider can be asked, and else told as uncertain.
    """
    dead = Message.objects.filter(status=Status.SENDING)
    silent = dead.filter(handed_at__lte=now - ANSWER_LASTS).exclude(channel__in=channels_that_can_be_asked())
    told = silent.update(status=Status.FAILED, error=UNCERTAIN)
    unsent = dead.filter(handed_at=None, claimed_at__lte=now - CLAIM_LASTS)
    return told + unsent.update(status=Status.QUEUED, claimed_at=None)


def channels_that_can_be_asked() -> list[str]:
    return [channel for channel in Channel.values if transport_for(channel).can_find]


def _is_counted(message):
    """Codes have limits of their own (`codes.py`), and agents are told as often as something happens."""
    return message.audience == Message.Audience.CITIZEN and message.kind != Kind.CODE


def _queue_behind_others(message):
    with connection.cursor() as cursor:
        key = f"messages of a day {message.territory_id} {message.channel} {message.recipient}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _handed_today(message, now):
    zone = message.organization.zone if message.organization else message.territory.zone
    day = now.astimezone(zone).date()
    handed = Message.objects.filter(
        recipient=message.recipient,
        channel=message.channel,
        territory=message.territory_id,
        audience=Message.Audience.CITIZEN,
        handed_at__gte=to_instant(day, time(), zone),
        handed_at__lt=to_instant(day + ONE_DAY, time(), zone),
    )
    return handed.exclude(kind=Kind.CODE).count()


def _most_a_day(channel):
    return settings.MOST_SMS_A_DAY if channel == Channel.SMS else settings.MOST_EMAILS_A_DAY


def _too_many(channel):
    kind = "SMS" if channel == Channel.SMS else "e-mails"
    return f"Cette personne a déjà reçu {_most_a_day(channel)}{NBSP}{kind} aujourd'hui{NBSP}: prévenez-la autrement."
