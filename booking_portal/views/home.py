from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from organizations.access import public
from organizations.models import Membership

from ..selectors.motifs import portal_territories
from ..selectors.tenants import find_territory
from ..theme import theme_variables


@require_safe
@public
def home(request):
    """The front door: territories to book with, and the way in for agents."""
    memberships = Membership.objects.all_of(request.user) if request.user.is_authenticated else []
    context = {
        "territories": portal_territories(now=timezone.now()),
        "organizations": [membership.organization for membership in memberships],
        "has_local_outbox": settings.LOCAL_OUTBOX,
    }
    return render(request, "booking_portal/home.html", context)


@require_safe
@public
@cache_control(public=True, max_age=3600)
def theme_css(request, territory_slug):
    """The colours of a territory. Only what `theme_variables` has computed is written."""
    territory = find_territory(territory_slug)
    if territory is None:
        raise Http404
    lines = [f"  {name}: {value};" for name, value in theme_variables(territory.accent_color).items()]
    css = "\n".join([":root,", '[data-bs-theme="light"] {', *lines, "}", ""])
    return HttpResponse(css, content_type="text/css; charset=utf-8")
