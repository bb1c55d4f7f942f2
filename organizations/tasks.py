"""What runs later or at night. Each task may run twice."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from .services import invitations


@shared_task(ignore_result=True)
def clear_expired_sessions():
    call_command("clearsessions")


@shared_task(ignore_result=True)
def mail_invitations():
    invitations.mail_invitations(now=timezone.now())
