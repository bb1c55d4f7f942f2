"""How messages leave: mails by SMTP, SMS by Twilio; or not at all, for the local outbox page.

A transport has one method, `send(message) -> str`: the provider's identifier, or DeliveryError in French.
"""

import smtplib
from email.mime.text import MIMEText
from email.utils import parseaddr
from functools import cache
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from scheduling.engine.typography import NBSP

from .exceptions import DeliveryError
from .models import Message
from .models.messages import LOCAL_OUTBOX_ID

_SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
_TWILIO_TIMEOUT = 10  # Seconds.

# https://www.twilio.com/docs/api/errors; whatever else Twilio answers with 4xx is permanent too, and says so itself.
_TWILIO_REFUSALS = {
    21211: "ce numéro n'existe pas",
    21408: "les SMS vers ce pays ne sont pas autorisés",
    21610: "cette personne a répondu STOP aux SMS",
    21612: "ce numéro ne peut pas être joint depuis l'expéditeur",
    21614: "ce numéro n'est pas un mobile",
    30003: "ce téléphone n'est pas joignable",
    30005: "ce numéro est inconnu",
    30006: "ce numéro est un fixe ou n'est pas joignable",
}
UNCERTAIN = f"Envoi incertain{NBSP}: le fournisseur n'a pas répondu, et un second envoi pourrait faire un doublon."


class OutboxTransport:
    """For a demo or a developer: the message is on the outbox page, and goes no further."""

    def send(self, message):
        return LOCAL_OUTBOX_ID


class NoTransport:
    """A channel that this installation has no provider for: saying « sent » would be a lie."""

    def send(self, message):
        raise DeliveryError("Aucun fournisseur de SMS n'est configuré.", is_permanent=True)


class EmailTransport:
    def send(self, message):
        """Send one mail. Its Message-ID is the same at each try: a second copy is known as one."""
        mail = self._mail(message)
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            raise _smtp_error(code, answer) from error
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryError("Le serveur d'envoi refuse l'identifiant de cette installation.") from error
        except smtplib.SMTPResponseException as error:
            raise _smtp_error(error.smtp_code, error.smtp_error) from error
        except (ValueError, smtplib.SMTPNotSupportedError) as error:
            raise DeliveryError("Cette adresse n'est pas valable.", is_permanent=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError("Le serveur d'envoi ne répond pas.") from error
        return mail.extra_headers["Message-ID"]

    def _mail(self, message):
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        organization = message.organization
        mail = EmailMultiAlternatives(
            subject=message.subject,
            body=message.body,
            to=[message.recipient],
            reply_to=[organization.email] if organization and organization.email else None,
            headers={"Message-ID": f"<permanence-message-{message.pk}@{domain}>", "Auto-Submitted": "auto-generated"},
        )
        with translation.override(message.participation.language if message.participation else "fr"):
            page = render_to_string("notifications/email.html", {"message": message})
        mail.attach_alternative(page, "text/html")
        if message.calendar_file:
            mail.attach(_calendar_part(message.calendar_file))
        return mail


class TwilioTransport:
    def send(self, message):
        """Send one SMS. A connection that ends without an answer is not tried again: the SMS may have left."""
        sender = message.territory.sms_sender_name or settings.TWILIO_FROM
        try:
            sent = _twilio().messages.create(to=message.recipient, from_=sender, body=message.body)
        except TwilioRestException as error:
            raise _twilio_error(error) from error
        except requests.RequestException as error:
            if _never_reached(error):
                raise DeliveryError("Le fournisseur de SMS ne répond pas.") from error
            raise DeliveryError(UNCERTAIN, is_permanent=True) from error
        return sent.sid


def transport_for(channel: str):
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


def _smtp_error(code, answer):
    """5xx is the server's last word, 4xx asks to come back (RFC 5321, 4.2.1)."""
    answer = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    return DeliveryError(f"Le serveur d'envoi répond {code}{NBSP}: {answer}", is_permanent=500 <= code < 600)


def _calendar_part(text):
    """The ICS file, with the method that makes mail programs offer to enter, move or remove the event."""
    method = next(line for line in text.splitlines() if line.startswith("METHOD:")).removeprefix("METHOD:")
    part = MIMEText(text, "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="rendez-vous.ics")
    return part


@cache
def _twilio_of(account, token, base_url):
    return Client(account, token, http_client=_TwilioAt(base_url, timeout=_TWILIO_TIMEOUT))


def _twilio():
    return _twilio_of(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_API_BASE_URL)


class _TwilioAt(TwilioHttpClient):
    """Twilio's client at another address: a proxy, or a server that answers as Twilio does."""

    def __init__(self, base_url, **options):
        super().__init__(**options)
        self._base = urlsplit(base_url)

    def request(self, method, url, *args, **kwargs):
        asked = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        return super().request(method, urlunsplit(asked), *args, **kwargs)


def _twilio_error(error):
    if error.code in _TWILIO_REFUSALS:
        return DeliveryError(f"SMS refusé{NBSP}: {_TWILIO_REFUSALS[error.code]}.", is_permanent=True)
    if error.status == 429:
        return DeliveryError("Le fournisseur de SMS demande de ralentir.")
    if error.status >= 500 or error.status in {401, 403}:
        return DeliveryError(f"Le fournisseur de SMS est en panne ou refuse l'identifiant ({error.status}).")
    return DeliveryError(f"SMS refusé{NBSP}: {error.msg} ({error.code or error.status}).", is_permanent=True)


def _never_reached(error):
    """Whether not even the connection was made, so that nothing can have been taken."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
