import time

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from config.beat import SCHEDULE
from config.celery import app


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()

    missing = [entry["task"] for entry in SCHEDULE.values() if entry["task"] not in app.tasks]

    assert missing == []


def test_shared_tasks_belong_to_this_application():
    assert current_app.main == "permanence"


def test_publishing_without_a_broker_fails_at_once():
    started = time.monotonic()

    with pytest.raises(OperationalError):
        app.send_task("scheduling.tasks.sweep_expired_holds")

    assert time.monotonic() - started < 1


def test_publishing_goes_on_once_the_broker_is_back(broker):
    broker.stop()
    with pytest.raises(OperationalError):
        app.send_task("scheduling.tasks.sweep_expired_holds")

    broker.start()
    app.send_task("scheduling.tasks.sweep_expired_holds")

    with app.connection_for_read() as connection:
        assert connection.default_channel._size("celery") == 1
