"""The messages of six weeks: written and sent at their hour, so that nothing about the past waits in the outbox."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from notifications.models import Message
from notifications.services.delivery import deliver, fail_abandoned
from notifications.services.reminders import queue_due_reminders
from notifications.transports import OutboxTransport, transport_for
from scheduling.engine.typography import NBSP

NOT_SENT = f"Démonstration{NBSP}: ce message n'a pas quitté la machine."

# Reminders were written every minute; a few rounds a day make the same ones, the latest ones to the hour.
_ROUNDS = (8, 12, 17)
_HOURLY_FOR = timedelta(days=2)


class Post:
    def __init__(self, world):
        self.world = world
        self.doubtful = set()  # Organizations that have their message of which nobody knows whether it left.

    def rounds(self) -> Iterator[datetime]:
        now, at = self.world.now, self.world.began_at
        while at < now:
            yield at
            hours = {*_ROUNDS} if now - at > _HOURLY_FOR else range(24)
            at += timedelta(hours=1)
            while at.astimezone(self.world.territory.zone).hour not in hours:
                at += timedelta(hours=1)

    def remind(self, at: datetime) -> None:
        queue_due_reminders(now=at)

    def send(self, at: datetime) -> None:
        """Deliver what is due by then. With a real mail server or SMS provider the demonstration sends nothing."""
        for message in Message.objects.due(at).select_related("appointment").order_by("due_at", "pk"):
            if not isinstance(transport_for(message.channel), OutboxTransport):
                Message.objects.filter(pk=message.pk).update(status=Message.Status.DROPPED, error=NOT_SENT)
            elif self._is_lost(message, at):
                # As if the worker had been killed while it sent.
                Message.objects.filter(pk=message.pk).update(status=Message.Status.SENDING, claimed_at=at)
            else:
                deliver(message_id=message.pk, now=at)

    def end(self) -> None:
        self.send(self.world.now)
        fail_abandoned(now=self.world.now)

    def _is_lost(self, message, at):
        """One for each organization, about an RDV to come."""
        if message.organization_id in self.doubtful or message.audience != Message.Audience.CITIZEN:
            return False
        now = self.world.now
        if not now - timedelta(days=3) < at < now - timedelta(hours=1) or message.appointment.starts_at <= now:
            return False
        self.doubtful.add(message.organization_id)
        return True
