"""One pace for each provider, whatever the number of workers: each message takes a place in time.

The generic cell rate algorithm (ITU-T I.371, annex A: virtual scheduling) without tolerance: the first free place is
kept in one row, and one UPDATE takes it and moves it on by what the message weighs. Places are equally far apart, so
in no second there are more than the rate allows, and one over.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Greatest

from ..models import Message, Pace
from ..transports import Transport, transport_for

# Nobody takes a place further away: a message goes back instead, and what is more urgent finds its place there.
PATIENCE = timedelta(seconds=1)
# A code may: somebody waits for it, and there are few. So it is never behind more than one second of other messages.
PATIENCE_FOR_CODES = timedelta(seconds=10)

# How long some workers go through what is due before they look whether more of them are needed.
CARRIED_FOR = timedelta(seconds=10)

# Without a rate only what a provider asked for holds (`slow_down`).
_TAKE = """
    INSERT INTO notifications_pace AS pace (provider, next_at)
    VALUES (%(provider)s, CASE WHEN %(is_limited)s THEN %(now)s + %(step)s ELSE %(now)s - INTERVAL '1 day' END)
    ON CONFLICT (provider) DO UPDATE SET next_at =
        CASE WHEN %(is_limited)s THEN GREATEST(pace.next_at, %(now)s) + %(step)s ELSE pace.next_at END
    WHERE pace.next_at <= %(now)s + %(patience)s
    RETURNING GREATEST(next_at - %(step)s, %(now)s)
"""


def take_place(message: Message, *, transport: Transport, now: datetime) -> datetime | None:
    """When this message may be handed over, `now` or soon; None when no place is near. One query."""
    if not transport.provider:
        return now
    patience = PATIENCE_FOR_CODES if message.kind == Message.Kind.CODE else PATIENCE
    weight = max(1, message.segments) / transport.per_second if transport.per_second else 0
    values = {
        "provider": transport.provider,
        "now": now,
        "step": timedelta(seconds=weight),
        "is_limited": bool(weight),
        "patience": patience,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        row = cursor.fetchone()
    return row and row[0]


def slow_down(*, provider: str, until: datetime) -> None:
    """Nobody asks this provider for anything before `until`: it said so to one of us. One query."""
    Pace.objects.filter(provider=provider).update(next_at=Greatest(F("next_at"), until))


def end_carrying(*, channel: str, now: datetime) -> None:
    """Nothing is due: whatever is from now on may start workers anew. One query."""
    key = transport_for(channel).provider or channel
    Pace.objects.filter(provider=key, carried_until__gt=now).update(carried_until=now)


def may_start_carrying(*, channel: str, now: datetime) -> datetime | None:
    """Until when workers are to go through what is due on that channel; None when some do already. Two queries.

    Of any number who ask at once, one is told to start them.
    """
    until, key = now + CARRIED_FOR, transport_for(channel).provider or channel
    Pace.objects.bulk_create([Pace(provider=key, next_at=now - CARRIED_FOR)], ignore_conflicts=True)
    idle = Pace.objects.filter(Q(carried_until=None) | Q(carried_until__lte=now), provider=key)
    return until if idle.update(carried_until=until) else None
