"""« Ne plus recevoir d'e-mails », from the foot of a mail or the button that mail programs make of its headers."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from organizations.access import signed_link
from organizations.services.mail_standing import set_mail_wish

from ..unsubscribing import reader_of


@csrf_exempt  # Mail programs press the button themselves, without cookie or page (RFC 8058): the token is the right.
@require_http_methods(["GET", "HEAD", "POST"])
@signed_link
@never_cache
def mail_refusal(request, token):
    """What it would stop; by POST, it is done. Scanners follow the links of mails: reading changes nothing."""
    reader = reader_of(token)
    if reader is None:
        return _apart(render(request, "notifications/mail_refusal_dead.html", status=404))
    if request.method == "POST":
        wants_mail = request.POST.get("acte") == "reprendre"
        set_mail_wish(citizen=reader, wants_mail=wants_mail, now=timezone.now())
        if "List-Unsubscribe" in request.POST:
            return _apart(HttpResponse(_("C'est fait."), content_type="text/plain; charset=utf-8"))
        return redirect(request.path)
    context = {"reader": reader, "territory": reader.territory, "answers_for_others": reader.relatives.exists()}
    return _apart(render(request, "notifications/mail_refusal.html", context))


def _apart(response):
    """Neither the address nor the page is told to anybody; a form needs its own origin all the same."""
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
