"""What runs later and every minute. Each task calls a service and may run twice, beside itself too."""

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from .clocks import WallClock
from .models import Message
from .services import claims, codes, delivery, doubts, paces, reminders, summaries

_SWEPT_EVERY = 60  # Seconds: what is published again by then does the same, so that a stopped queue does not pile up.


@shared_task(ignore_result=True)
def send_message(message_id):
    deliver_messages([message_id])


@shared_task(ignore_result=True)
def deliver_messages(ids):
    for channel in delivery.deliver_messages(ids=ids, clock=WallClock()):
        _start_carrying(channel)


@shared_task(ignore_result=True)
def carry_due_messages(channel, until):
    """One round of a carrier: it asks for the next one itself, until nothing is due or others take over."""
    outcome = delivery.carry_due(channel=channel, clock=WallClock())
    if outcome is delivery.Outcome.NOTHING_DUE:
        paces.end_carrying(channel=channel, now=timezone.now())
    elif timezone.now() >= datetime.fromisoformat(until):
        _start_carrying(channel)
    else:
        waits = 1 if outcome is delivery.Outcome.NO_PLACE else 0
        carry_due_messages.apply_async([channel, until], countdown=waits, expires=_SWEPT_EVERY)


@shared_task(ignore_result=True)
def queue_due_reminders():
    if reminders.queue_due_reminders(now=timezone.now()):
        _carry_what_is_due()


@shared_task(ignore_result=True)
def queue_summaries():
    if summaries.queue_summaries(now=timezone.now()):
        _carry_what_is_due()


@shared_task(ignore_result=True)
def sweep_unsent_messages():
    """The safety net: take back what dead workers held, send what was left, forget codes that are over."""
    claims.recover_abandoned(now=timezone.now())
    codes.forget_codes(now=timezone.now())
    check_doubts.apply_async(expires=_SWEPT_EVERY)
    _carry_what_is_due()


@shared_task(ignore_result=True)
def check_doubts():
    doubts.check_doubts(now=timezone.now())


def _carry_what_is_due():
    for channel in Message.objects.due_channels(timezone.now()):
        _start_carrying(channel)


def _start_carrying(channel):
    if until := paces.may_start_carrying(channel=channel, now=timezone.now()):
        for _ in range(delivery.carriers_for(channel)):
            carry_due_messages.apply_async([channel, until.isoformat()], expires=_SWEPT_EVERY)
