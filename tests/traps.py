"""Traps that nobody can forget: they are set for every test, by the test settings and by conftest.py."""

import random
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from django.db.models import QuerySet
from django.template.base import Node

ROOT = Path(__file__).resolve().parents[1]
OUR_APPS = {"organizations", "scheduling", "notifications", "booking_portal"}


class UnknownVariable(str):
    """`string_if_invalid` that fails for our templates and stays empty for those of packages."""

    __slots__ = ()

    def __contains__(self, text):
        return text == "%s" or super().__contains__(text)

    def __mod__(self, variable):
        template = _template_being_rendered()
        if template is None or _is_ours(template):
            raise AssertionError(f"Unknown variable « {variable} » in {template}")
        return ""


def _template_being_rendered():
    """The file of the innermost node that is rendering: a template does not tell its variables who asks."""
    frame = sys._getframe(2)
    while frame:
        node = frame.f_locals.get("self")
        if isinstance(node, Node) and getattr(node, "origin", None):
            return node.origin.name
        frame = frame.f_back
    return None


def _is_ours(template):
    path = Path(template)
    return not path.is_absolute() or (path.is_relative_to(ROOT) and ".venv" not in path.parts)


class InlineCode(HTMLParser):
    """Collects what the content security policy would refuse."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "style":
            self.found.append("<style>")
        # Data blocks (type="application/json") run nothing.
        if tag == "script" and "src" not in attributes and attributes.get("type") in {None, "", "module"}:
            self.found.append("<script> without src")
        for name, value in attributes.items():
            is_code = (value or "").strip().lower().startswith(("javascript:", "js:"))
            if name == "style" or name.startswith(("on", "hx-on")) or is_code:
                self.found.append(f'<{tag} {name}="{value}">')


# Whatever the parser would find holds one of these; most pages hold none, and parsing all of them took long.
_SUSPECT = re.compile(
    r"""<style|<script\b(?![^>]*\bsrc=)|[\s"'/](?:style|on[\w:.-]*|hx-on[\w:.-]*)\s*=|(?:javascript|js):""",
    re.IGNORECASE,
)


def inline_code(html):
    if not _SUSPECT.search(html):
        return []
    parser = InlineCode()
    parser.feed(html)
    return parser.found


class PageInspector:
    """Middleware: a page with inline handlers, styles or scripts fails the test that asked for it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            found = inline_code(response.content.decode(response.charset))
            assert not found, f"{request.path} holds inline code: {', '.join(found)}"
        return response


_order = random.Random()
_fetch_all = QuerySet._fetch_all


def shuffle_unordered_querysets(seed):
    """Give the rows of our models an order of chance wherever none was asked for; the same one for the same seed."""
    _order.seed(seed)
    QuerySet._fetch_all = _fetch_all_in_any_order


def _fetch_all_in_any_order(queryset):
    is_new = queryset._result_cache is None
    _fetch_all(queryset)
    if is_new and not queryset.ordered and queryset.model._meta.app_label in OUR_APPS:
        _order.shuffle(queryset._result_cache)
