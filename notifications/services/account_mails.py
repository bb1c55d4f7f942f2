"""Mails about an account, kept for the outbox page."""

from django.utils import timezone

from ..models import Message
from ..models.messages import LOCAL_OUTBOX_ID


def keep_account_mail(*, recipient: str, subject: str, body: str) -> Message:
    """Keep a mail that belongs to no territory, as sent to the outbox page. One query."""
    now = timezone.now()
    return Message.objects.create(
        territory=None,
        audience=Message.Audience.AGENT,
        kind=Message.Kind.ACCOUNT,
        channel=Message.Channel.EMAIL,
        recipient=recipient,
        subject=subject,
        body=body,
        status=Message.Status.SENT,
        provider_id=LOCAL_OUTBOX_ID,
        created_at=now,
        due_at=now,
        sent_at=now,
    )
