"""The one module of `config` that the apps may import."""

from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def render_page(request, page, fragment, context, *, status=200):
    """Render `fragment` for an HTMX swap and the whole `page` for everything else.

    The page must `{% include %}` that same fragment, so both answers stay identical.
    """
    is_swap = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    response = render(request, fragment if is_swap else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
