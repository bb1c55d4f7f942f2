"""What runs later or at night. Each task calls a service and may run twice."""

from celery import shared_task
from django.utils import timezone

from .services import conflicts, holds, import_run, imports, nightly, openings, recomputation


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
def run_directory_import(import_id):
    import_run.run_import(import_id=import_id, now=timezone.now())


@shared_task(ignore_result=True)
def continue_directory_imports():
    imports.continue_imports(now=timezone.now())


@shared_task(ignore_result=True)
def purge_import_reports():
    imports.purge_import_reports(now=timezone.now())
