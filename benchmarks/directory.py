"""A real city from its directory to a search: import, desks, night, next availability of one service everywhere.

`python -m benchmarks.directory FILE` works in a database of its own, made and dropped here, on the server that
DATABASE_URL names (or on an embedded one), and prints the time of each step.
"""

import contextlib
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from config.embedded import Embedded
from config.processes import die_with_parent

DESKS_PER_PLACE = 4


@contextlib.contextmanager
def embedded_database():
    """A PostgreSQL of this run's own; its data are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="permanence-benchmark-") as folder:
        embedded = Embedded(Path(folder))
        embedded.prepare()
        log = (Path(folder) / "postgres.log").open("wb")
        process = embedded.postgres(stdout=log, stderr=log, preexec_fn=die_with_parent(signal.SIGINT))
        try:
            embedded.wait_for_postgres(process)
            yield embedded.database_url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
            log.close()


@contextlib.contextmanager
def step(text):
    started = time.perf_counter()
    yield
    sys.stdout.write(f"{text:<72} {(time.perf_counter() - started) * 1000:>10.1f} ms\n")


def main(file):
    with embedded_database() as url:
        os.environ |= {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "REDIS_URL": "redis://127.0.0.1:1",
        }
        import django

        django.setup()
        from benchmarks import directory_steps

        directory_steps.run(file, step=step, desks_per_place=DESKS_PER_PLACE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
