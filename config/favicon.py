"""Browsers ask for /favicon.ico whatever a page says of its icon, and whenever what they open is no page."""

from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@require_safe
@cache_control(public=True, max_age=86_400)
def favicon(request):
    return redirect(static("img/favicon.svg"))


favicon.access = "public"
