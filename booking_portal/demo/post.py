"""The messages of six weeks: written and sent at their hour, so that nothing about the past waits in the outbox."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from notifications.models import Message
from notifications.services.claims import recover_abandoned
from notifications.services.delivery import deliver
from notifications.services.reminders import queue_due_reminders
from notifications.services.summaries import queue_summaries
from notifications.transports import OutboxTransport, transport_for
from scheduling.engine.typography import NBSP

NOT_SENT = f"Démonstration{NBSP}: ce message n'a pas quitté la machine."

# A worker would have looked every minute; a few rounds a day do the same, but for the hour of the reminders.
_ROUNDS = (8, 16)
_EVERY_HOUR_FOR = timedelta(hours=24)


class Post:
    def __init__(self, world):
        self.world = world
        self.doubtful = set()  # Organizations that have their message of which nobody knows whether it left.

    def rounds(self, since: datetime) -> Iterator[datetime]:
        at = since
        while at < self.world.now:
            is_lately = self.world.now - at < _EVERY_HOUR_FOR
            if is_lately or at.astimezone(self.world.territory.zone).hour in _ROUNDS:
                yield at
            at += timedelta(hours=1)

    def make_round(self, at: datetime) -> None:
        queue_due_reminders(now=at)
        queue_summaries(now=at)
        self.send(at)

    def send(self, until: datetime) -> None:
        """Deliver what is due, at its own hour. With a real mail server or SMS provider, nothing leaves."""
        for message in Message.objects.due(until).select_related("appointment").order_by("due_at", "pk"):
            waiting = Message.objects.filter(pk=message.pk)
            if not isinstance(transport_for(message.channel), OutboxTransport):
                waiting.update(status=Message.Status.DROPPED, error=NOT_SENT)
            elif self._is_lost(message):
                # As if the worker had been killed while it sent.
                waiting.update(status=Message.Status.SENDING, claimed_at=message.due_at, handed_at=message.due_at)
            else:
                deliver(message_id=message.pk, now=message.due_at)

    def end(self) -> None:
        self.send(self.world.now)
        recover_abandoned(now=self.world.now)

    def _is_lost(self, message):
        """One for each organization, about an RDV to come."""
        if message.organization_id in self.doubtful or message.audience != Message.Audience.CITIZEN:
            return False
        now = self.world.now
        is_recent = now - timedelta(days=3) < message.due_at < now - timedelta(hours=1)
        if not is_recent or message.appointment.starts_at <= now:
            return False
        self.doubtful.add(message.organization_id)
        return True
