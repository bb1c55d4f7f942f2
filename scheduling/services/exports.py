"""Exports: asked for by a member, written by a worker, kept for a week.

What is guaranteed. A worker claims the row by one UPDATE and holds the claim by saying how far it is; one that is
silent for CLAIM_LASTS is taken for dead, and the sweep has the export written from the start by another. Should the
first one wake up, it finds that the claim is no longer its own and stops; whatever it does, the pieces of the file and
the word « prêt » are written in one transaction, by the one that holds the claim. So there is one whole file or none.
"""

import hashlib
import json
import logging
import tempfile
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from config.shortcuts import run_after_commit

from ..exceptions import ExportGivenUp, TooManyExports
from ..models import Export, ExportChunk
from ..selectors.appointment_list import AppointmentFilter
from ..selectors.exports import BATCH, ids_asked, member_of, rows_by_batch
from .export_workbook import ExportWorkbook, throw_away_leftovers

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=7)

# Between two signs of life lie a thousand rows, or the packing of the whole file.
CLAIM_LASTS = timedelta(minutes=5)
MOST_ATTEMPTS = 3

# The task published with an export has had its chance.
SWEPT_AFTER = timedelta(minutes=1)
MOST_PER_SWEEP = 500

# Of one agent: the others wait for their turn, too.
MOST_AT_ONCE = 5

CHUNK = 256 * 1024

Status = Export.Status


class ClaimLost(Exception):
    """Another worker has the export, or somebody took it away."""


@transaction.atomic
def request_export(*, membership, kind: str, asked: AppointmentFilter, description: str, now: datetime) -> Export:
    """Have the RDVs that the filter shows to this member written. The same one that is not written yet is given back.

    Raises TooManyExports. Four queries.
    """
    filters = asked.as_json()
    fingerprint = hashlib.sha256(json.dumps([kind, filters], sort_keys=True).encode()).hexdigest()
    unfinished = Export.objects.visible_to(membership).unfinished()
    if unfinished.exclude(fingerprint=fingerprint).count() >= MOST_AT_ONCE:
        raise TooManyExports
    export = Export(
        organization=membership.organization,
        agent=membership.agent,
        kind=kind,
        filters=filters,
        description=description,
        fingerprint=fingerprint,
        asked_at=now,
    )
    Export.objects.bulk_create([export], ignore_conflicts=True)  # Asked twice in one moment.
    waiting = Export.objects.visible_to(membership).filter(fingerprint=fingerprint).latest("asked_at", "pk")
    run_after_commit("scheduling.tasks.write_export", waiting.pk)
    return waiting


def write_export(*, export_id: int, now: datetime) -> bool:
    """Write the export if it waits and nobody else does; whether it is ready. However often it is asked, once.

    Not for use inside a transaction: each step must be seen by others at once.
    """
    claim = uuid4()
    taken = Export.objects.filter(pk=export_id, status=Status.WAITING).update(
        status=Status.WRITING, claim=claim, seen_at=now, done=0, rows=0, total=None, attempts=F("attempts") + 1
    )
    if not taken:
        return False
    export = Export.objects.select_related("organization__territory", "agent").get(pk=export_id)
    held = Export.objects.filter(pk=export_id, claim=claim, status=Status.WRITING)
    try:
        _write(export, held, now=now)
    except ExportGivenUp as given_up:
        held.update(**_failed(given_up.message, now))
        return False
    except ClaimLost:
        logger.warning("export %s: another worker has it, or it was taken away", export_id)
        return False
    return True


def _write(export, held, *, now):
    throw_away_leftovers(now=now)
    ids = ids_asked(export, member_of(export), now=now)
    _tell(held, total=len(ids))
    book = ExportWorkbook(export.kind, export.organization.zone, now)
    try:
        done = 0
        for batch in rows_by_batch(export, ids):
            for appointment in batch:
                book.add(appointment)
            done = min(done + BATCH, len(ids))
            _tell(held, done=done, rows=book.rows)
        with tempfile.TemporaryFile() as file:
            book.save(file)
            _keep(export, held, file, rows=book.rows)
    finally:
        book.throw_away()


def _tell(held, **progress):
    """How far it is, which is also the sign of life."""
    if not held.update(seen_at=timezone.now(), **progress):
        raise ClaimLost


@transaction.atomic
def _keep(export, held, file, *, rows):
    """The pieces and the end, together. The row is taken first: from then on nobody else takes it away."""
    now, size = timezone.now(), file.tell()
    ended = {"status": Status.READY, "finished_at": now, "expires_at": now + KEPT_FOR, "size": size, "rows": rows}
    if not held.update(**ended):
        raise ClaimLost
    file.seek(0)
    for number, data in enumerate(iter(partial(file.read, CHUNK), b"")):
        ExportChunk.objects.create(
            export_id=export.pk, organization_id=export.organization_id, number=number, data=data
        )


def _failed(message, now):
    return {"status": Status.FAILED, "error": message, "finished_at": now, "expires_at": now + KEPT_FOR}


@transaction.atomic
def delete_export(*, export: Export) -> None:
    """The file goes at once; whoever is writing it stops at their next sign of life."""
    export.delete()


def take_up_abandoned(*, now: datetime) -> int:
    """What a dead worker had claimed waits again; after MOST_ATTEMPTS it is given up. Two UPDATEs."""
    abandoned = Export.objects.filter(status=Status.WRITING, seen_at__lte=now - CLAIM_LASTS)
    abandoned.filter(attempts__gte=MOST_ATTEMPTS).update(**_failed(ExportGivenUp.message, now))
    return abandoned.update(status=Status.WAITING, claim=None, seen_at=None, done=0)


def unwritten_exports(*, now: datetime) -> list[int]:
    """Those that nobody has taken for over a minute, the oldest first. One query."""
    waiting = Export.objects.filter(status=Status.WAITING, asked_at__lte=now - SWEPT_AFTER)
    return list(waiting.order_by("asked_at", "pk").values_list("pk", flat=True)[:MOST_PER_SWEEP])


def purge_expired_exports(*, now: datetime) -> int:
    """Those whose week is over, with their files; how many. A transaction each: a file is some megabytes."""
    expired = list(Export.objects.filter(expires_at__lte=now).order_by("pk").values_list("pk", flat=True))
    for export_id in expired:
        Export.objects.filter(pk=export_id).delete()
    return len(expired)
