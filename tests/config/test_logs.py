import json
import logging
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.glogging import SafeAtoms

from config import gunicorn, local
from config.access_log import AccessLogger
from config.logs import JsonFormatter, WithoutSecrets


def test_a_log_line_is_one_json_object():
    record = logging.makeLogRecord(
        {"name": "scheduling", "levelname": "INFO", "msg": "Éteint\n%s", "args": ("deux lignes",), "appointment": 7}
    )

    line = JsonFormatter().format(record)

    assert "\n" not in line
    assert json.loads(line) | {"time": ""} == {
        "time": "",
        "level": "INFO",
        "logger": "scheduling",
        "message": "Éteint\ndeux lignes",
        "appointment": 7,
    }


def test_a_traceback_stays_on_the_line():
    try:
        raise ValueError("perdu")
    except ValueError as error:
        record = logging.makeLogRecord({"msg": "Raté", "exc_info": (type(error), error, error.__traceback__)})

    line = JsonFormatter().format(record)

    assert "\n" not in line
    assert json.loads(line)["exception"].endswith("ValueError: perdu")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Not Found: /mon-rdv/1f-1-0123456789abcdef01234567/", "Not Found: /mon-rdv/…/"),
        ("Unprocessable: /mon-rdv/1f-1-0123456789abcdef01234567/deplacer/", "Unprocessable: /mon-rdv/…/deplacer/"),
        ("OK: /compte/password/reset/key/2n-c1ab2c-0123456789/", "OK: /compte/password/reset/key/…/"),
        ("Not Found: /o/mairie/rendez-vous/7/", "Not Found: /o/mairie/rendez-vous/7/"),
    ],
)
def test_what_opens_a_door_is_in_no_log(written, read):
    record = logging.makeLogRecord({"msg": "%s", "args": (written,)})

    assert WithoutSecrets().filter(record)

    assert record.getMessage() == read


def test_the_logs_of_the_site_pass_by_that_filter(settings):
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["without_secrets"]


def test_the_access_log_says_neither_who_was_searched_nor_by_which_link():
    path, query = "/mon-rdv/1f-1-0123456789abcdef01234567/", "q=dupont+0612345678"
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": f"{path}?{query}",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"https://rdv.example{path}",
    }
    config = Config()
    response = SimpleNamespace(status="200 OK", sent=12, headers=[])
    request = SimpleNamespace(headers=[])

    atoms = AccessLogger(config).atoms(response, request, environ, timedelta(seconds=1))
    line = config.access_log_format % SafeAtoms(atoms)

    assert "GET /mon-rdv/…/ HTTP/1.1" in line
    assert "0123456789abcdef" not in line
    assert "dupont" not in line


def test_both_ways_to_start_gunicorn_use_that_log():
    name = "config.access_log.AccessLogger"

    assert gunicorn.logger_class == name
    assert name in Path(local.__file__).read_text()
