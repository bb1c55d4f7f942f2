"""An export with a real broker and real workers, one of which is killed on the way."""

import os
import signal
import time
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from organizations.models import Membership
from scheduling import tasks
from scheduling.models import Appointment, CreatedBy, Export, ExportChunk
from scheduling.selectors.appointment_list import AppointmentFilter
from scheduling.selectors.exports import BATCH, pieces_of
from scheduling.services.exports import CLAIM_LASTS, request_export
from tests.factories import make_agent, make_motif, make_organization

pytestmark = pytest.mark.django_db(transaction=True)

APPOINTMENTS = 3 * BATCH


def wait_until(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def admin():
    """Of an organization with RDVs enough for some batches."""
    organization = make_organization()
    motif, now = make_motif(organization=organization), timezone.now()
    Appointment.objects.bulk_create(
        Appointment(
            organization=organization,
            motif=motif,
            starts_at=now + timedelta(minutes=number),
            ends_at=now + timedelta(minutes=number + 30),
            created_by_kind=CreatedBy.AGENT,
            created_at=now,
            placed_at=now,
        )
        for number in range(APPOINTMENTS)
    )
    agent = make_agent(organization=organization, role=Membership.Role.ADMIN)
    return Membership.objects.of(agent, organization.slug)


@pytest.mark.nightly
def test_a_worker_killed_on_the_way_leaves_a_whole_file_to_the_next(start_worker, admin):
    killed = start_worker()
    export = request_export(
        membership=admin,
        kind=Export.Kind.APPOINTMENTS,
        asked=AppointmentFilter(),
        description="tout",
        now=timezone.now(),
    )
    wait_until(lambda: Export.objects.filter(done__gt=0).exists())
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    export.refresh_from_db()
    assert (export.status, ExportChunk.objects.exists()) == (Export.Status.WRITING, False)

    Export.objects.update(seen_at=timezone.now() - CLAIM_LASTS, asked_at=timezone.now() - CLAIM_LASTS)
    start_worker()
    for _ in range(2):  # As two beats would.
        tasks.sweep_exports.delay()
    wait_until(lambda: Export.objects.filter(status=Export.Status.READY).exists())

    export.refresh_from_db()
    sheet = load_workbook(BytesIO(b"".join(pieces_of(export))), read_only=True).active
    rows = [row[0] for row in sheet.iter_rows(min_row=2, max_col=1, values_only=True)]
    assert export.attempts == 2
    assert len(rows) == len(set(rows)) == export.rows == APPOINTMENTS
