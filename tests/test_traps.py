"""The traps of tests/traps.py, each seen closing."""

import warnings

import pytest
from django.http import HttpResponse
from django.template import engines
from django.template.loader import render_to_string

from organizations.models import Territory
from tests.traps import PageInspector, inline_code


def render(source, **context):
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize(
    "source",
    [
        "{{ unknown }}",
        "{{ known.unknown }}",
        '{{ unknown|default:"nothing" }}',
        "{% load i18n %}{% blocktranslate %}a {{ unknown }}{% endblocktranslate %}",
    ],
)
def test_an_unknown_variable_fails(source):
    with pytest.raises(AssertionError, match="unknown"):
        render(source, known="x")


def test_a_condition_may_ask_for_what_is_not_there():
    assert render("{% if unknown %}a{% else %}b{% endif %}") == "b"


def test_templates_of_packages_may_do_as_they_like():
    # Names `title`, which nobody gives it.
    assert render_to_string("django/forms/errors/list/ul.html", {}) is not None


@pytest.mark.parametrize(
    "html",
    [
        '<p onclick="go()">',
        '<p hx-on:click="go()">',
        '<p style="color: red">',
        "<style>p {}</style>",
        "<script>go()</script>",
        '<script type="module">go()</script>',
        '<a href="javascript:go()">',
        """<p hx-vals='js:{a: go()}'>""",
    ],
)
def test_inline_code_is_found(html):
    assert inline_code(html)


@pytest.mark.parametrize(
    "html", ['<script src="/a.js"></script>', '<script type="application/json">{}</script>', '<p data-on="x">']
)
def test_what_runs_nothing_passes(html):
    assert inline_code(html) == []


def test_a_page_with_inline_code_fails(rf):
    inspected = PageInspector(lambda request: HttpResponse("<p onclick='go()'>"))

    with pytest.raises(AssertionError, match="inline code"):
        inspected(rf.get("/"))


def test_a_warning_is_an_error():
    with pytest.raises(UserWarning):
        warnings.warn("careful", stacklevel=1)


@pytest.mark.django_db
class TestOrder:
    @pytest.fixture(autouse=True)
    def _territories(self):
        for number in range(30):
            Territory.objects.create(name=f"T {number:02}", slug=f"t-{number}")

    def test_rows_come_in_any_order_unless_one_is_asked_for(self):
        names = [territory.name for territory in Territory.objects.order_by()]

        assert names != sorted(names)
        assert sorted(names) == [territory.name for territory in Territory.objects.order_by("name")]

    def test_values_too(self):
        names = list(Territory.objects.order_by().values_list("name", flat=True))

        assert names != sorted(names)
