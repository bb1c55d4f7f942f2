"""`python -m benchmarks.export_memory ID`: write that export as a worker's task does; seconds, and MiB above idle.

A process of its own, so that nothing before it has raised the mark. Linux tells the highest memory since it was asked
to forget it.
"""

import re
import sys
import time
from pathlib import Path

import django

OF_ITSELF = Path("/proc/self")


def main(export_id):
    django.setup()
    from django.db import connection

    from config.celery import app
    from scheduling import tasks

    app.loader.import_default_modules()
    connection.ensure_connection()
    idle = _mebibytes("VmRSS")
    (OF_ITSELF / "clear_refs").write_text("5")
    begun = time.perf_counter()
    tasks.write_export(export_id)
    sys.stdout.write(f"{time.perf_counter() - begun} {_mebibytes('VmHWM') - idle}\n")


def _mebibytes(name):
    (kibibytes,) = re.findall(rf"^{name}:\s+(\d+) kB$", (OF_ITSELF / "status").read_text(), re.MULTILINE)
    return int(kibibytes) / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]))
