"""What runs later and every minute. Each task calls a service and may run twice, beside itself too."""

from celery import shared_task
from django.utils import timezone

from .services import codes, delivery, reminders, summaries

# A batch published again a minute later does the same: those of a queue that was stopped do not pile up.
_SWEPT_AGAIN_AFTER = 60  # Seconds.


@shared_task(ignore_result=True)
def send_message(message_id):
    delivery.deliver(message_id=message_id, now=timezone.now())


@shared_task(ignore_result=True)
def deliver_messages(ids):
    for message_id in ids:
        delivery.deliver(message_id=message_id, now=timezone.now())


@shared_task(ignore_result=True)
def queue_due_reminders():
    for ids in delivery.in_batches(reminders.queue_due_reminders(now=timezone.now())):
        deliver_messages.delay(ids)


@shared_task(ignore_result=True)
def queue_summaries():
    for ids in delivery.in_batches(summaries.queue_summaries(now=timezone.now())):
        deliver_messages.delay(ids)


@shared_task(ignore_result=True)
def sweep_unsent_messages():
    """The safety net: publish what was left, give up what a dead worker held, forget codes that are over."""
    now = timezone.now()
    delivery.fail_abandoned(now=now)
    codes.forget_codes(now=now)
    for ids in delivery.unsent_batches(now=now):
        deliver_messages.apply_async([ids], expires=_SWEPT_AGAIN_AFTER)
