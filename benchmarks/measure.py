"""Taking times: of a block, of a query inside the database, and its plan."""

import contextlib
import resource
import time
from dataclasses import dataclass
from statistics import median

from django.db import connection


class Stopwatch:
    """`with Stopwatch() as watch:`; afterwards `watch.seconds`, and `watch.cpu_of_children` for those that ended."""

    def __enter__(self):
        self._cpu = _cpu_of_children()
        self._started = time.perf_counter()
        return self

    def __exit__(self, *error):
        self.seconds = time.perf_counter() - self._started
        self.cpu_of_children = _cpu_of_children() - self._cpu


def _cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def median_seconds(call, *, rounds):
    """Of so many calls, after one that does not count."""
    call()
    times = []
    for _ in range(rounds):
        with Stopwatch() as watch:
            call()
        times.append(watch.seconds)
    return median(times)


@dataclass(frozen=True)
class Query:
    sql: str
    parameters: object


def query_of(call) -> Query:
    """The one query that `call` makes, to be run by itself."""
    queries = []

    def note(execute, sql, parameters, many, context):
        queries.append(Query(sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        call()
    (query,) = queries
    return query


def milliseconds_in_database(query: Query, sessions, *, rounds) -> list[float]:
    """Planning, execution and rows made ready to be sent: for each session the median of so many rounds.

    The sessions take turns, so that what slows the machine down slows all of them.
    """
    times = [[] for _ in sessions]
    for number in range(rounds + 3):
        for of_session, session in zip(times, sessions, strict=True):
            ((plan,),) = session.execute(
                f"EXPLAIN (ANALYZE, TIMING OFF, SERIALIZE TEXT, FORMAT JSON) {query.sql}", query.parameters
            ).fetchone()
            if number >= 3:  # Warm.
                of_session.append(plan["Planning Time"] + plan["Execution Time"])
    return [median(of_session) for of_session in times]


def plan_of(query: Query, session) -> str:
    lines = session.execute(f"EXPLAIN (ANALYZE, BUFFERS) {query.sql}", query.parameters)
    return "\n".join(line for (line,) in lines)


@contextlib.contextmanager
def deadlocks_counted(session):
    """Yields a list that holds, afterwards, how many deadlocks the database saw."""
    seen = []

    def count():
        session.execute("SELECT pg_stat_force_next_flush()")
        return session.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()[
            0
        ]

    before = count()
    yield seen
    seen.append(count() - before)
