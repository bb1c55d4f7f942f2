import pytest

from notifications.models import Message
from tests.factories import NOW, make_territory
from tests.notifications import twilio_server


@pytest.fixture
def twilio(settings):
    """A server that answers as Twilio does; SMS go to it."""
    with twilio_server.running_twilio() as server:
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = twilio_server.ACCOUNT, twilio_server.TOKEN
        settings.TWILIO_FROM = "+33757590000"
        settings.TWILIO_API_BASE_URL = server.url
        yield server


@pytest.fixture
def make_message():
    """`make_message(**fields)`: a mail of an absence, due now, that concerns no appointment."""

    def make(**fields):
        defaults = {
            "territory": fields.get("territory") or make_territory(),
            "audience": Message.Audience.CITIZEN,
            "kind": Message.Kind.NO_SHOW,
            "channel": Message.Channel.EMAIL,
            "recipient": "camille@example.org",
            "subject": "Objet",
            "body": "Texte",
            "created_at": NOW,
            "due_at": NOW,
        }
        return Message.objects.create(**defaults | fields)

    return make
