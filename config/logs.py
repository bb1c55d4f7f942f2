"""Logs that machines read: one JSON object a line."""

import json
import logging
import re
from datetime import UTC, datetime

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "taskName"}

# What opens an RDV, or an account: whoever reads it in an address may use it.
_SECRET = re.compile(r"(/mon-rdv/|/invitation/|/password/reset/key/)[^/\s\"?]+")


def without_secrets(text: str) -> str:
    return _SECRET.sub(r"\1…", text)


class WithoutSecrets(logging.Filter):
    """Django writes the path of each request that it refuses."""

    def filter(self, record):
        record.msg, record.args = without_secrets(record.getMessage()), ()
        return True


class JsonFormatter(logging.Formatter):
    """Time, level, logger and message, then whatever was given as `extra` and the traceback if there is one."""

    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
