"""SMS by Twilio, through its own library."""

from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from ..exceptions import DeliveryError
from ..models import Message
from ..sms import to_gsm7
from .base import Transport
from .twilio_callbacks import status_callback
from .twilio_errors import as_delivery_error

_TWILIO_TIMEOUT = 10  # Seconds.

# How far back the list of what a number got is read: nobody gets so many within the hours that a doubt lasts.
_LISTED = 50
# Twilio's clock and ours, and what it rounds.
_CLOCKS_APART = timedelta(minutes=2)
# A worker may have stood still between saying that it sends and sending.
_TAKEN_WITHIN = timedelta(minutes=10)


class TwilioTransport(Transport):
    provider = "twilio"
    can_find = True

    @property
    def per_second(self):
        return settings.SMS_PER_SECOND

    def __init__(self):
        # Its own connection, closed with it: one that had idled meanwhile could be cut under a request, and leave a
        # doubt for nothing.
        self._http = _TwilioAt(settings.TWILIO_API_BASE_URL, timeout=_TWILIO_TIMEOUT)
        self._client = Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=self._http)

    def send(self, message):
        """Send one SMS. A connection that ends without an answer is a doubt: the SMS may have left."""
        options = sender_of(message.territory) | status_callback(message)
        with self._errors_told():
            return self._client.messages.create(to=message.recipient, body=message.body, **options).sid

    def find(self, message, *, since):
        """By number, text and time, since Twilio keeps little else of what we asked for. Not by sender: the territory
        may have another one since, and one in place of another sends no second SMS.

        Those that we know to be other messages' are left out. Without a filter by date: Twilio's is of the instant
        it sent, which what still waits there has not.
        """
        with self._errors_told():
            listed = self._client.messages.list(to=message.recipient, limit=_LISTED, page_size=_LISTED)
        alike = [sms.sid for sms in listed if _is_this(sms, message, since)]
        # By channel, for the sake of the index, which holds no mails.
        others = Message.objects.filter(channel=Message.Channel.SMS, provider_id__in=alike).exclude(pk=message.pk)
        others = set(others.values_list("provider_id", flat=True))
        return next((sid for sid in reversed(alike) if sid not in others), None)

    def close(self):
        self._http.session.close()

    @contextmanager
    def _errors_told(self):
        try:
            yield
        except TwilioRestException as error:
            raise as_delivery_error(error, self._http.retry_after) from error
        except (requests.RequestException, TwilioException, ValueError) as error:
            if _never_reached(error):
                raise DeliveryError("Le fournisseur de SMS ne répond pas.") from error
            # Nor is an answer that cannot be read.
            raise DeliveryError("Le fournisseur de SMS n'a pas répondu.", is_uncertain=True) from error


def sender_of(territory) -> dict:
    """For Twilio: the territory's messaging service, else its number, else its name, else the installation's sender."""
    own = territory.sms_messaging_service or str(territory.sms_number) or territory.sms_sender_name
    sender = own or settings.TWILIO_FROM
    return {"messaging_service_sid" if _is_service(sender) else "from_": sender}


def _is_service(sender):
    return sender.startswith("MG") and len(sender) == 34


def _is_this(sms, message, since):
    if not sms.direction.startswith("outbound"):
        return False
    if not since - _CLOCKS_APART <= sms.date_created <= since + _TAKEN_WITHIN:
        return False
    # A messaging service may have written plainer letters for ours.
    return to_gsm7(sms.body).split() == to_gsm7(message.body).split()


class _TwilioAt(TwilioHttpClient):
    """Twilio's client at another address: a proxy, or a server that answers as Twilio does.

    Its exceptions leave out the headers of the answer, so what one says of when to come back is kept here.
    """

    retry_after = None

    def __init__(self, base_url, **options):
        super().__init__(**options)
        self._base = urlsplit(base_url)

    def request(self, method, url, *args, **kwargs):
        asked = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        self.retry_after = None
        response = super().request(method, urlunsplit(asked), *args, **kwargs)
        self.retry_after = response.headers.get("Retry-After")
        return response


def _never_reached(error):
    """Whether not even the connection was made, so that nothing can have been taken."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
