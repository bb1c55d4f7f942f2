"""`python -m config.local`, what `make run` starts, for real."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from config.processes import die_with_parent

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def launch(tmp_path):
    """`launch(port, *arguments)` starts a household of its own in `tmp_path`; whatever is left is ended."""
    started = []

    def start(port, *arguments):
        # A bare environment: nothing of the test run's.
        env = {"PATH": os.environ["PATH"], "PORT": str(port), "PERMANENCE_DATA": str(tmp_path / "data")}
        with (tmp_path / "output").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "config.local", *arguments],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def processes_of(data):
    """The command lines of the living processes that name `data` or hold its lock."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (folder / "environ").read_bytes().decode(errors="replace")
            if command and (str(data) in command or f"PERMANENCE_DATA={data}" in environment):
                found.append(command)
    return found


def wait_for(condition, *, seconds, process=None):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        if process is not None and process.poll() is not None:
            return condition()
        time.sleep(0.1)
    return False


def answer(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return None, b""


def said(tmp_path):
    return (tmp_path / "output").read_text()


def test_one_command_brings_everything_up_and_term_leaves_nothing(launch, port, tmp_path):
    data = tmp_path / "data"
    process = launch(port)
    assert wait_for(lambda: "Ctrl-C" in said(tmp_path), seconds=120, process=process), said(tmp_path)

    assert answer(port, "/healthz")[0] == 200
    status, body = answer(port, "/readyz")
    assert status == 200, json.loads(body)
    assert answer(port, "/compte/login/")[0] == 200
    for program in ("postgres", "redis-server", "gunicorn", "celery -A config worker", "celery -A config beat"):
        assert any(program in command for command in processes_of(data)), program

    process.send_signal(signal.SIGTERM)

    assert process.wait(30) == 0
    assert processes_of(data) == []
    # And again, on the same data.
    process = launch(port)
    assert wait_for(lambda: answer(port, "/compte/login/")[0] == 200, seconds=60, process=process), said(tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert processes_of(data) == []


def test_servers_end_with_a_parent_that_is_killed_and_start_again(launch, port, tmp_path):
    data = tmp_path / "data"
    process = launch(port, "services")
    assert wait_for(lambda: "Ctrl-C" in said(tmp_path), seconds=60, process=process), said(tmp_path)

    process.kill()
    process.wait()
    process = launch(port, "services")

    assert wait_for(lambda: "Ctrl-C" in said(tmp_path), seconds=60, process=process), said(tmp_path)
    process.terminate()
    assert process.wait(30) == 0
    assert wait_for(lambda: processes_of(data) == [], seconds=5)


def test_the_end_of_one_server_is_the_end_of_all(launch, port, tmp_path):
    data = tmp_path / "data"
    process = launch(port, "services")
    assert wait_for(lambda: "Ctrl-C" in said(tmp_path), seconds=60, process=process), said(tmp_path)
    (postmaster, *_) = (data / "postgres" / "postmaster.pid").read_text().splitlines()

    os.kill(int(postmaster), signal.SIGKILL)

    assert process.wait(30) == 1
    assert "« postgres » s'est arrêté" in said(tmp_path)
    assert processes_of(data) == []


def test_a_port_that_is_taken_is_said_before_anything_starts(launch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = launch(port)

        assert process.wait(30) == 1
    assert f"Le port {port} n'est pas libre" in said(tmp_path)
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_folder_in_use_is_said(launch, port, tmp_path):
    first = launch(port, "services")
    assert wait_for(lambda: "Ctrl-C" in said(tmp_path), seconds=60, process=first), said(tmp_path)

    second = launch(port, "services")

    assert second.wait(30) == 1
    assert "tourne déjà" in said(tmp_path)
    assert first.poll() is None
    first.terminate()
    assert first.wait(30) == 0
