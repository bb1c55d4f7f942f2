import os
import signal
import time
from datetime import time as wall
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from config.celery import app as celery_app
from organizations.models import Desk, Motif
from scheduling.models import Calendar, FreeWindow, Hold, NightlyBatch, NightlyRun, Opening, OpeningMotif
from scheduling.selectors.availability import WindowRow, core_rows
from scheduling.selectors.slots import Demand, next_slots
from scheduling.services import nightly
from scheduling.services.holds import HOLD_LASTS, take_hold
from scheduling.services.nightly import finish_run_if_done, open_run, pending_batches, run_batch
from scheduling.services.openings import purge_ended_openings
from scheduling.services.windows import first_kept_day
from tests.factories import (
    MONDAY,
    NOW,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    paris,
)

TOMORROW = NOW + timedelta(days=1)


def stored():
    return sorted(map(WindowRow._make, FreeWindow.objects.order_by("pk").values_list(*WindowRow._fields)))


def run_night(now):
    run = open_run(day=now.date(), now=now)
    return [run_batch(batch_id=batch_id, now=now) for batch_id in pending_batches(run)]


def make_desks(count, *, motif, first_day=MONDAY):
    """Desks open every weekday, not computed yet, as a directory brings them."""
    organization = motif.organization
    location = make_location(organization=organization)
    for number in range(count):
        desk = Desk.objects.create(organization=organization, location=location, name=f"Guichet {number}")
        opening = Opening.objects.create(
            organization=organization,
            calendar=desk.calendar,
            location=location,
            first_day=first_day,
            start_time=wall(9),
            end_time=wall(17),
            rrule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        )
        OpeningMotif.objects.create(organization=organization, opening=opening, motif=motif)


