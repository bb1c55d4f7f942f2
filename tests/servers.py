"""The servers that tests talk to: real ones, started here, ended with the test run.

A run takes the first free folder under `.data/tests/`, so that two runs at once do not meet, and the next run finds
its databases ready.
"""

import atexit
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from config.embedded import ROOT, Embedded, redis_program, wait_for_redis
from config.processes import die_with_parent

# Nothing of a test has to survive a power cut or be copied elsewhere, and nobody reads how often it was looked at.
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "track_counts": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "io_method": "sync",
    "max_connections": "700",  # Two hundred writers at once are several tests, of which each worker may be in one.
}


def start_database():
    """Start PostgreSQL and return its URL; the process that asked ends it when it exits."""
    parent = Path(os.environ.get("PERMANENCE_DATA") or ROOT / ".data").resolve() / "tests"
    lock, folder = _take_folder(parent)
    embedded = Embedded(folder)
    embedded.prepare()
    with (folder / "postgres.log").open("wb") as log:
        process = embedded.postgres(
            settings=_FAST,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for pytest, which still has databases to close.
            preexec_fn=die_with_parent(signal.SIGINT),
            pass_fds=(lock,),
        )
    atexit.register(_end, process)
    embedded.wait_for_postgres(process)
    _drop_outdated(folder, embedded)
    return embedded.database_url


def _take_folder(parent):
    parent.mkdir(parents=True, exist_ok=True)
    number = 0
    while True:
        lock = os.open(parent / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            number += 1
        else:
            return lock, parent / str(number)


def _end(process):
    process.send_signal(signal.SIGINT)
    process.wait()


def _drop_outdated(folder, embedded):
    """Drop the test databases that the present migrations did not make, or that a killed run left full of rows."""
    stamp = folder / "migrations"
    wanted = _fingerprint()
    if not stamp.exists() or stamp.read_text() != wanted:
        with psycopg.connect(embedded.database_url, autocommit=True) as connection:
            found = connection.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'test\_%'").fetchall()
            for (name,) in found:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    stamp.unlink(missing_ok=True)
    owner = os.getpid()
    # Written back by a run that ends; after a killed one the databases are made anew.
    atexit.register(lambda: os.getpid() == owner and stamp.write_text(wanted))


def _fingerprint():
    """What the tables depend on: our migrations, and the versions of the packages that bring their own."""
    digest = hashlib.sha256()
    for path in [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "requirements.lock"]:
        if path.exists():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


class RedisServer:
    """A Redis that a test may stop and start again at the same address, `url`. It forgets nothing in between."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="permanence-redis-"))
        self.url = f"redis+socket://{self.folder}/redis.sock"
        self.start()

    def start(self):
        socket = self.folder / "redis.sock"
        self.process = subprocess.Popen(
            [redis_program(), "--port", "0", "--unixsocket", socket, "--dir", self.folder, "--appendonly", "yes"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        wait_for_redis(f"unix://{socket}", self.process)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
