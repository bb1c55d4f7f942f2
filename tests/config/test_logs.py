import json
import logging

from config.logs import JsonFormatter


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
