"""Doing a step of an import, row by row, so that it can be stopped anywhere and taken up by anybody.

Each row is a transaction of its own: what it locks is free again when it is done, and a row that is refused leaves the
others alone. What was done of a row and the count of rows done are committed together.
"""

from contextlib import suppress
from datetime import datetime

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import Count
from django.utils import timezone, translation
from psycopg.errors import LockNotAvailable

from config.shortcuts import run_after_commit
from organizations.exceptions import OrganizationsError

from ..exceptions import SchedulingError, TooBusy
from ..import_files.upload import read_upload
from ..models import DirectoryImport, DirectoryImportRow, ImportKind, ImportStatus, ImportStep, RowResult
from .directory_import import import_directory
from .import_rows.agents import AgentRows
from .import_rows.citizens import CitizenRows
from .import_rows.locations import LocationRows
from .import_rows.motifs import MotifRows
from .import_rows.pairs import PairRows
from .import_rows.rows import LONGEST_LABEL, Outcome, RowRefused

IMPORTERS = {
    ImportKind.LOCATIONS: LocationRows,
    ImportKind.MOTIFS: MotifRows,
    ImportKind.PAIRS: PairRows,
    ImportKind.AGENTS: AgentRows,
    ImportKind.CITIZENS: CitizenRows,
}

# Rows of an examination that are noted together.
ROWS_AT_ONCE = 50

STEP_OF = {ImportStatus.CHECKING: ImportStep.CHECK, ImportStatus.IMPORTING: ImportStep.IMPORT}


def run_import(*, import_id: int, now: datetime) -> None:
    """Do what is left of the step that runs. Nothing when none does. May run beside itself and be killed anywhere."""
    job = DirectoryImport.objects.running().select_related("territory", "actor").filter(pk=import_id).first()
    if job is None:
        return
    with translation.override("fr"):
        if job.kind == ImportKind.DIRECTORY:
            _run_directory(job, now)
        else:
            _TableRun(job, now).run()


@transaction.atomic
def _run_directory(job, now):
    """A directory goes in whole, in one transaction: its places, motifs and desks hang together."""
    running = DirectoryImport.objects.running().select_related("territory")
    # The sweep comes by every minute while a large one goes in: it must not hold up one more worker each time.
    job = running.select_for_update(of=("self",), skip_locked=True).filter(pk=job.pk).first()
    if job is None:  # Another worker is at it, or has just done it.
        return
    step = STEP_OF[job.status]
    report = import_directory(
        territory=job.territory,
        directory=read_upload(job.kind, bytes(job.content)),
        now=now,
        desks_per_place=job.desks_per_place,
        is_dry_run=step == ImportStep.CHECK,
    )
    announced = (
        dict(_of_step(job, ImportStep.CHECK).values_list("label", "result")) if step == ImportStep.IMPORT else {}
    )
    rows = [_row(job, step, number, line, outcome) for number, (line, outcome) in enumerate(report.rows)]
    for row in rows:
        # What was not announced at all is new, where something was.
        row.announced = _if_other(announced.get(row.label, RowResult.UNCHANGED if announced else ""), row.result)
    DirectoryImportRow.objects.bulk_create(rows, batch_size=500)
    _finish(job, step, now)


