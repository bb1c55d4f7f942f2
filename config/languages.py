"""The language that a visitor chooses; kept in a cookie, so that every page and every message follows."""

from django.views.i18n import set_language as django_set_language


def set_language(request):
    """POST `language`, and `next`, the page to come back to: one of this site, else the front door."""
    return django_set_language(request)


set_language.access = "public"
