"""What the outbox page lists."""

from collections.abc import Iterable

from ..models import Message

# Counting goes no further: nobody turns that many pages, they look for an address.
MOST_COUNTED = 1000


def latest_messages(*, channels: Iterable[str], recipient: str = "", channel: str = ""):
    """Messages of the whole installation, the latest first; `recipient` is a part of the address or number.

    Of `channels`, which the reader may read.
    """
    messages = Message.objects.filter(channel__in=channels).select_related("territory").order_by("-created_at", "-pk")
    if recipient:
        messages = messages.filter(recipient__icontains=recipient)
    if channel in Message.Channel.values:
        messages = messages.filter(channel=channel)
    return messages[:MOST_COUNTED]
