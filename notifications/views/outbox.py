from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from organizations.access import public

from ..models import Message
from ..selectors.outbox import latest_messages
from ..transports import channels_kept_here

PER_PAGE = 25


@require_safe
@never_cache
@public
def outbox(request):
    """What stays here, for whoever tries the demo. What leaves for real, for the operator only."""
    is_operator = request.user.is_authenticated and request.user.is_superuser
    if not (settings.LOCAL_OUTBOX or is_operator):
        raise Http404
    channels = Message.Channel.values if is_operator else channels_kept_here()
    recipient = request.GET.get("destinataire", "").replace("\x00", "").strip()
    channel = request.GET.get("canal", "")
    messages = latest_messages(channels=channels, recipient=recipient, channel=channel)
    page = Paginator(messages, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "recipient": recipient, "channel": channel, "channels": Message.Channel.choices}
    return render(request, "notifications/outbox.html", context | {"is_local": settings.LOCAL_OUTBOX})
