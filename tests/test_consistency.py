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


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_screen_has_one_name(name):
    """URL name and view name are the same word; its template, if it has one, bears it too."""
    assert OURS[name].callback.__name__ == name.split(":")[1]


def written_in_the_project():
    """Everything in which a template may be named, except the template itself."""
    for folder in [*APPS, "config"]:
        yield from (path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize(
    "template",
    sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")),
)
def test_no_template_is_unused(template):
    if template in CALLED_BY_LIBRARIES or template.split("/")[0] in FOLDERS_OF_LIBRARIES:
        return
    quoted = re.compile(rf"""["']{re.escape(template)}["']""")
    elsewhere = (
        path.read_text(encoding="utf-8")
        for path in TEMPLATES.rglob("*")
        if path.is_file() and path != TEMPLATES / template
    )
    assert any(quoted.search(text) for text in [*written_in_the_project(), *elsewhere])


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_template_compiles_and_a_fragment_says_its_context(path):
    name = str(path.relative_to(TEMPLATES))
    engines["django"].get_template(name)
    if path.name.startswith("_"):
        first_line = path.read_text(encoding="utf-8").splitlines()[0]
        assert first_line.startswith("{#"), f"{name} does not say its context in its first line"


def test_query_counts_are_those_of_screens_that_exist():
    counts = json.loads((ROOT / "tests" / "query_counts.json").read_text())
    names = {name.split(":")[1] for name in OURS}
    assert sorted(name for name in counts if name.split(":")[-1].split(" ")[0] not in names) == []


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.*")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_comment_ends_on_its_line(path):
    """Django prints one that does not, on the page."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.count("{#") != line.count("#}")] == []


FORBIDDEN_IN_TEMPLATES = re.compile(r"""\s(style|on[a-z]+)=["']|<script(?![^>]*\bsrc=)[^>]*>|<style""", re.IGNORECASE)


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_has_inline_scripts_styles_or_handlers(path):
    if path.parts[-2] == "notifications" and path.stem.startswith("email"):
        return  # A mail has no style sheet but its own.
    # A JSON script is data, not code.
    text = re.sub(
        r'<script[^>]*type="application/json".*?</script>', "", path.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert FORBIDDEN_IN_TEMPLATES.findall(text) == []