class _TableRun:
    """The state of one run: what the file says, and which of its rows are done."""

    def __init__(self, job, now):
        self.job, self.now = job, now
        self.status, self.step = job.status, STEP_OF[job.status]
        self.rows = read_upload(job.kind, bytes(job.content)).rows
        self.importer = None
        self.done = None
        self.announced = {}
        if self.step == ImportStep.IMPORT:
            self.announced = {row.number: row for row in _of_step(job, ImportStep.CHECK).order_by("number")}

    def run(self):
        self._take_up()
        while self.done is not None and self.done < len(self.rows):
            if not (self._examine() if self.step == ImportStep.CHECK else self._import()):
                self._take_up()
        if self.done is not None:
            with transaction.atomic():
                _finish(self.job, self.step, self.now)

    def _take_up(self):
        """Where the rows stand, and which of them later ones may repeat; `done` is None where the step is over."""
        running = DirectoryImport.objects.filter(pk=self.job.pk, status=self.status)
        self.done = running.values_list("done_count", flat=True).first()
        self.importer = IMPORTERS[self.job.kind](territory=self.job.territory, actor=self.job.actor, now=self.now)
        taken = _of_step(self.job, self.step).exclude(result=RowResult.REFUSED).order_by("number")
        for number in taken.values_list("number", flat=True):
            with suppress(RowRefused):  # Its organization has another name by now: later rows do not find it either.
                self.importer.remember(self.rows[number].cells, self.rows[number].line)

    def _examine(self):
        numbers = range(self.done, min(self.done + ROWS_AT_ONCE, len(self.rows)))
        outcomes = [self._outcome(number, is_dry_run=True) for number in numbers]
        with transaction.atomic():
            if not self._advance(len(outcomes)):
                return False
            DirectoryImportRow.objects.bulk_create(
                _row(self.job, self.step, number, self.rows[number].line, outcome)
                for number, outcome in zip(numbers, outcomes, strict=True)
            )
        self.done += len(outcomes)
        return True

    def _import(self):
        number = self.done
        announced = self.announced.get(number)
        with transaction.atomic():
            # First, and in the same transaction: of two workers one waits here, and then finds the row done.
            if not self._advance(1):
                return False
            if announced and announced.result == RowResult.REFUSED:
                outcome = Outcome(RowResult.REFUSED, announced.label, reason=announced.reason)
            else:
                outcome = self._outcome(number, is_dry_run=False)
            row = _row(self.job, self.step, number, self.rows[number].line, outcome)
            row.announced = _if_other(announced.result if announced else "", row.result)
            row.save()
        self.done += 1
        return True

    def _advance(self, count):
        here = DirectoryImport.objects.filter(pk=self.job.pk, status=self.status, done_count=self.done)
        # Not `now`, which is when the run began: this says that somebody is at it.
        return here.update(done_count=self.done + count, touched_at=timezone.now())

    def _outcome(self, number, *, is_dry_run):
        row = self.rows[number]
        try:
            with transaction.atomic():
                if row.faults:
                    raise RowRefused(" ".join(row.faults))
                self.importer.refuse_twin(row.cells)
                outcome = self.importer.take(row.cells)
                transaction.set_rollback(is_dry_run)
        except RowRefused as refused:
            return self._refused(row, refused.reason)
        except (SchedulingError, OrganizationsError) as error:
            return self._refused(row, error.message)
        except (IntegrityError, DataError):  # Somebody wrote the same at this moment; the constraint has the last word.
            return self._refused(row, "Une fiche semblable vient d'être enregistrée par quelqu'un d'autre.")
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            return self._refused(row, TooBusy.message)
        self.importer.remember(row.cells, row.line)
        return outcome

    def _refused(self, row, reason):
        return Outcome(RowResult.REFUSED, self.importer.label_of(row.cells), reason=reason)


def _of_step(job, step):
    return DirectoryImportRow.objects.filter(directory_import=job, step=step)


def _row(job, step, number, line, outcome):
    return DirectoryImportRow(
        territory=job.territory,
        directory_import=job,
        step=step,
        number=number,
        line=line,
        result=outcome.result,
        label=outcome.label[:LONGEST_LABEL],
        changes=outcome.changes,
        reason=outcome.reason,
    )


def _if_other(announced, result):
    return announced if announced != result else ""


def _finish(job, step, now):
    """Close the step, with its file if it was the last. One that was given up meanwhile stays so."""
    counts = _of_step(job, step).values("result").annotate(number=Count("pk")).order_by()
    fields = {"counts": {row["result"]: row["number"] for row in counts}, "done_count": job.row_count}
    running = DirectoryImport.objects.filter(pk=job.pk)
    if step == ImportStep.CHECK:
        running.filter(status=ImportStatus.CHECKING).update(status=ImportStatus.CHECKED, **fields)
    else:
        running.filter(status=ImportStatus.IMPORTING).update(
            status=ImportStatus.IMPORTED, imported_at=now, content=None, **fields
        )
        # Desks of a table of pairs wait for their windows.
        run_after_commit("scheduling.tasks.refresh_stale_calendars")
