"""The house itself: who imports whom, what the engine knows, and that nobody queries past the tenant."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

APPS = ["organizations", "scheduling", "notifications", "booking_portal"]

MAY_IMPORT = {
    "organizations": set(),
    "scheduling": {"organizations"},
    "notifications": {"organizations", "scheduling"},
    "booking_portal": {"organizations", "scheduling", "notifications"},
}

# `config.shortcuts` is the one module of `config` that apps import.
SHORTCUTS = "config.shortcuts"

ENGINE_MAY_IMPORT = {
    "bisect",
    "calendar",
    "collections",
    "dataclasses",
    "datetime",
    "dateutil",
    "enum",
    "functools",
    "holidays",
    "itertools",
    "math",
    "operator",
    "re",
    "typing",
    "unicodedata",
    "zoneinfo",
}

# The one cycle that is broken by a late import: the tenant kernel is below the models, which use it. The others are
# the moment at which Django lets an app connect its receivers.
LATE_IMPORTS = {"organizations/tenancy.py", "scheduling/apps.py", "notifications/apps.py"}

# What names the tenant: the organization, the territory (a citizen's pages), or the signed-in agent (memberships).
SCOPED = {"for_organization", "for_territory", "visible_to", "none", "of", "all_of"}

NAMELESS_ROOMS = {"utils", "helpers", "common", "misc"}


def modules_of(package):
    return sorted(path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_modules(path):
    """Absolute names of what a module imports; relative imports stay inside the app and are resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                # `from config import shortcuts` names the module only in its aliases.
                if node.module == "config":
                    yield from (f"config.{alias.name}" for alias in node.names)
                else:
                    yield node.module
            else:
                yield ".".join([*package[: len(package) - node.level], node.module or ""]).rstrip(".")


def layer_of(path):
    """`views/agenda.py` and `views.py` are both of the layer `views`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("app", APPS)
def test_apps_import_downwards_only(app):
    forbidden = set(APPS) - MAY_IMPORT[app] - {app}
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in modules_of(app)
        for module in imported_modules(path)
        if module.split(".")[0] in forbidden or (module.split(".")[0] == "config" and module != SHORTCUTS)
    ]
    assert wrong == []


def test_config_shortcuts_imports_no_app():
    assert [name for name in imported_modules(ROOT / "config/shortcuts.py") if name.split(".")[0] in APPS] == []


@pytest.mark.parametrize(
    ("signal", "sender"),
    [
        ("appointment_event_recorded", "scheduling/services/events.py"),
        ("motif_copied", "scheduling/services/motifs.py"),
    ],
)
def test_a_signal_that_goes_up_has_one_sender_and_one_receiver(signal, sender):
    users = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in modules_of(app)
        if signal in path.read_text(encoding="utf-8") and path.name != "signals.py"
    ]
    assert users == [sender, "notifications/receivers.py"]


def test_engine_knows_neither_django_nor_the_apps():
    wrong = [
        f"{path.name} imports {module}"
        for path in modules_of("scheduling/engine")
        for module in imported_modules(path)
        if module.split(".")[0] not in ENGINE_MAY_IMPORT and not module.startswith("scheduling.engine")
    ]
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_views_and_forms_never_query_unscoped(app):
    """There, `Model.objects` is always followed by what names the tenant."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} objects.{node.attr}"
        for path in modules_of(app)
        if layer_of(path) in {"views", "forms", "api"}
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "objects"
        and node.attr not in SCOPED
    ]
    assert wrong == []


WRITES = {"save", "create", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "select_for_update"}


@pytest.mark.parametrize("app", APPS)
def test_only_services_write_and_lock(app):
    """`delete` and `update` are words of dictionaries and sessions too: looked for behind a QuerySet only."""
    wrong = []
    for path in modules_of(app):
        # A transport creates messages at the provider's, not rows.
        if layer_of(path) in {"services", "models", "receivers", "management", "demo", "transports"}:
            continue
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            chain = ast.unparse(node.func)
            writes = node.func.attr in WRITES or (node.func.attr in {"delete", "update"} and ".objects" in chain)
            if writes and not chain.startswith(("self.session", "request.session", "super()")):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {chain}")
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_only_views_know_the_request(app):
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules_of(app)
        if layer_of(path) in {"services", "selectors", "models", "engine", "tasks"}
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.arg) and node.arg == "request"
    ]
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_services_take_keywords_only(app):
    """So that a call reads as a sentence, and no two arguments change places."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules_of(app)
        if layer_of(path) == "services" and path.stem not in {"locks", "actors", "events", "series"}
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and len(node.args.args) > 1
    ]
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_the_clock_is_read_at_the_door_only(app):
    """`now` is an argument everywhere else; dates of today are never taken from the machine's zone."""
    wrong = []
    for path in modules_of(app):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name = ast.unparse(node.func)
                if name in {"date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.time"}:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")
                if name == "timezone.now" and layer_of(path) in {"engine", "selectors", "models"}:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_imports_stand_at_the_top(app):
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules_of(app)
        if str(path.relative_to(ROOT)) not in LATE_IMPORTS
        for function in ast.walk(tree_of(path))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_no_room_without_a_name(app):
    assert [str(path) for path in modules_of(app) if path.stem in NAMELESS_ROOMS] == []


def test_nothing_catches_every_exception():
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in [*APPS, "config"]
        for path in modules_of(package)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]
    assert wrong == []
