"""SMS by Twilio, through its own library."""

from functools import cache
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from scheduling.engine.typography import NBSP

from ..exceptions import DeliveryError
from .base import Transport

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


class TwilioTransport(Transport):
    provider = "twilio"

    @property
    def per_second(self):
        return settings.SMS_PER_SECOND

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
