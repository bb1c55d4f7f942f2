"""The settings of production, in a process of its own: here pytest has already chosen others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.base",
    "SECRET_KEY": "x" * 30 + "0123456789abcdefghijklmnop",
    "SITE_URL": "https://rdv.example",
    "ALLOWED_HOSTS": "rdv.example",
    "DATABASE_URL": "postgresql://permanence:secret@db.example/permanence",
    "REDIS_URL": "redis://redis.example/0",
    "DEFAULT_FROM_EMAIL": "rdv@rdv.example",
}


def manage(*arguments, **environment):
    env = {"PATH": os.environ["PATH"]} | environment
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def test_production_passes_the_deployment_checks():
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", sorted(PRODUCTION.keys() - {"DJANGO_SETTINGS_MODULE"}))
def test_a_missing_variable_is_named(name):
    result = manage("check", **PRODUCTION | {name: ""})

    assert result.returncode != 0
    assert result.stderr.splitlines()[-1].endswith(
        f"Missing environment variables: {name}. README.md says what they are."
    )


def test_production_hides_its_faults_and_keeps_messages_for_people():
    names = ["DEBUG", "LOCAL_OUTBOX", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"]
    code = f"from django.conf import settings; print([getattr(settings, name) for name in {names}])"

    result = manage("shell", "--no-imports", "-c", code, **PRODUCTION)

    assert result.stdout.strip() == "[False, False, True, True, True]", result.stderr


def test_every_static_file_gets_a_name_of_its_content(tmp_path):
    result = manage("collectstatic", "--no-input", **PRODUCTION, STATIC_ROOT=str(tmp_path))

    assert result.returncode == 0, result.stderr  # A style sheet that names a file that is not there fails.
    assert (tmp_path / "staticfiles.json").exists()


def test_development_needs_nothing():
    result = manage("check")

    assert result.returncode == 0, result.stderr


def test_a_price_of_sms_that_is_none_is_refused():
    result = manage("check", **PRODUCTION | {"SMS_PRICE_PER_SEGMENT": "sept centimes"})

    assert result.returncode != 0
    assert "SMS_PRICE_PER_SEGMENT" in result.stderr
