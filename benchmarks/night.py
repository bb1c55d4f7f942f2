"""The night as production does it: batches of calendars, taken by one worker process per core."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from statistics import median

from django.db import connection, connections

from scheduling.models import Calendar, FreeWindow
from scheduling.services.nightly import open_run, pending_batches, run_batch

from . import data
from .measure import Stopwatch
from .server import connect

PROCESSES = 2
COPIES = 3
ONE_DAY = timedelta(days=1)

WAITED = "What exceeds half the processor time of the two processes, they waited for a processor or for PostgreSQL"


def run_night(*, day, now):
    """Every batch of that day's run. How many windows were added, removed and found drifted."""
    batches = pending_batches(open_run(day=day, now=now))
    connections.close_all()  # A child must not share a connection.
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("fork")) as workers:
        differences = list(workers.map(_run_batch, batches, [now] * len(batches)))
    return [sum(getattr(difference, name) for difference in differences) for name in ("added", "removed", "drifted")]


def _run_batch(batch_id, now):
    return run_batch(batch_id=batch_id, now=now)


def measure(report):
    """Builds every window from nothing: the data are complete afterwards."""
    _forget_windows()
    with Stopwatch() as first:
        added, _, _ = run_night(day=data.FIRST_DAY + ONE_DAY, now=data.NOW)
    with connect() as session:
        copy = _bare_copy(session)
        session.execute("VACUUM ANALYZE")
    with Stopwatch() as unchanged:
        differences = run_night(day=data.FIRST_DAY + 2 * ONE_DAY, now=data.NOW)
    assert differences == [0, 0, 0], differences
    section = report.section(
        "The night",
        f"{Calendar.objects.count()} calendars, {data.HORIZON.days} days, {added} windows, {PROCESSES} processes "
        "(processor time: without PostgreSQL's). The COPY is one connection writing the same rows, in the order of "
        f"their ids, into a table with the same indexes and without foreign keys; median of {COPIES}.",
    )
    section.add("nightly run, nothing changed", unchanged.seconds, "s", mark=60, why=WAITED)
    section.add("nightly run, nothing changed: processor time of the processes", unchanged.cpu_of_children, "s")
    section.add("first build", first.seconds, "s")
    section.add("first build: processor time of the processes", first.cpu_of_children, "s")
    section.add("bare COPY", copy, "s")
    section.add(
        "first build against bare COPY",
        first.seconds / copy,
        "×",
        mark=5,
        why="Computing the windows in Python and checking the key that ties each one to its opening cost more than "
        "writing them",
    )


def _forget_windows():
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {FreeWindow._meta.db_table}")
    Calendar.objects.update(windows_until=None)
    with connect() as session:
        session.execute("VACUUM ANALYZE")
        session.execute("CHECKPOINT")


def _bare_copy(session):
    table = FreeWindow._meta.db_table
    with session.cursor().copy(f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT (FORMAT binary)") as copy:
        rows = [bytes(block) for block in copy]
    times = []
    for _ in range(COPIES):
        session.execute(f"CREATE TABLE bare_copy (LIKE {table} INCLUDING ALL)")
        session.execute("CHECKPOINT")
        with Stopwatch() as watch, session.cursor().copy("COPY bare_copy FROM STDIN (FORMAT binary)") as copy:
            for block in rows:
                copy.write(block)
        times.append(watch.seconds)
        session.execute("DROP TABLE bare_copy")
    return median(times)
