"""Servers, browsers and traps of every test. Data comes from factories, `make_x(*, …)`."""

import fcntl
import gc
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import settings as hypothesis_settings
from kombu import pools

from config.celery import app as celery_app
from config.processes import die_with_parent
from notifications.transports.smtp import hang_up
from tests.browsers import chromium, desktop, open_page, phone, phone_without_javascript
from tests.databases import copied_from_the_first
from tests.emptying import empty_only_what_was_filled
from tests.servers import RedisServer
from tests.shared_rows import remember, restore
from tests.smtp_servers import running_smtp
from tests.traps import shuffle_unordered_querysets

__all__ = ["chromium", "desktop", "open_page", "phone", "phone_without_javascript"]

ROOT = Path(__file__).resolve().parents[1]
BASELINE = ROOT / "tests" / "query_counts.json"

# How many examples a property is tried on: on every run, and with HYPOTHESIS_PROFILE=nightly. That profile also runs
# what is marked `nightly`: the same walk of a browser at another width, another kind of series, another day.
hypothesis_settings.register_profile("normal", max_examples=200, deadline=None)
hypothesis_settings.register_profile("nightly", max_examples=2000, deadline=None)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "normal")
hypothesis_settings.load_profile(PROFILE)
# What is tried against a database costs a hundred times what arithmetic does.
EXAMPLES_IN_A_DATABASE = hypothesis_settings.default.max_examples // 8

empty_only_what_was_filled()


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What collecting makes, thousands of tests and all modules, stays to the end: nobody looks there for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        # Pages and queries make many short-lived objects: a look at every 700 of them takes a tenth of the whole.
        gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(config, items):
    # Browsers, workers and races last seconds each and often wait: begun first, they leave the end of the run to short
    # tests, which part evenly, and the processors to the tests beside them.
    items.sort(key=lambda item: not _commits(item))
    if PROFILE == "nightly":
        return
    left = [item for item in items if item.get_closest_marker("nightly")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if not item.get_closest_marker("nightly")]


def _commits(item):
    """Whether its transactions are real."""
    marker = item.get_closest_marker("django_db")
    return bool(
        (marker and marker.kwargs.get("transaction")) or {"live_server", "transactional_db"} & set(item.fixturenames)
    )


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_modify_db_settings, django_db_createdb, django_db_blocker):
    """pytest-django's own, after which the other workers copy this one's database."""
    with django_db_blocker.unblock(), copied_from_the_first(anew=django_db_createdb):
        request.getfixturevalue("django_db_setup")


@pytest.fixture(autouse=True)
def _unordered_means_unordered(request):
    shuffle_unordered_querysets(request.node.nodeid)


@pytest.fixture(autouse=True)
def _cache_of_one_test(request):
    """Flushing the tables after a test with real transactions forgets the cache's, which belongs to no model."""
    if not _commits(request.node):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    cache.clear()


@pytest.fixture(scope="module")
def rows_of_the_module(django_db_setup, django_db_blocker):
    """What fixtures of this scope write through it is there for all tests of the module, then taken back.

    These are marked `django_db` without `transaction`: what one of them writes is taken back after it, as ever, and
    so is what it changes of the objects that these fixtures return.
    """
    with _rows(django_db_blocker):
        yield


@pytest.fixture(scope="class")
def rows_of_the_class(django_db_setup, django_db_blocker):
    """The same for the tests of a class: the others of the module do not see them."""
    with _rows(django_db_blocker):
        yield


@contextmanager
def _rows(django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef, request):
    """What a fixture of a module or class returns is remembered as it is, see tests/shared_rows.py."""
    made = yield
    if fixturedef.scope in {"module", "class"}:
        fixturedef.addfinalizer(remember(made))
    return made


@pytest.fixture(autouse=True)
def _objects_of_the_module_as_they_were():
    yield
    restore()


@pytest.fixture
def assert_query_count():
    """`with assert_query_count("appointment_list"): …` compares with tests/query_counts.json.

    UPDATE_QUERY_COUNTS=1 pytest … rewrites the file; the diff is what the reviewer reads.
    """

    class Recorder(CaptureQueriesContext):
        def __init__(self, name):
            super().__init__(connection)
            self.name = name

        def __exit__(self, exc_type, exc_value, traceback):
            super().__exit__(exc_type, exc_value, traceback)
            if exc_type:
                return
            if os.environ.get("UPDATE_QUERY_COUNTS"):
                _record_query_count(self.name, len(self))
                return
            expected = json.loads(BASELINE.read_text()).get(self.name)
            executed = "\n".join(query["sql"] for query in self.captured_queries)
            assert len(self) == expected, f"{self.name}: {len(self)} queries, {expected} recorded\n{executed}"

    return Recorder


def _record_query_count(name, count):
    with BASELINE.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # Several processes of pytest-xdist record at once.
        counts = json.load(file) | {name: count}
        file.seek(0)
        file.truncate()
        file.write(json.dumps(counts, indent=2, sort_keys=True) + "\n")


@pytest.fixture
def redis_server():
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture
def broker(redis_server):
    """Celery publishes to `redis_server`. Without this fixture nothing listens, and publishing fails at once."""
    before = celery_app.conf.broker_url
    _publish_to(redis_server.url)
    yield redis_server
    _publish_to(before)


def _publish_to(url):
    pools.reset()
    celery_app._pool = celery_app.amqp._producer_pool = None
    celery_app.conf.broker_url = celery_app.conf.broker_read_url = celery_app.conf.broker_write_url = url


@pytest.fixture
def start_worker(broker, transactional_db):
    """`start_worker(*arguments, **environment)` starts a real Celery worker and returns its process.

    It works on this test's database and broker; `EMAIL_URL=smtp_server.url` gives it that server too.
    """
    workers = []

    def start(*arguments, **environment):
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        env = os.environ | {"DATABASE_URL": url.geturl(), "REDIS_URL": broker.url} | environment
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", "1", *arguments],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


@pytest.fixture
def smtp_server(settings):
    """A real SMTP server on loopback; Django's mails go to it. `.messages` holds what came."""
    with running_smtp() as mailbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mailbox.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield mailbox
        hang_up()
