"""There is no Docker engine where tests run: what can be read is read."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSITION = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSITION["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_everything_that_runs_is_there():
    assert set(SERVICES) == {"postgres", "redis", "migrate", "web", "worker", "beat"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_what_stays_up_restarts_and_tells_its_health(name):
    assert SERVICES[name]["restart"] == "unless-stopped"
    # The web server's is in the image.
    assert name == "web" or "test" in SERVICES[name]["healthcheck"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_application_waits_for_its_tables(name):
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_no_secret_is_written_down():
    for service in SERVICES.values():
        for name, value in service["environment"].items() if "environment" in service else ():
            if re.search("KEY|PASSWORD|TOKEN|SECRET|SID", name):
                assert re.fullmatch(r"\$\{\w+:(\?.+|-)\}", value), name
    assert not re.search(r"^ENV .*(SECRET|PASSWORD)", DOCKERFILE, re.MULTILINE)


def test_named_volumes_are_declared():
    used = {
        volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ()) if ":" in volume
    }

    assert used == set(COMPOSITION["volumes"])


def test_the_image_runs_as_nobody_in_particular():
    last_stage = DOCKERFILE.split("\nFROM ")[-1]

    assert re.search(r"^USER (?!root)", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage


def test_the_image_gets_what_the_settings_require(monkeypatch):
    settings = (ROOT / "config/settings/base.py").read_text()
    required = re.search(r"_required = \((.*?)\)", settings, re.DOTALL)[1]

    assert set(re.findall(r'"(\w+)"', required)) <= set(SERVICES["web"]["environment"])


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-embedded.lock", "requirements-dev.lock"])
def test_locks_pin_every_package_and_name_no_index(name):
    lines = (ROOT / name).read_text().splitlines()

    assert not [line for line in lines if re.search(r"://|--index|--find-links", line)]
    requirements = [line for line in lines if re.match(r"\w", line)]
    assert all(re.match(r"[\w.-]+(\[[\w,]+\])?==[\w.]+ (; [^\\]+ )?\\$", line) for line in requirements)
