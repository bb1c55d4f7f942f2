"""The envelope sender of each mail, by which what comes back is known: `bounces+<message>-<signature>@…` (VERP)."""

import re

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_SIGNATURE_LENGTH = 16  # 64 bits: a guess costs a mail.
# More addresses than that are no letter to us.
_MOST_TRIED = 20


def bounce_address(message_id: int) -> str:
    """Empty where none is configured: mails come back to the sender that people see."""
    if not settings.BOUNCE_ADDRESS:
        return ""
    local, _, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    return f"{local}+{message_id}-{_sign(message_id)}@{domain}"


def message_id_in(text: str) -> int | None:
    """Of the first address in `text` that we signed; None for forged ones, and for none."""
    if not settings.BOUNCE_ADDRESS:
        return None
    local, _, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    pattern = rf"{re.escape(local)}\+([1-9][0-9]{{0,17}})-([0-9a-f]{{{_SIGNATURE_LENGTH}}})@{re.escape(domain)}"
    for match in list(re.finditer(pattern, text, re.IGNORECASE))[:_MOST_TRIED]:
        if constant_time_compare(match[2].lower(), _sign(int(match[1]))):
            return int(match[1])
    return None


def _sign(message_id):
    return salted_hmac("notifications.bounces", str(message_id), algorithm="sha256").hexdigest()[:_SIGNATURE_LENGTH]
