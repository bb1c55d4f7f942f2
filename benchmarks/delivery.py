"""Ten thousand reminders due at once: three workers, one of them killed every ten seconds, and one provider's pace."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

from django.utils import timezone

from config.embedded import ROOT
from config.processes import die_with_parent
from notifications import tasks
from notifications.models import Message
from notifications.services.reminders import queue_due_reminders
from organizations.models import Citizen, Motif, Organization, Territory
from scheduling.models import Appointment, CreatedBy, Participation
from tests.notifications.twilio_server import ACCOUNT, TOKEN, TwilioServer

from .measure import Stopwatch

REMINDERS = 10_000
WORKERS = 3
PER_SECOND = 100
KILLED_EVERY = 10.0  # Seconds.
# As the clock of an installation does every minute: here more often, so that the end is not waited for.
SWEPT_EVERY = 5.0
GIVEN_UP_AFTER = 15 * 60


def measure(report):
    server = TwilioServer()
    section = report.section(
        f"{REMINDERS} reminders at once",
        f"{WORKERS} workers on a local server that answers as Twilio does, {PER_SECOND} SMS a second allowed, one "
        f"worker killed (-9) every {KILLED_EVERY:.0f} seconds and started anew. A killed one leaves a place unused and "
        "a message whose answer nobody has read: the provider is asked for it a minute later, which ends the run.",
    )
    build()
    with Stopwatch() as writing:
        queue_due_reminders(now=timezone.now())
    assert Message.objects.filter(channel="sms").count() == REMINDERS
    with Stopwatch() as watch:
        killed = _work(server)
    server.close()
    _report(section, server, killed=killed, writing=writing.seconds, seconds=watch.seconds)


def build():
    """As many people with an appointment in five hours, placed long ago, whose reminder of six hours is late."""
    now = timezone.now()
    territory = Territory.objects.create(name="Rappels", slug="rappels", reminder_lead_times=[timedelta(hours=6)])
    # Where it is day, or nothing would leave before the morning.
    zone = f"Etc/GMT{now.hour - 12:+d}"
    organization = Organization.objects.create(
        territory=territory, name="Rappels", slug="rappels", time_zone_override=zone
    )
    motif = Motif.objects.create(organization=organization, name="Motif", slug="motif", duration=timedelta(minutes=30))
    citizens = Citizen.objects.bulk_create(
        Citizen(territory=territory, first_name="Camille", last_name=f"N{number}", phone=f"+336{number:08}")
        for number in range(REMINDERS)
    )
    long_ago, starts_at = now - timedelta(days=3), now + timedelta(hours=5)
    appointments = Appointment.objects.bulk_create(
        Appointment(
            organization=organization,
            motif=motif,
            starts_at=starts_at,
            ends_at=starts_at + motif.duration,
            created_by_kind=CreatedBy.CITIZEN,
            created_at=long_ago,
            placed_at=long_ago,
        )
        for _ in citizens
    )
    Participation.objects.bulk_create(
        Participation(
            organization=organization,
            territory=territory,
            appointment=appointment,
            citizen=citizen,
            created_at=long_ago,
        )
        for appointment, citizen in zip(appointments, citizens, strict=True)
    )


def _work(server):
    """Until nothing waits or is on its way; how many workers were killed."""
    workers = [_start(server) for _ in range(WORKERS)]
    started = killed_at = time.monotonic()
    swept_at, killed, victims = 0.0, 0, itertools.cycle(range(WORKERS))
    try:
        while Message.objects.filter(status__in=["queued", "sending"]).exists():
            now = time.monotonic()
            assert now - started < GIVEN_UP_AFTER, Counter(Message.objects.values_list("status", flat=True))
            if now - swept_at >= SWEPT_EVERY:
                tasks.sweep_unsent_messages.delay()
                swept_at = now
            if now - killed_at >= KILLED_EVERY and Message.objects.filter(status="queued").exists():
                victim = next(victims)
                _end(workers[victim])
                workers[victim] = _start(server)
                killed, killed_at = killed + 1, now
            time.sleep(0.2)
    finally:
        for worker in workers:
            _end(worker)
    return killed


def _start(server):
    twilio = {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": "+33757590000",
        "TWILIO_API_BASE_URL": server.url,
        "SMS_PER_SECOND": str(PER_SECOND),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", "1"],
        cwd=ROOT,
        env=os.environ | twilio,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )


def _end(worker):
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _report(section, server, *, killed, writing, seconds):
    arrived = sorted(server.arrived)
    numbers = Counter(sms["To"] for sms in server.taken)
    states = Counter(Message.objects.filter(channel="sms").values_list("status", flat=True))
    asked = sum(method == "GET" for method, _ in server.requests)
    section.add("workers killed", killed)
    section.add("reminders at the provider", len(numbers), mark=REMINDERS, at_least=True)
    section.add("reminders there more than once", sum(number > 1 for number in numbers.values()), mark=0)
    section.add("reminders not marked as sent", REMINDERS - states["sent"], mark=0)
    section.add("times the provider was asked for one that it may have", asked)
    section.add(
        "SMS in the fullest second",
        _fullest_second(arrived),
        # Each worker may be late with the place that it holds.
        mark=PER_SECOND + WORKERS + 1,
        why="The workers' processes stood still and made up for it",
    )
    section.add("writing the reminders", writing, "s")
    section.add("from the first to the last but what was asked for", _until(arrived, 0.999), "s")
    section.add("SMS a second, until then", 0.999 * len(arrived) / _until(arrived, 0.999))
    section.add("until nothing was left", seconds, "s", mark=180, why="The machine had less than two cores for it")


def _fullest_second(arrived):
    fullest, first = 0, 0
    for last, at in enumerate(arrived):
        while arrived[first] <= at - 1:
            first += 1
        fullest = max(fullest, last - first + 1)
    return fullest


def _until(arrived, share):
    return arrived[int(share * len(arrived)) - 1] - arrived[0]
