"""The night: every calendar's windows rolled forward, by batches that may be done twice."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ..models import Calendar, NightlyBatch, NightlyRun
from .holds import free_expired_holds
from .locks import lock_calendars
from .recomputation import recompute_locked
from .windows import Difference

logger = logging.getLogger(__name__)

CALENDARS_PER_BATCH = 100

# How many calendars are locked at a time inside a batch: a citizen who books waits for these only, a fifth of a second.
CALENDARS_PER_TRANSACTION = 50


@transaction.atomic
def open_run(*, day, now: datetime) -> NightlyRun:
    """The run of that day, cut into batches; the same one when it was begun before, finished or not."""
    run, is_new = NightlyRun.objects.select_for_update().get_or_create(day=day, defaults={"started_at": now})
    if is_new:
        ids = list(Calendar.objects.in_use().order_by("pk").values_list("pk", flat=True))
        NightlyBatch.objects.bulk_create(
            NightlyBatch(
                run=run,
                first_calendar_id=ids[first],
                last_calendar_id=ids[min(first + CALENDARS_PER_BATCH, len(ids)) - 1],
            )
            for first in range(0, len(ids), CALENDARS_PER_BATCH)
        )
        finish_run_if_done(run_id=run.pk, now=now)
    return run


def pending_batches(run: NightlyRun) -> list[int]:
    return list(run.batches.filter(done_at=None).order_by("first_calendar_id").values_list("pk", flat=True))


def run_batch(*, batch_id: int, now: datetime) -> Difference:
    """Roll the windows of one batch forward. Doing it twice writes nothing the second time."""
    batch = NightlyBatch.objects.select_related("run").get(pk=batch_id)
    ids = list(
        Calendar.objects.in_use()
        .filter(pk__range=(batch.first_calendar_id, batch.last_calendar_id))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    total = Difference()
    for first in range(0, len(ids), CALENDARS_PER_TRANSACTION):
        difference = roll_forward(calendar_ids=ids[first : first + CALENDARS_PER_TRANSACTION], now=now)
        total.added += difference.added
        total.removed += difference.removed
        total.drifted += difference.drifted
    if total.drifted:
        logger.warning("nightly batch %s: %s windows had drifted", batch_id, total.drifted)
    NightlyBatch.objects.filter(pk=batch_id, done_at=None).update(done_at=timezone.now(), drifted=total.drifted)
    finish_run_if_done(run_id=batch.run_id, now=timezone.now())
    return total


@transaction.atomic
def roll_forward(*, calendar_ids, now: datetime) -> Difference:
    """Recompute whole calendars under their locks, once what was held too long is free: that is no drift."""
    calendars = lock_calendars(calendar_ids)
    free_expired_holds(calendars=calendars, now=now)
    return recompute_locked(calendars=calendars, now=now, is_nightly=True)


def finish_run_if_done(*, run_id: int, now: datetime) -> None:
    """The last batch to end closes the run. One UPDATE."""
    unfinished = NightlyBatch.objects.filter(run=run_id, done_at=None)
    NightlyRun.objects.filter(pk=run_id, finished_at=None).exclude(pk__in=unfinished.values("run")).update(
        finished_at=now
    )
