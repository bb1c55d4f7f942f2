from datetime import timedelta

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from scheduling.models import NightlyRun


def record_run(*, started, finished):
    now = timezone.now()
    NightlyRun.objects.create(
        day=(now - started).date(), started_at=now - started, finished_at=finished and now - finished
    )


def test_the_process_answers_without_asking_the_database(client):
    # No mark `django_db`: a query would fail.
    assert client.get("/healthz").json() == {"status": "ok"}


def installed(ago):
    """The installation is that old: a test database may be older than it seems."""
    MigrationRecorder.Migration.objects.update(applied=timezone.now() - ago)


@pytest.mark.django_db
class TestReadyz:
    @pytest.fixture(autouse=True)
    def _installed_today(self, db):
        installed(timedelta(hours=1))

    def test_a_new_installation_is_ready(self, client, broker):
        response = client.get("/readyz")

        assert response.status_code == 200
        assert response.json() == {
            "status": "ok",
            "checks": {
                "database": {"ok": True},
                "nightly_run": {"ok": True, "finished_at": None},
                "broker": {"ok": True},
            },
        }

    def test_a_broker_that_is_down_is_named_at_once(self, client, broker):
        broker.stop()
        started = timezone.now()

        response = client.get("/readyz")

        assert timezone.now() - started < timedelta(seconds=2)
        assert response.status_code == 503
        assert response.json()["checks"]["broker"] == {"ok": False}
        assert response.json()["checks"]["database"] == {"ok": True}
        broker.start()

    @pytest.mark.parametrize(
        ("started", "finished", "status"),
        [
            (timedelta(hours=8), timedelta(hours=7), 200),
            (timedelta(hours=27, minutes=30), timedelta(hours=27), 503),
            (timedelta(hours=1), None, 200),  # The first one is running.
        ],
    )
    def test_the_night_must_have_ended_within_26_hours(self, client, broker, started, finished, status):
        record_run(started=started, finished=finished)

        assert client.get("/readyz").status_code == status

    def test_an_installation_whose_first_night_never_ended_is_noticed_a_day_later(self, client, broker):
        installed(timedelta(hours=27))
        record_run(started=timedelta(hours=2), finished=None)

        assert client.get("/readyz").status_code == 503

    def test_a_night_that_fails_after_a_good_one_is_noticed_a_day_later(self, client, broker):
        record_run(started=timedelta(hours=50), finished=timedelta(hours=49))
        record_run(started=timedelta(hours=2), finished=None)

        assert client.get("/readyz").status_code == 503


class TestMetrics:
    def test_without_a_token_there_is_no_such_page(self, client, settings):
        settings.METRICS_TOKEN = ""

        assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404

    def test_a_wrong_token_finds_nothing(self, client, settings):
        settings.METRICS_TOKEN = "right"

        assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
        assert client.get("/metrics").status_code == 404

    def test_the_right_token_reads_what_the_site_does(self, client, settings):
        settings.METRICS_TOKEN = "right"

        response = client.get("/metrics", headers={"Authorization": "Bearer right"})

        assert response.status_code == 200
        assert b"django_http_requests_before_middlewares_total" in response.content
