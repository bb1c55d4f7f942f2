from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from organizations.access import public

from ..models import Message
from ..selectors.outbox import latest_messages

PER_PAGE = 25


@require_GET
@never_cache
@public
def outbox(request):
    """Every message, for whoever tries the demo. Where messages leave for real, for the operator only."""
    if not (settings.LOCAL_OUTBOX or (request.user.is_authenticated and request.user.is_superuser)):
        raise Http404
    recipient = request.GET.get("destinataire", "").replace("\x00", "").strip()
    channel = request.GET.get("canal", "")
    page = Paginator(latest_messages(recipient=recipient, channel=channel), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "recipient": recipient, "channel": channel, "channels": Message.Channel.choices}
    return render(request, "notifications/outbox.html", context | {"is_local": settings.LOCAL_OUTBOX})
