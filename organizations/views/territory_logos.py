"""The pictures of territories, for everybody."""

from django.http import Http404, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from ..access import public
from ..models import TerritoryLogo


@require_safe
@public
@cache_control(public=True, max_age=365 * 24 * 3600, immutable=True)
def territory_logo(request, digest):
    """The address names the content: what was once answered stays true. One query."""
    logo = TerritoryLogo.objects.of(digest)
    if logo is None:
        raise Http404
    return HttpResponse(bytes(logo.content), content_type="image/png")
