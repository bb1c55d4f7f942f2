"""What programs that read the web may ask for: the portal's steps. The rest is of somebody."""

from django.http import HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# Agents, accounts, what a link in a message opens, and what a booking is on its way through.
_OF_SOMEBODY = (
    "/o/",
    "/territoire/",
    "/compte/",
    "/demarrer/",
    "/invitation/",
    "/boite-d-envoi/",
    "/mon-rdv/",
    "/courriel/",
    "/prendre-rdv/*/reserver/",
)
_TEXT = "".join(["User-agent: *\n", *(f"Disallow: {path}\n" for path in _OF_SOMEBODY)])


@require_safe
@cache_control(public=True, max_age=86_400)
def robots(request):
    return HttpResponse(_TEXT, content_type="text/plain; charset=utf-8")


robots.access = "public"
