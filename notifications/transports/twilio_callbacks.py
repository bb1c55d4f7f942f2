"""What Twilio tells us by itself: where it is told to, and whether a request is really its own."""

import ipaddress
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core import signing
from django.urls import reverse
from twilio.request_validator import RequestValidator

_signer = signing.Signer(salt="notifications.twilio_callbacks")


def status_callback(message) -> dict:
    """Where Twilio is to report on the message; nothing where it could not reach this site, or not safely.

    Twilio refuses a message whose address for reports is none it could call.
    """
    if not _is_public(settings.SITE_URL):
        return {}
    query = urlencode({"m": _signer.sign(message.pk)})
    return {"status_callback": f"{settings.SITE_URL}{reverse('notifications:sms_report')}?{query}"}


def message_of(token: str) -> int | None:
    """The id of the message that a token given to Twilio is of, so that a report can come before we know its sid."""
    try:
        return int(_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def is_from_twilio(request) -> bool:
    """Whether the request bears Twilio's signature, over the address as Twilio sees it and all that it posted.

    The address begins with SITE_URL: proxies may have changed what the request shows of it. Twilio's library compares
    in constant time.
    """
    signature = request.headers.get("X-Twilio-Signature", "")
    if not settings.TWILIO_AUTH_TOKEN or not signature:
        return False
    address = settings.SITE_URL + request.get_full_path()
    return RequestValidator(settings.TWILIO_AUTH_TOKEN).validate(address, request.POST, signature)


def _is_public(site_url):
    address = urlsplit(site_url)
    host = address.hostname or ""
    try:
        return address.scheme == "https" and ipaddress.ip_address(host).is_global
    except ValueError:
        return address.scheme == "https" and "." in host and not host.endswith((".localhost", ".local", ".internal"))
