"""What must agree: models and migrations, URLs and templates, screens and their query counts."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.template import engines
from django.urls import URLPattern, get_resolver

ROOT = Path(__file__).resolve().parents[1]
APPS = ["organizations", "scheduling", "notifications", "booking_portal"]
TEMPLATES = ROOT / "templates"

# Rendered by Django or a library under a name of its own.
CALLED_BY_LIBRARIES = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
FOLDERS_OF_LIBRARIES = {"account", "allauth", "django", "mfa", "socialaccount", "usersessions"}


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_are_named_and_in_one_line():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = [(app, name) for app, name in loader.disk_migrations if app in APPS]

    assert [name for _, name in ours if re.search(r"_auto_|_alter_|\d{8}", name)] == []
    assert {app: len(loader.graph.leaf_nodes(app)) for app in APPS if loader.graph.leaf_nodes(app)} == dict.fromkeys(
        [app for app in APPS if loader.graph.leaf_nodes(app)], 1
    )


@pytest.mark.django_db
def test_the_database_needs_no_extension():
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        assert [name for (name,) in cursor.fetchall()] == ["plpgsql"]


def named_patterns(resolver=None, namespace=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield f"{namespace}{pattern.name}", pattern
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from named_patterns(pattern, inner)


OURS = {name: pattern for name, pattern in named_patterns() if name.split(":")[0] in APPS}


def test_a_screen_has_one_name():
    """URL name and view name are the same word; its template, if it has one, bears it too."""
    names = {name: pattern.callback.__name__ for name, pattern in OURS.items()}
    assert {name: view for name, view in names.items() if view != name.split(":")[1]} == {}


PATHS = sorted(path for path in TEMPLATES.rglob("*.*") if path.is_file())
TEXTS = {str(path.relative_to(TEMPLATES)): path.read_text(encoding="utf-8") for path in PATHS}
PAGES = {name: text for name, text in TEXTS.items() if name.endswith(".html")}


def test_no_template_is_unused():
    """Each is named, in quotes, in the code or in another template."""
    quoted = re.compile(r"""(["'])([^"'\n]+)\1""")
    named = {
        name
        for folder in [*APPS, "config"]
        for path in (ROOT / folder).rglob("*.py")
        for _, name in quoted.findall(path.read_text(encoding="utf-8"))
    }
    for template, text in TEXTS.items():
        named |= {name for _, name in quoted.findall(text) if name != template}
    wanted = {name for name in PAGES if name.split("/")[0] not in FOLDERS_OF_LIBRARIES} - CALLED_BY_LIBRARIES
    assert wanted - named == set()


def test_every_template_compiles_and_a_fragment_says_its_context():
    for name in PAGES:
        engines["django"].get_template(name)
    fragments = {name: text for name, text in PAGES.items() if name.rpartition("/")[2].startswith("_")}
    assert [name for name, text in fragments.items() if not text.startswith("{#")] == []


def test_query_counts_are_those_of_screens_that_exist():
    counts = json.loads((ROOT / "tests" / "query_counts.json").read_text())
    names = {name.split(":")[1] for name in OURS}
    assert sorted(name for name in counts if name.split(":")[-1].split(" ")[0] not in names) == []


def test_a_comment_ends_on_its_line():
    """Django prints one that does not, on the page."""
    lines = [(name, line) for name, text in TEXTS.items() for line in text.splitlines()]
    assert [(name, line) for name, line in lines if line.count("{#") != line.count("#}")] == []


FORBIDDEN_IN_TEMPLATES = re.compile(r"""\s(style|on[a-z]+)=["']|<script(?![^>]*\bsrc=)[^>]*>|<style""", re.IGNORECASE)


def test_no_template_has_inline_scripts_styles_or_handlers():
    # A JSON script is data, not code.
    data = re.compile(r'<script[^>]*type="application/json".*?</script>', re.DOTALL)
    # A mail has no style sheet but its own.
    asked = {name: text for name, text in PAGES.items() if not name.startswith("notifications/email")}
    found = {name: FORBIDDEN_IN_TEMPLATES.findall(data.sub("", text)) for name, text in asked.items()}
    assert {name: what for name, what in found.items() if what} == {}
