"""Where no provider is: the local page of a demo, or a refusal."""

from ..exceptions import DeliveryError
from ..models.messages import LOCAL_OUTBOX_ID
from .base import Transport


class OutboxTransport(Transport):
    """For a demo or a developer: the message is on the outbox page, and goes no further."""

    def send(self, message):
        return LOCAL_OUTBOX_ID


class NoTransport(Transport):
    """A channel that this installation has no provider for: saying « sent » would be a lie."""

    def send(self, message):
        raise DeliveryError("Aucun fournisseur de SMS n'est configuré.", is_permanent=True)
