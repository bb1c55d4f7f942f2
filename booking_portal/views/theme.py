"""The colours of a territory as a style sheet: those it has, and those that somebody tries on."""

from django.http import Http404, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from organizations.access import public

from ..selectors.tenants import find_territory
from ..theme import theme_variables


@require_safe
@public
@cache_control(public=True, max_age=3600)
def theme_css(request, territory_slug):
    """The colours of a territory. Layouts add the colour to the address, so that a change shows at once."""
    territory = find_territory(territory_slug)
    if territory is None:
        raise Http404
    return _style_sheet([":root", '[data-bs-theme="light"]'], territory.accent_color)


@require_safe
@public
@cache_control(public=True, max_age=3600)
def theme_sample_css(request):
    """Likewise of any colour in the address, for what stands inside `.theme-sample` only. No query."""
    return _style_sheet([".theme-sample"], request.GET.get("couleur", ""))


def _style_sheet(selectors, color):
    """Only what `theme_variables` has computed is written."""
    lines = [f"  {name}: {value};" for name, value in theme_variables(color).items()]
    css = "\n".join([",\n".join(selectors) + " {", *lines, "}", ""])
    return HttpResponse(css, content_type="text/css; charset=utf-8")