@pytest.mark.django_db
class TestNight:
    @pytest.fixture
    def motif(self):
        return make_motif(organization=make_organization())

    def test_rolls_the_horizon_forward_and_drops_the_past(self, motif):
        opening = make_opening(motifs=[motif], rrule="FREQ=DAILY")
        before = Calendar.objects.get(pk=opening.calendar_id).windows_until

        run_night(NOW + timedelta(days=3))

        assert Calendar.objects.get(pk=opening.calendar_id).windows_until == before + timedelta(days=3)
        assert FreeWindow.objects.earliest("local_day").local_day == MONDAY + timedelta(days=2)
        # Sundays are closed; the window of the last day is there.
        assert FreeWindow.objects.latest("local_day").local_day == before + timedelta(days=3)

    def test_equals_the_core_row_for_row(self, motif):
        make_opening(motifs=[motif], rrule="FREQ=DAILY")
        make_opening(motifs=[motif], rrule="FREQ=WEEKLY;BYDAY=MO,FR", start_time=wall(14), end_time=wall(0))

        run_night(TOMORROW)

        calendars = Calendar.objects.exclude(windows_until=None).filter(openings__isnull=False)
        expected = core_rows(
            [calendar.pk for calendar in calendars],
            first_day=first_kept_day(TOMORROW),
            last_day=calendars[0].windows_until,
            now=TOMORROW,
        )
        assert stored() == sorted(expected)

    def test_twice_writes_nothing(self, motif):
        make_opening(motifs=[motif], rrule="FREQ=DAILY")
        run_night(TOMORROW)
        before = list(FreeWindow.objects.order_by("pk").values_list("pk", flat=True))
        NightlyBatch.objects.update(done_at=None)

        (difference,) = run_night(TOMORROW)

        assert (difference.added, difference.removed, difference.drifted) == (0, 0, 0)
        assert list(FreeWindow.objects.order_by("pk").values_list("pk", flat=True)) == before

    def test_reports_and_mends_what_had_drifted(self, motif):
        make_opening(motifs=[motif], rrule="FREQ=DAILY")
        right = stored()
        FreeWindow.objects.filter(local_day=MONDAY).delete()
        FreeWindow.objects.filter(local_day=MONDAY + timedelta(days=1)).update(ends_at=NOW + timedelta(days=1, hours=3))

        (difference,) = run_night(NOW)

        assert difference.drifted == NightlyBatch.objects.get().drifted == 3
        assert stored() == right

    def test_new_days_are_no_drift(self, motif):
        make_opening(motifs=[motif], rrule="FREQ=DAILY")

        (difference,) = run_night(NOW + timedelta(days=7))

        assert difference.added
        assert difference.drifted == 0

    def test_a_shorter_horizon_is_no_drift(self, motif):
        make_opening(motifs=[motif], rrule="FREQ=DAILY")
        Motif.objects.filter(pk=motif.pk).update(maximum_delay_months=1)

        (difference,) = run_night(NOW)

        assert difference.removed
        assert difference.drifted == 0

    def test_frees_what_was_held_too_long_and_calls_it_no_drift(self, motif):
        """The sweep of that minute had not come by yet."""
        make_opening(motifs=[motif])
        right = stored()
        take_hold(
            demand=Demand(motif),
            starts_at=paris(MONDAY, 10),
            location_id=None,
            visitor_key=uuid4(),
            client_hash="here",
            now=NOW,
        )

        (difference,) = run_night(NOW + HOLD_LASTS)

        assert difference.drifted == 0
        assert not Hold.objects.exists()
        assert stored() == right

    def test_ends_when_its_last_batch_does(self, motif, monkeypatch):
        monkeypatch.setattr(nightly, "CALENDARS_PER_BATCH", 2)
        make_desks(5, motif=motif)
        run = open_run(day=MONDAY, now=NOW)
        first, *others = pending_batches(run)

        run_batch(batch_id=first, now=NOW)
        assert NightlyRun.objects.get().finished_at is None
        for batch_id in others:
            run_batch(batch_id=batch_id, now=NOW)

        assert NightlyRun.objects.get().finished_at is not None

    def test_of_an_empty_installation_ends_at_once(self):
        open_run(day=MONDAY, now=NOW)

        assert NightlyRun.objects.get().finished_at == NOW

    def test_taken_up_again_does_the_pending_batches_only(self, motif, monkeypatch):
        monkeypatch.setattr(nightly, "CALENDARS_PER_BATCH", 2)
        make_desks(4, motif=motif)
        first, second = pending_batches(open_run(day=MONDAY, now=NOW))
        run_batch(batch_id=first, now=NOW)

        assert pending_batches(open_run(day=MONDAY, now=NOW)) == [second]

    def test_that_failed_for_a_week_leaves_every_slot_findable(self, motif):
        make_opening(motifs=[motif], rrule="FREQ=DAILY")
        late = NOW + timedelta(days=6)

        assert next_slots([Demand(motif)], now=late, after=late + timedelta(days=80))

    def test_finishing_twice_keeps_the_first_end(self):
        run = open_run(day=MONDAY, now=NOW)
        finish_run_if_done(run_id=run.pk, now=TOMORROW)

        assert NightlyRun.objects.get().finished_at == NOW


@pytest.mark.django_db
def test_openings_that_ended_more_than_a_year_ago_are_deleted():
    old = make_opening(rrule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20260309")
    once = make_opening()
    endless = make_opening(rrule="FREQ=DAILY")
    recent = make_opening(rrule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20260330")

    deleted = purge_ended_openings(now=NOW.replace(year=2027, month=3, day=20))

    assert deleted == 2
    assert set(Opening.objects.order_by("pk")) == {endless, recent}
    assert not FreeWindow.objects.filter(opening__in=[old.pk, once.pk]).exists()


def wait_until(condition, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_the_night_leaves_nothing_wrong(start_worker):
    """Killed (-9) after its first batch, others begun or waiting; the run repeated ends like an undisturbed one."""
    now = timezone.now()
    motif = make_motif(organization=make_organization())
    make_desks(400, motif=motif, first_day=timezone.localdate())
    worker = start_worker()
    celery_app.send_task("scheduling.tasks.run_nightly_availability")
    wait_until(NightlyBatch.objects.filter(done_at__isnull=False).exists)

    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    assert NightlyBatch.objects.filter(done_at=None).exists()
    assert NightlyRun.objects.get().finished_at is None

    start_worker()
    celery_app.send_task("scheduling.tasks.run_nightly_availability")
    wait_until(NightlyRun.objects.filter(finished_at__isnull=False).exists)
    calendars = Calendar.objects.order_by("pk")
    undisturbed = core_rows(
        calendars.values_list("pk", flat=True),
        first_day=first_kept_day(now),
        last_day=calendars.first().windows_until,
        now=now,
    )
    assert stored() == sorted(undisturbed)
