"""What runs later or at night. Each task calls a service and may run twice."""

from celery import shared_task
from django.utils import timezone

from .services import conflicts, exports, holds, import_run, imports, nightly, openings, recomputation, slot_offers

# An export published again a minute later is the same: those of a queue that was stopped do not pile up.
_SWEPT_AGAIN_AFTER = 60  # Seconds.


@shared_task(ignore_result=True)
def run_nightly_availability():
    """Open tonight's run, or take it up again, and have every pending batch done."""
    run = nightly.open_run(day=timezone.localdate(), now=timezone.now())
    for batch_id in nightly.pending_batches(run):
        run_nightly_batch.delay(batch_id)


@shared_task(ignore_result=True)
def run_nightly_batch(batch_id):
    nightly.run_batch(batch_id=batch_id, now=timezone.now())


@shared_task(ignore_result=True)
def purge_ended_openings():
    openings.purge_ended_openings(now=timezone.now())


@shared_task(ignore_result=True)
def purge_past_conflicts():
    conflicts.purge_past_conflicts(now=timezone.now())


@shared_task(ignore_result=True)
def sweep_expired_holds():
    holds.sweep_expired_holds(now=timezone.now())


@shared_task(ignore_result=True)
def refresh_stale_calendars():
    recomputation.refresh_stale_calendars(now=timezone.now())


@shared_task(ignore_result=True)
def offer_freed_time():
    slot_offers.offer_freed_time(now=timezone.now())


@shared_task(ignore_result=True)
def keep_waiting_list():
    slot_offers.keep_waiting_list(now=timezone.now())


@shared_task(ignore_result=True)
def run_directory_import(import_id):
    import_run.run_import(import_id=import_id, now=timezone.now())


@shared_task(ignore_result=True)
def continue_directory_imports():
    imports.continue_imports(now=timezone.now())


@shared_task(ignore_result=True)
def purge_import_reports():
    imports.purge_import_reports(now=timezone.now())


@shared_task(ignore_result=True)
def write_export(export_id):
    exports.write_export(export_id=export_id, now=timezone.now())


@shared_task(ignore_result=True)
def sweep_exports():
    """The safety net: have written what a dead worker left, and what was never published."""
    now = timezone.now()
    exports.take_up_abandoned(now=now)
    for export_id in exports.unwritten_exports(now=now):
        write_export.apply_async([export_id], expires=_SWEPT_AGAIN_AFTER)


@shared_task(ignore_result=True)
def purge_expired_exports():
    exports.purge_expired_exports(now=timezone.now())
