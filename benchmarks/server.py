"""PostgreSQL and Redis of the benchmarks' own, set as one would set them in production, and Django on them."""

import contextlib
import os
import signal
import tempfile
from pathlib import Path

import psycopg

from config.embedded import Embedded
from config.processes import die_with_parent

# For a machine with 4 GB or more and a solid-state disk. Commits wait for the disk, as they do in production.
SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "3GB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
}


@contextlib.contextmanager
def own_servers():
    """Start them and let Django use them; their data are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="permanence-benchmark-") as folder, contextlib.ExitStack() as running:
        embedded = Embedded(Path(folder))
        embedded.prepare()
        output = running.enter_context((Path(folder) / "servers.log").open("wb"))
        options = {"stdout": output, "stderr": output, "preexec_fn": die_with_parent(signal.SIGINT)}
        postgres = running.enter_context(_ended(embedded.postgres(settings=SETTINGS, **options)))
        redis = running.enter_context(_ended(embedded.redis(**options)))
        embedded.wait_for_postgres(postgres)
        embedded.wait_for_redis(redis)
        _set_up_django(embedded)
        yield


@contextlib.contextmanager
def _ended(process):
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _set_up_django(embedded):
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "DATABASE_URL": embedded.database_url,
        "REDIS_URL": embedded.redis_url,
        "LOG_LEVEL": "ERROR",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def connect(database="permanence"):
    """A connection without Django, which commits each statement."""
    from django.db import connection

    address = {name: connection.settings_dict[name.upper()] for name in ("host", "user")}
    return psycopg.connect(**address, dbname=database, autocommit=True, cursor_factory=psycopg.ClientCursor)


def copy_database(name):
    """The database as it stands, under another name on the same server."""
    from django.db import connection

    connection.close()
    with connect("postgres") as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE permanence STRATEGY file_copy")


def settle(database="permanence"):
    """What autovacuum does some time after many writes: statistics, and pages known to be visible to all."""
    with connect(database) as session:
        session.execute("VACUUM ANALYZE")
        session.execute("CHECKPOINT")
