"""Where a mail service posts what came back: the whole mail, signed with the secret that it shares with us."""

import hashlib
import hmac

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from organizations.access import signed_link

from ..bounces import LONGEST, read_bounce
from ..services.bounces import take_bounce

# A signed request that is older, or comes from a clock that is faster, was kept by somebody.
FRESH_FOR = 300  # Seconds.


@csrf_exempt
@require_POST
@signed_link
def mail_bounce(request):
    """204 for whatever is signed, news or not. 404 without a secret, 403 unsigned or stale, 413 too long."""
    if not settings.BOUNCE_SECRET:
        raise Http404
    if len(request.body) > LONGEST:
        return HttpResponse(status=413)
    now = timezone.now()
    if not _is_signed(request, now):
        return HttpResponse(status=403)
    bounce = read_bounce(request.body, recipient=request.headers.get("X-Permanence-Recipient", ""))
    if bounce is not None:
        take_bounce(bounce=bounce, now=now)
    return HttpResponse(status=204)


def signature_of(*, timestamp: str, recipient: str, body: bytes) -> str:
    signed = f"{timestamp}.{recipient}.".encode() + body
    return hmac.new(settings.BOUNCE_SECRET.encode(), signed, hashlib.sha256).hexdigest()


def _is_signed(request, now):
    timestamp = request.headers.get("X-Permanence-Timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    recipient = request.headers.get("X-Permanence-Recipient", "")
    given = request.headers.get("X-Permanence-Signature", "").removeprefix("sha256=")
    expected = signature_of(timestamp=timestamp, recipient=recipient, body=request.body)
    return constant_time_compare(given, expected) and abs(now.timestamp() - int(timestamp)) <= FRESH_FOR
