"""What citizens read is whole in English: every marked string has its words, with the same fields in them."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "locale/en/LC_MESSAGES/django.po"
APPS = ("booking_portal", "config", "notifications", "organizations", "scheduling")
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
FIELDS = re.compile(r"\{\w+\}|%\(\w+\)[sd]")


def marked_in_code():
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MARKS:
                    yield from (each.value for each in node.args if isinstance(each, ast.Constant))


def marked_in_templates():
    engine = engines["django"].engine
    for path in (ROOT / "templates").rglob("*.html"):
        template = engine.from_string(path.read_text())
        for node in template.nodelist.get_nodes_by_type(TranslateNode):
            yield str(getattr(node.filter_expression.var, "literal", node.filter_expression.var))
        for node in template.nodelist.get_nodes_by_type(BlockTranslateNode):
            for tokens in filter(None, (node.singular, node.plural)):
                yield node.render_token_list(tokens)[0]


@pytest.fixture(scope="module")
def translations():
    """{(message, number of the plural or None): words} of the compiled file."""
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    return {key if isinstance(key, tuple) else (key, None): words for key, words in catalogue.items()}


def test_every_string_that_is_marked_is_translated(translations):
    singulars = {message for message, _ in translations}
    plurals = set(re.findall(r'^msgid_plural "(.*)"$', CATALOGUE.read_text(), re.MULTILINE))

    wanted = {text for text in (*marked_in_code(), *marked_in_templates()) if isinstance(text, str)}

    assert len(wanted) > 250
    assert wanted - singulars - plurals == set(), "run `make messages`"
    assert singulars - wanted - {""} == set(), "no longer said: run `make messages`"


def test_a_translation_keeps_the_fields(translations):
    wrong = [
        message
        for (message, number), words in translations.items()
        # « Un point »: a singular may do without the number that its plural names.
        if message and number is None and set(FIELDS.findall(message)) != set(FIELDS.findall(words))
    ]

    assert wrong == []


def test_nothing_waits_for_its_words():
    text = CATALOGUE.read_text()

    assert "#, fuzzy" not in text
    assert re.findall(r'^msgid (?!"").*\nmsgstr ""\n\n', text, re.MULTILINE) == []


def test_the_compiled_file_says_what_the_catalogue_says(translations):
    written = [
        ast.literal_eval(f"({words})")
        for words in re.findall(r'^msgstr(?:\[\d\])? ((?:".*"\n?)+)', CATALOGUE.read_text(), re.MULTILINE)
    ][1:]

    assert sorted(written) == sorted(words for (message, _), words in translations.items() if message)
