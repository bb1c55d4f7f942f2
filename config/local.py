"""Everything on one machine under one parent: `python -m config.local` (`make run`).

`python -m config.local services` starts the servers only, for work with `manage.py`. Ctrl-C or TERM ends it all; if
this process is killed outright, the system ends its children (Linux).
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from config.embedded import ROOT, Embedded, ServerFailed
from config.processes import die_with_parent

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 10  # Seconds a child gets to end by itself.


class StopRequested(Exception):
    """Somebody asked for the end: not a failure."""


class Failed(Exception):
    """Nothing more can be done. Carries a sentence for the person at the keyboard."""


class Household:
    """The children of this process, each with its own log and its own way to be ended."""

    def __init__(self, logs, lock):
        self.logs = logs
        self.lock = lock
        self.children = []
        self.stop_requested = False

    def request_stop(self, *_):
        # A flag, not an exception: nothing is interrupted between a child's birth and its entry in the list.
        self.stop_requested = True

    def start(self, name, starter, *, end_with=signal.SIGTERM, pass_fds=()):
        """Call `starter`, Popen or what stands before it, with a log, a session of its own and the lock.

        Its own session, because the terminal's Ctrl-C is for the parent, which ends the children in order.
        """
        path = self.logs / f"{name}.log"
        if path.exists():
            path.replace(path.with_suffix(".previous.log"))
        with path.open("wb") as log:
            process = starter(
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(end_with),
                pass_fds=(self.lock, *pass_fds),
            )
        self.children.append((name, process, end_with))
        return process

    def spawn(self, name, command, *, env, pass_fds=()):
        return self.start(name, partial(subprocess.Popen, command, cwd=ROOT, env=env), pass_fds=pass_fds)

    def run(self, name, command, *, env):
        """Run a command to its end and return what it wrote. Raises Failed if it fails."""
        process = self.spawn(name, command, env=env)
        while process.poll() is None:
            self.pause()
        self.children.remove((name, process, signal.SIGTERM))
        if process.returncode:
            raise Failed(f"« {name} » a échoué.\n{self.last_words(name)}")
        return (self.logs / f"{name}.log").read_text(errors="replace")

    def pause(self, seconds=0.05):
        if self.stop_requested:
            raise StopRequested
        time.sleep(seconds)

    def watch(self):
        """Return never: raises StopRequested, or Failed when a child has ended by itself."""
        while True:
            for name, process, _ in self.children:
                if process.poll() is not None:
                    raise Failed(f"« {name} » s'est arrêté (code {process.returncode}).\n{self.last_words(name)}")
            self.pause(0.2)

    def last_words(self, name):
        path = self.logs / f"{name}.log"
        lines = path.read_text(errors="replace").splitlines()[-20:]
        return "\n".join([*(f"    {line}" for line in lines), f"  Journal : {path}"])

    def end(self):
        """End the children, the last born first: the servers outlive those who use them."""
        users = [child for child in self.children if child[0] not in {"postgres", "redis"}]
        servers = [child for child in self.children if child not in users]
        for group in (users, servers):
            for _, process, end_with in group:
                if process.poll() is None:
                    process.send_signal(end_with)
            deadline = time.monotonic() + PATIENCE
            for _, process, _ in group:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, deadline - time.monotonic()))
                with contextlib.suppress(ProcessLookupError):  # What is left of its session, if anything.
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def step(text):
    sys.stdout.write(f"  {text} … ")
    sys.stdout.flush()
    started = time.monotonic()
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f"{time.monotonic() - started:.1f} s".replace(".", ","))


def take_lock(data):
    """Lock the data folder. The children inherit the lock: it is free once the last of them has ended."""
    data.mkdir(parents=True, exist_ok=True)
    lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(lock, 20).decode() or "?"
            os.lseek(lock, 0, os.SEEK_SET)
            if _is_alive(owner) or time.monotonic() > deadline:
                raise Failed(
                    f"Permanence tourne déjà dans {data} (processus {owner}). "
                    "Arrêtez-la, ou choisissez un autre dossier : PERMANENCE_DATA=/un/dossier PORT=8001 make run"
                ) from None
            time.sleep(0.1)  # Its parent is dead and its children are ending.
        else:
            os.ftruncate(lock, 0)
            os.write(lock, str(os.getpid()).encode())
            return lock


def _is_alive(pid):
    return pid.isdigit() and Path(f"/proc/{pid}").exists()


def listen(port):
    """Take the port before anything is started; the web server inherits it."""
    if not port.isdecimal() or not 0 <= int(port) < 65536:
        raise Failed(f"PORT={port} n'est pas un numéro de port.")
    port = int(port)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        raise Failed(
            f"Le port {port} n'est pas libre ({error.strerror}). Choisissez-en un autre : PORT={port + 1} make run"
        ) from error
    listener.listen(128)
    return listener


def start_servers(embedded, household):
    """Start what the environment does not name; return the environment of everything else."""
    env = os.environ.copy()
    env.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    embedded.data.mkdir(parents=True, exist_ok=True)
    if "DATABASE_URL" not in env or "REDIS_URL" not in env:
        embedded.prepare()
    if "DATABASE_URL" not in env:
        with step("Base de données (PostgreSQL embarqué)"):
            process = household.start("postgres", embedded.postgres, end_with=signal.SIGINT)
            embedded.wait_for_postgres(process)
            env["DATABASE_URL"] = embedded.database_url
    if "REDIS_URL" not in env:
        with step("File de tâches (Redis embarqué)"):
            process = household.start("redis", embedded.redis)
            embedded.wait_for_redis(process)
            env["REDIS_URL"] = embedded.redis_url
    return env


def prepare_database(household, env):
    """Return what the demonstration says of itself: addresses and sign-ins."""
    with step("Structure de la base, démonstration si elle est vide"):
        return household.run("prepare", [sys.executable, "-m", "config.prepare", "--demo"], env=env)


def serve(household, env, listener):
    port = listener.getsockname()[1]
    python = sys.executable
    household.spawn(
        "web",
        [
            *(python, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{listener.fileno()}"),
            *("--workers", "2", "--threads", "4", "--graceful-timeout", "5"),
            *("--access-logfile", "-", "--logger-class", "config.access_log.AccessLogger"),
        ],
        env=env,
        pass_fds=(listener.fileno(),),
    )
    celery = [python, "-m", "celery", "-A", "config"]
    household.spawn("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "info"], env=env)
    schedule = Path(household.logs).parent / "beat-schedule"
    household.spawn("beat", [*celery, "beat", "--schedule", str(schedule), "--loglevel", "info"], env=env)
    with step("Première page"):
        wait_for_page(household, port)


def wait_for_page(household, port):
    while True:
        household.pause()
        for name, process, _ in household.children:
            if process.poll() is not None:
                raise Failed(f"« {name} » n'a pas démarré.\n{household.last_words(name)}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                if connection.recv(64):
                    return
        except OSError:
            continue


def main(arguments):
    only_services = arguments == ["services"]
    embedded = Embedded.from_environment()
    logs = embedded.data / "logs"
    household = None
    try:
        lock = take_lock(embedded.data)
        logs.mkdir(exist_ok=True)
        household = Household(logs, lock)
        for number in STOP_SIGNALS:
            signal.signal(number, household.request_stop)
        if "MAKELEVEL" in os.environ and (follow := die_with_parent(signal.SIGTERM)):
            follow()
        listener = None if only_services else listen(os.environ.get("PORT") or "8000")
        say(f"Permanence – données dans {embedded.data}")
        env = start_servers(embedded, household)
        if only_services:
            say(f"  DATABASE_URL={env['DATABASE_URL']}\n  REDIS_URL={env['REDIS_URL']}")
        else:
            demo = prepare_database(household, env)
            serve(household, env, listener)
            port = listener.getsockname()[1]
            say(f"\n{demo.strip()}\n\n  Permanence répond sur http://localhost:{port}/")
            say(f"  Journaux : {logs}")
        say("  Ctrl-C arrête tout.")
        household.watch()
    except StopRequested:
        say("\nArrêt …")
    except (Failed, ServerFailed) as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    finally:
        if household is not None:
            household.end()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
