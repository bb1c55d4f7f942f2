"""How messages leave: mails by SMTP, SMS by Twilio; or not at all, for the local outbox page.

A transport is a `Transport`: it sends one message, and may be asked whether its provider has one.
"""

from django.conf import settings

from ..models import Message
from .base import Transport
from .email import EmailTransport
from .outbox import NoTransport, OutboxTransport
from .sms import TwilioTransport

__all__ = ["Transport", "channels_in_service", "channels_kept_here", "transport_for"]

_SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


def transport_for(channel: str) -> Transport:
    """A new one each time; whoever has it sends what it has to send, then closes it."""
    if channel == Message.Channel.EMAIL:
        stays = settings.LOCAL_OUTBOX and settings.EMAIL_BACKEND != _SMTP_BACKEND
        return OutboxTransport() if stays else EmailTransport()
    if _has_twilio():
        return TwilioTransport()
    return OutboxTransport() if settings.LOCAL_OUTBOX else NoTransport()


def channels_kept_here() -> list[str]:
    """Those whose messages go to the local outbox page and no further."""
    return [channel for channel in Message.Channel.values if isinstance(transport_for(channel), OutboxTransport)]


def channels_in_service() -> set[str]:
    """Where messages can go: SMS only with a provider, or with the local outbox in its place."""
    channels = {Message.Channel.EMAIL}
    if _has_twilio() or settings.LOCAL_OUTBOX:
        channels.add(Message.Channel.SMS)
    return channels


def _has_twilio():
    return bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN)
