"""What runs at night and may run twice."""

from celery import shared_task
from django.core.management import call_command


@shared_task(ignore_result=True)
def clear_expired_sessions():
    call_command("clearsessions")
