"""The signed link in a citizen's messages: it opens one participation, and nothing else.

A token is `<participation>-<version>-<signature>` in as few characters as an SMS can bear. It dies when a newer link
replaces it (`link_version`) and a day after the appointment.
"""

import re
from datetime import datetime, timedelta

from django.utils.crypto import constant_time_compare, salted_hmac

from .models import FormerParticipation, Participation

OUTLIVES_THE_APPOINTMENT = timedelta(days=1)

# 96 bits of an HMAC-SHA256, in base 16: out of reach of guessing over the network.
_SIGNATURE_LENGTH = 24
_TOKEN = re.compile(r"([0-9a-z]{1,13})-([0-9a-z]{1,6})-([0-9a-f]{24})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class BadLink(Exception):
    """Forged, replaced by a newer one, or too old: the visitor is not told which."""


def link_token(participation: Participation) -> str:
    """The token of the participation's current link, about 35 characters."""
    signature = _sign(participation.pk, participation.link_version)
    return f"{_encode(participation.pk)}-{_encode(participation.link_version)}-{signature}"


def without_tokens(text: str) -> str:
    """For whoever reads a message that was not sent to them: its link opens nothing."""
    return _TOKEN.sub("…", text)


def participation_of(token: str, *, now: datetime) -> Participation:
    """The participation that the token opens, with what the pages show of it. One query; three after a merge.

    Raises BadLink.
    """
    pk, version = signed(token)
    participation = _at(pk, version) or _of_former(pk, version)
    if participation is None or not is_alive(participation, now=now):
        raise BadLink
    return participation


def signed(token: str) -> tuple[int, int]:
    """The participation and the version that the token was signed for, whether it opens anything still or not.

    No query. Raises BadLink for what we never signed.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise BadLink
    pk, version = int(match[1], 36), int(match[2], 36)
    if not constant_time_compare(match[3], _sign(pk, version)):
        raise BadLink
    return pk, version


def is_alive(participation: Participation, *, now: datetime) -> bool:
    """Whether its current link opens anything: nobody took the person away, and it is not over for long."""
    return not participation.is_removed and now < participation.appointment.ends_at + OUTLIVES_THE_APPOINTMENT


def _at(pk, version):
    return (
        Participation.objects.listed()
        .filter(pk=pk, link_version=version)
        .select_related(
            "citizen",
            "appointment__motif",
            "appointment__option",
            "appointment__location",
            "appointment__organization__territory",
        )
        .first()
    )


def _of_former(pk, version):
    """The one kept when the citizen's records were merged; its newer links revoke this one with it."""
    former = FormerParticipation.objects.filter(former_id=pk, former_link_version=version).first()
    return former and _at(former.participation_id, former.link_version)


def _sign(pk, version):
    signature = salted_hmac("scheduling.participation_links", f"{pk}-{version}", algorithm="sha256").hexdigest()
    return signature[:_SIGNATURE_LENGTH]


def _encode(number):
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits
