"""What an agent typed for an appointment, kept in their session while they look for another slot or sign in again.

A draft is named in the address (`brouillon=`): only the pages that carry it show it, so that nobody's name ends in the
record of the next person. It is its agent's alone, and for half an hour.
"""

import uuid
from datetime import datetime, timedelta
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.utils import timezone

PARAMETER = "brouillon"
KEPT_FOR = timedelta(minutes=30)
# Whoever needs more than these at once is no agent at a counter.
MOST = 3

_KEY = "booking_drafts"
_SALT = "scheduling.booking_drafts"
_A_DAY_AT_WORK = timedelta(hours=12)
_TYPED = ("last_name", "first_name", "birth_date", "email", "phone", "address", "video_url", "context_note")
_CHECKED = ("notify_by_email", "notify_by_sms")
_HIDDEN = ("existing", "idempotency_key")


def keep_draft(request, *, now: datetime, agent_id: int | None = None) -> str:
    """Keep what the form holds, in the draft that the address names if there is one.

    Returns the name of the draft; nothing when nothing was typed.
    """
    typed = request.POST
    values = {name: typed.get(name, "") for name in (*_TYPED, *_HIDDEN)}
    if not any(values[name] for name in (*_TYPED, "existing")):
        return ""
    values |= {name: name in typed for name in _CHECKED}
    drafts = {token: draft for token, draft in request.session.get(_KEY, {}).items() if _lasts(draft, now)}
    token = draft_token(request)
    token = token if token in drafts else uuid.uuid4().hex
    agent_id = agent_id or request.user.pk
    drafts[token] = {"agent": agent_id, "until": (now + KEPT_FOR).timestamp(), "typed": values}
    latest = sorted(drafts, key=lambda name: drafts[name]["until"])[-MOST:]
    request.session[_KEY] = {name: drafts[name] for name in latest}
    return token


def draft_token(request) -> str:
    return request.GET.get(PARAMETER, "")


def draft_in(request) -> dict | None:
    """What was typed in the draft that the address names, if it is this agent's and lasts."""
    draft = request.session.get(_KEY, {}).get(draft_token(request))
    if draft is None or draft["agent"] != request.user.pk or not _lasts(draft, timezone.now()):
        return None
    return draft["typed"]


def drop_draft(request) -> None:
    """Its appointment is booked."""
    drafts = request.session.get(_KEY, {})
    if drafts.pop(draft_token(request), None):
        request.session.modified = True


def _lasts(draft, now):
    return draft["until"] > now.timestamp()


def signature_of(agent) -> str:
    """Goes with the form: whose it is, once the session that would say so has ended."""
    return signing.dumps(agent.pk, salt=_SALT)


def kept_while_signing_in(view):
    """A form sent after the session has ended leads to the sign-in page and from there back to what was typed.

    Only a form that we gave to this agent, today: whoever signs in instead of them sees nothing of it.
    """

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        agent_id = None
        if request.method == "POST" and not request.user.is_authenticated:
            agent_id = _signer_of(request.POST.get("signature", ""))
        if agent_id is None:
            return view(request, *args, **kwargs)
        asked = request.GET.copy()
        token = keep_draft(request, now=timezone.now(), agent_id=agent_id)
        if token:
            asked[PARAMETER] = token
        return redirect_to_login(f"{request.path}?{asked.urlencode()}")

    return wrapper


def _signer_of(signature):
    try:
        return signing.loads(signature, salt=_SALT, max_age=_A_DAY_AT_WORK)
    except signing.BadSignature:
        return None
