"""gunicorn on the benchmark's database, as in production: its settings, files with hashed names, two processes."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

from config.processes import die_with_parent

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2

# Stands for a visitor's address: one machine asks here for everybody, and limits count visitors.
ADDRESS_HEADER = "X-Real-IP"


@contextlib.contextmanager
def running_gunicorn():
    """Yields the port it listens on; loopback only."""
    with tempfile.TemporaryDirectory(prefix="permanence-static-") as folder, contextlib.ExitStack() as running:
        port = _free_port()
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "SECRET_KEY": "benchmark-only",
            "SITE_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "DEFAULT_FROM_EMAIL": "ne-pas-repondre@permanence.example",
            "LOCAL_OUTBOX": "true",
            "SECURE_SSL_REDIRECT": "false",
            "SECURE_COOKIES": "false",
            "CLIENT_ADDRESS_HEADER": ADDRESS_HEADER,
            "STATIC_ROOT": folder,
            "WEB_CONCURRENCY": str(WORKERS),
        }
        output = running.enter_context((Path(folder) / "gunicorn.log").open("wb"))
        options = {"cwd": ROOT, "env": environment, "stdout": output, "stderr": output}
        for command in (["collectstatic", "--noinput", "--verbosity=0"], ["createcachetable"]):
            subprocess.run([sys.executable, "manage.py", *command], check=True, **options)
        command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "-b", f"127.0.0.1:{port}"]
        process = subprocess.Popen([*command, "config.wsgi"], preexec_fn=die_with_parent(signal.SIGTERM), **options)
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.terminate()
            process.wait()


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _wait_for(port, process):
    for _ in range(300):
        with contextlib.suppress(OSError):
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not start")
