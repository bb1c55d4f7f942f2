"""Whatever happens to an appointment is told: written with the event, sent once both are committed."""

from django.dispatch import receiver

from config.shortcuts import run_after_commit
from scheduling.signals import appointment_event_recorded

from .services.queueing import queue_messages


@receiver(appointment_event_recorded, dispatch_uid="notifications.queue_and_send")
def queue_and_send(event, **kwargs):
    if ids := queue_messages(event):
        run_after_commit("notifications.tasks.deliver_messages", ids)
