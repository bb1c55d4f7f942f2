"""The life of an uploaded file: received, examined, imported or given up, forgotten.

Each step is done row by row by `import_run`, here or by a worker, and may be taken up by another one.
"""

from contextlib import ExitStack, suppress
from datetime import datetime

from django.db import IntegrityError, transaction

from config.shortcuts import run_after_commit

from ..models import DirectoryImport, DirectoryImportRow, ImportStatus
from ..models.imports import ENDED, REPORT_KEPT
from .import_run import run_import

# Up to here the request does it itself, in some seconds: rows of a table; places, services and pairs of a directory,
# which are written together and cost less each.
MOST_ROWS_AT_ONCE = 100
MOST_DIRECTORY_ROWS_AT_ONCE = 1_000

TASK = "scheduling.tasks.run_directory_import"


def receive_file(
    *, territory, actor, kind: str, file_name: str, content: bytes, row_count: int, now: datetime, **fields
) -> DirectoryImport:
    """Keep the file and examine it: at once when it is small, by a worker otherwise.

    `content` has been read once by `import_files.upload.read_upload`, which is where a file is refused whole, and
    `row_count` is what it said. Not one transaction: a long examination commits as it goes.
    """
    job = DirectoryImport.objects.create(
        territory=territory,
        actor=actor,
        kind=kind,
        file_name=file_name[-120:],
        content=content,
        row_count=row_count,
        created_at=now,
        touched_at=now,
        **fields,
    )
    _begin(job, now=now)
    return job


def import_valid_rows(*, job: DirectoryImport, now: datetime) -> bool:
    """Have the rows that the examination found valid go in. False when they do already: pressed twice, it is one."""
    begun = DirectoryImport.objects.filter(pk=job.pk, status=ImportStatus.CHECKED).update(
        status=ImportStatus.IMPORTING, done_count=0, touched_at=now
    )
    if begun:
        _begin(job, now=now)
    return bool(begun)


def _begin(job, *, now):
    is_directory = job.kind == DirectoryImport.Kind.DIRECTORY
    if job.row_count <= (MOST_DIRECTORY_ROWS_AT_ONCE if is_directory else MOST_ROWS_AT_ONCE):
        # Of a directory that somebody else brings in at this moment, nothing is written: the sweep takes it up.
        with suppress(IntegrityError):
            run_import(import_id=job.pk, now=now)
    else:
        run_after_commit(TASK, job.pk)


def give_up(*, job: DirectoryImport) -> bool:
    """Forget the file and what was found in it. False when it is imported, or being imported, already."""
    with transaction.atomic():
        stopped = DirectoryImport.objects.filter(
            pk=job.pk, status__in=(ImportStatus.CHECKING, ImportStatus.CHECKED)
        ).update(status=ImportStatus.GIVEN_UP, content=None, counts={})
        if stopped:
            DirectoryImportRow.objects.filter(directory_import=job).delete()
    return bool(stopped)


def continue_imports(*, now: datetime) -> int:
    """Take up what no worker has begun, or one left undone. Returns how many. Safe to run beside another worker.

    One that fails keeps nobody else's back: its error comes out once all have been tried, and it is tried again later.
    """
    waiting = list(DirectoryImport.objects.left_undone(now).order_by("pk").values_list("pk", flat=True))
    with ExitStack() as each:
        for pk in reversed(waiting):
            each.callback(run_import, import_id=pk, now=now)
    return len(waiting)


@transaction.atomic
def purge_import_reports(*, now: datetime) -> int:
    """After seven days: files that nobody imported go, and what was said of rows, which names people.

    Who imported what and when, and how many rows, stays. Returns how many rows went. Safe to run twice.
    """
    old = DirectoryImport.objects.filter(created_at__lte=now - REPORT_KEPT)
    old.exclude(status__in=ENDED).exclude(status=ImportStatus.IMPORTING).update(
        status=ImportStatus.GIVEN_UP, content=None, counts={}
    )
    gone, _ = DirectoryImportRow.objects.filter(directory_import__in=old.filter(status__in=ENDED)).delete()
    return gone
