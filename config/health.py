"""What a load balancer and a watchman ask: is the process there, can it work, how much does it do."""

import hmac
import logging
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max, Min
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from kombu.exceptions import OperationalError

from config.celery import app as celery_app

logger = logging.getLogger(__name__)

NIGHTLY_RUN_MAX_AGE = timedelta(hours=26)


@require_safe
@never_cache
def healthz(request):
    """The process answers. Asks nobody else, so that a stopped database restarts no web server."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request):
    """Whether a request could be served: 200, or 503 naming the parts that fail."""
    checks = {"database": _database()}
    checks["nightly_run"] = _nightly_run(timezone.now()) if checks["database"]["ok"] else {"ok": False}
    checks["broker"] = _broker()
    ready = all(check["ok"] for check in checks.values())
    return JsonResponse({"status": "ok" if ready else "error", "checks": checks}, status=200 if ready else 503)


@require_safe
@never_cache
def metrics(request):
    """Prometheus' page, for who sends METRICS_TOKEN as a bearer; nothing for anybody else."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Http404
    response = ExportToDjangoView(request)
    return HttpResponse(response.content, content_type=response["Content-Type"])


healthz.access = readyz.access = metrics.access = "public"


def _database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("The database does not answer: %s", error)
        return {"ok": False}
    return {"ok": True}


def _broker():
    """Takes about a second at most: the timeouts are Celery's."""
    try:
        with celery_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    except (OperationalError, OSError) as error:
        logger.warning("The broker does not answer: %s", error)
        return {"ok": False}
    return {"ok": True}


def _nightly_run(now):
    """Age of the last finished run; before the first one, of the installation, which has a day to come to it."""
    finished_at = apps.get_model("scheduling", "NightlyRun").objects.aggregate(last=Max("finished_at"))["last"]
    installed_at = MigrationRecorder.Migration.objects.aggregate(first=Min("applied"))["first"]
    return {
        "ok": now - (finished_at or installed_at) <= NIGHTLY_RUN_MAX_AGE,
        "finished_at": finished_at and finished_at.isoformat(),
    }
