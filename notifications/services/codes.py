"""One-time codes: proof that a visitor reads an address or a number, with no password ever."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.utils.crypto import constant_time_compare, salted_hmac

from config.shortcuts import run_after_commit

from ..costs import size_and_cost
from ..exceptions import CodeExpired, TooManyCodes
from ..models import Message, OneTimeCode
from ..rendering import render_code

CODE_LASTS = timedelta(minutes=10)

# For one contact from one client. Enough for a person who mistypes and asks again; and what a stranger asks for
# elsewhere uses up none of the owner's.
MOST_CODES_PER_CONTACT_AND_CLIENT = 5
# For one contact of a territory, whoever asks. Past the first of these numbers each client gets one: strangers at a few
# addresses lock nobody out of their own contact. The second ends a rain of SMS, and guessing from many addresses: two
# hundred guesses an hour at a million codes.
SHARED_CODES_PER_CONTACT = 15
MOST_CODES_PER_CONTACT = 40
# A library or a shelter shares one address.
MOST_CODES_PER_CLIENT = 20
_WITHIN = timedelta(hours=1)

_KEPT_FOR_THE_LIMITS = timedelta(days=1)


@transaction.atomic
def send_code(
    *,
    territory,
    contact_email: str = "",
    contact_phone: str = "",
    visitor_key: UUID,
    client_hash: str,
    language: str,
    now: datetime,
) -> OneTimeCode:
    """Send six digits to the e-mail address or else the number (E.164); the visitor's older codes die.

    `client_hash` stands for the client's address. Sent once the transaction is committed: to a number that said STOP
    the delivery sends nothing, and whoever asks does not see it, for they may ask about anybody's. Raises TooManyCodes.
    """
    contact = _contact_key(contact_email or contact_phone)
    _queue_behind_others(contact, client_hash)
    if _is_too_many(territory, contact, client_hash, now=now):
        raise TooManyCodes
    OneTimeCode.objects.filter(visitor_key=visitor_key, expires_at__gt=now).update(expires_at=now)
    digits = f"{secrets.randbelow(10**6):06}"
    code = OneTimeCode.objects.create(
        territory=territory,
        contact=contact,
        code_hash=_hash(digits, contact=contact, visitor_key=visitor_key),
        visitor_key=visitor_key,
        client_hash=client_hash,
        created_at=now,
        expires_at=now + CODE_LASTS,
    )
    _send_digits(digits, territory=territory, contact=contact, by_email=bool(contact_email), language=language, now=now)
    return code


def _is_too_many(territory, contact, client_hash, *, now):
    """One query for the contact, one for the client."""
    recent = OneTimeCode.objects.filter(created_at__gt=now - _WITHIN)
    of_contact = recent.filter(territory=territory, contact=contact).aggregate(
        all=Count("pk"), of_client=Count("pk", filter=Q(client_hash=client_hash))
    )
    is_shared_out = of_contact["all"] >= SHARED_CODES_PER_CONTACT
    return (
        of_contact["all"] >= MOST_CODES_PER_CONTACT
        or of_contact["of_client"] >= (1 if is_shared_out else MOST_CODES_PER_CONTACT_AND_CLIENT)
        or recent.filter(client_hash=client_hash).count() >= MOST_CODES_PER_CLIENT
    )


def _send_digits(digits, *, territory, contact, by_email, language, now):
    channel = Message.Channel.EMAIL if by_email else Message.Channel.SMS
    text = render_code(digits, channel=channel, sender=territory.name, language=language)
    message = Message.objects.create(
        territory=territory,
        audience=Message.Audience.CITIZEN,
        kind=Message.Kind.CODE,
        channel=channel,
        recipient=contact,
        subject=text.subject,
        body=text.body,
        **size_and_cost(text.body, channel=channel, territory=territory),
        created_at=now,
        due_at=now,
    )
    run_after_commit("notifications.tasks.send_message", message.pk)


@transaction.atomic(durable=True)
def check_code(*, territory, contact: str, visitor_key: UUID, code: str, now: datetime) -> bool:
    """Whether these are the digits sent to the visitor's contact; a right answer uses the code up.

    The attempt is spent by one UPDATE before anything is compared, so a thousand guesses at once get five answers.
    It must stay spent: `durable` refuses to run inside a transaction that could be rolled back.
    Raises CodeExpired when no code of the visitor for this contact is alive.
    """
    contact = _contact_key(contact)
    alive = OneTimeCode.objects.filter(
        territory=territory,
        contact=contact,
        visitor_key=visitor_key,
        used_at=None,
        expires_at__gt=now,
        attempts_left__gt=0,
    )
    sent = alive.order_by("-created_at", "-pk").first()
    if sent is None or not alive.filter(pk=sent.pk).update(attempts_left=F("attempts_left") - 1):
        raise CodeExpired
    given = _hash("".join(code.split()), contact=contact, visitor_key=visitor_key)
    if not constant_time_compare(given, sent.code_hash):
        return False
    OneTimeCode.objects.filter(pk=sent.pk).update(used_at=now)
    return True


def forget_codes(*, now: datetime) -> None:
    """Blank the messages whose code is over, and delete the codes that no limit counts any more. Two queries."""
    Message.objects.filter(kind=Message.Kind.CODE, created_at__lte=now - CODE_LASTS).exclude(body="").update(body="")
    OneTimeCode.objects.filter(created_at__lte=now - _KEPT_FOR_THE_LIMITS).delete()


def _contact_key(contact):
    return str(contact).strip().lower()


def _hash(digits, *, contact, visitor_key):
    return salted_hmac("notifications.codes", f"{visitor_key}:{contact}:{digits}", algorithm="sha256").hexdigest()


def _queue_behind_others(contact, client_hash):
    """Requests for the same contact or client wait for each other, or their counts would miss one another.

    Always the contact first: nobody waits in a circle. Freed at the end of the transaction.
    """
    with connection.cursor() as cursor:
        for key in (f"code contact {contact}", f"code client {client_hash}"):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
