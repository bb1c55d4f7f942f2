import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted((ROOT / "scheduling" / "engine").glob("*.py"))
CLOCKS = {"now", "today", "utcnow"}


def test_the_engine_loads_without_django():
    names = ", ".join(f"scheduling.engine.{path.stem}" for path in MODULES if path.stem != "__init__")
    script = f"import sys, {names}; sys.exit(any(name.split('.')[0] in ('django', 'psycopg') for name in sys.modules))"

    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_engine_never_reads_the_clock(path):
    read = [
        f"line {node.lineno}: {node.func.attr}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]
    assert read == []


def test_the_brute_force_shares_nothing_with_what_it_checks():
    tree = ast.parse((Path(__file__).parent / "brute_force.py").read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert modules == {"datetime", "functools", "zoneinfo"}
    assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))
