"""Which mails say how to get no more of them (RFC 2369, RFC 8058), and the signed link by which that is said.

A token is `<citizen>-<signature>`. It never expires: who finds an old mail may still refuse the next one, and take
back that refusal, but nothing that an agent decided since. It dies with the address that it was sent to.
"""

import re

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext

from organizations.models import Citizen
from scheduling.engine.typography import typeset

from .models import Message

# What we write of our own accord. All else answers an act of the person's, or is about an appointment that they would
# go to for nothing, or miss, if they did not know.
LEAVE_IS_OFFERED = {Message.Kind.REMINDER, Message.Kind.NO_SHOW}

_SIGNATURE_LENGTH = 24  # 96 bits.
_TOKEN = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{24})")


def leave_url(message: Message) -> str:
    """Where the reader of this mail refuses the next ones; empty where that is not offered.

    Reads the citizen of the participation, and who answers for them.
    """
    if message.kind not in LEAVE_IS_OFFERED or message.participation is None:
        return ""
    reader = message.participation.citizen.contact
    # Whose address has changed since it was written may not be who reads it.
    if reader.email != message.recipient:
        return ""
    return settings.SITE_URL + reverse("notifications:mail_refusal", args=[leave_token(reader)])


def leave_headers(url: str) -> dict[str, str]:
    """What mail programs make their own button of."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if url else {}


def leave_line(url: str) -> str:
    return typeset(gettext("Ne plus recevoir d'e-mails pour ces rendez-vous :")) + f"\n{url}"


def leave_token(citizen: Citizen) -> str:
    return f"{citizen.pk}-{_sign(citizen)}"


def reader_of(token: str) -> Citizen | None:
    """Whose mails the token is about, as their record is today; None for a forged or a dead one. One query."""
    match = _TOKEN.fullmatch(token)
    told = (
        match and Citizen.objects.filter(pk=int(match[1])).select_related("territory", "merged_into__territory").first()
    )
    if not told or not told.email or not constant_time_compare(match[2], _sign(told)):
        return None
    reader = told.merged_into or told
    return reader if reader.email == told.email else None


def _sign(citizen):
    signed = f"{citizen.pk}-{citizen.email.lower()}"
    return salted_hmac("notifications.unsubscribing", signed, algorithm="sha256").hexdigest()[:_SIGNATURE_LENGTH]
