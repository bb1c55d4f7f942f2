"""Whatever happens to an appointment is told: written with the event, sent once both are committed.

A copy of a motif tells its citizens what the original tells its own.
"""

from django.dispatch import receiver

from config.shortcuts import run_after_commit
from scheduling.signals import appointment_event_recorded, motif_copied

from .services.copies import copy_messages_of_motif
from .services.queueing import queue_messages


@receiver(appointment_event_recorded, dispatch_uid="notifications.queue_and_send")
def queue_and_send(event, **kwargs):
    ids = queue_messages(event)
    event.is_told = bool(ids)
    if ids:
        run_after_commit("notifications.tasks.deliver_messages", ids)


@receiver(motif_copied, dispatch_uid="notifications.copy_messages")
def copy_messages(original, copy, now, **kwargs):
    copy_messages_of_motif(original=original, copy=copy, now=now)
