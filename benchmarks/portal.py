"""The public door under load: the slot page and whole bookings, by HTTP, against a trivial page and the bare SQL."""

import itertools
import time
from statistics import quantiles

from django.db import connection
from django.test import Client
from django.utils import timezone

from organizations.models import Organization

from . import data
from .clients import spans_of
from .night import run_night
from .server import connect, settle
from .visitors import Visitor
from .web_server import WORKERS, running_gunicorn

CLIENTS = 8
TRIVIAL = 500  # Requests of each client.
PAGES = 60
BOOKINGS = 12
PACED_SECONDS = 30
SLOWEST_MS = 300

WHY = "Two processes and the clients share the machine's cores, so what is slow here is what waited for one"

_numbers = itertools.count(1)


def measure(report):
    """The windows end half a year ago by the clock of a web server: a night of today makes them anew."""
    now = timezone.now()
    run_night(day=now.astimezone(data.NOW.tzinfo).date(), now=now)
    settle()
    section = report.section(
        "The portal",
        f"gunicorn with {WORKERS} processes and production's settings, PostgreSQL and the clients on the same cores; "
        f"{CLIENTS} client processes, each with a connection of its own, one request after another. A booking is ten "
        "requests from the slot page to the confirmation, the code read from the message. The bare SQL are the "
        "queries of one slot page, asked again. At half the rate requests begin by the clock, and their time counts "
        "from when they were due.",
    )
    with running_gunicorn() as port:
        paths = _slot_paths(port)
        trivial, _ = _closed(port, lambda visitor, _: visitor.get("/healthz"), TRIVIAL)
        pages, page_times = _closed(port, lambda visitor, n: visitor.get(paths[n % len(paths)]), PAGES)
        bare = _bare_rate(paths)
        bookings, booking_times = _bookings(port, paths)
        section.add("a trivial Django page", trivial, "/s")
        section.add("slot page", pages, "/s")
        section.add("slot page, 95 of 100 within", _p95(page_times), "ms")
        section.add("slot page against the trivial one", pages / trivial, "×")
        section.add("the queries of a slot page, bare", bare, "/s")
        section.add("slot page against its bare queries", pages / bare, "×")
        section.add("whole bookings", bookings, "/s")
        section.add("whole booking, 95 of 100 within", _p95(booking_times), "ms")
        section.add("whole booking against the trivial page", bookings / trivial, "×")
        _paced(section, port, paths, rate=pages / 2)


def _slot_paths(port):
    """Where the public address of each organization's motif leads. Of all territories in turn."""
    organizations = Organization.objects.select_related("territory").order_by("slug")
    visitor = Visitor(port, 0)
    paths = []
    for organization in organizations[:: max(1, len(organizations) // 100)]:
        entry = f"/prendre-rdv/{organization.territory.slug}/{organization.slug}/motif-0/"
        answer = visitor.followed(visitor.get(entry))
        if "/creneau/" not in answer.path:
            raise RuntimeError(f"{entry} leads to {answer.path}")
        paths.append(answer.path)
    return paths


def _closed(port, act, count):
    """Rate, and the milliseconds of each request."""

    def work(numbers):
        visitor = Visitor(port, numbers[0])
        for number in numbers:
            act(visitor, number)
        return visitor.seconds

    return _measured(work, count)


def _bookings(port, paths):
    """Rate, and the milliseconds of each whole booking: every one by a visitor of its own."""

    def work(numbers):
        times = []
        for number in numbers:
            visitor = Visitor(port, number)
            visitor.book(paths[number % len(paths)], which=number // len(paths))
            times.append(sum(visitor.seconds))
        return times

    return _measured(work, BOOKINGS)


def _measured(work, count):
    spans = spans_of(work, [[next(_numbers) for _ in range(count)] for _ in range(CLIENTS)])
    begun, ended, times = zip(*spans, strict=True)
    return CLIENTS * count / (max(ended) - min(begun)), [1000 * each for of_client in times for each in of_client]


def _bare_rate(paths):
    """How often a second the queries of a slot page can be asked by themselves, with as many clients."""
    queries = []

    def note(execute, sql, parameters, many, context):
        queries.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        assert Client(SERVER_NAME="localhost").get(paths[0]).status_code == 200

    def work(numbers):
        with connect() as session:
            for _ in numbers:
                for sql, parameters in queries:
                    session.execute(sql, parameters).fetchall()
        return []

    rate, _ = _measured(work, PAGES * 2)
    return rate


def _paced(section, port, paths, *, rate):
    """Slot pages asked by the clock, every client in its turn."""
    count = max(1, int(rate * PACED_SECONDS / CLIENTS))

    def work(numbers):
        visitor = Visitor(port, numbers[0])
        first = time.monotonic() + (numbers[0] // count % CLIENTS) / rate
        for place, number in enumerate(numbers):
            due = first + place * CLIENTS / rate
            time.sleep(max(0, due - time.monotonic()))
            visitor.get(paths[number % len(paths)], since=due)
        return visitor.seconds

    _, times = _measured(work, count)
    section.add(f"at half that rate ({rate:.3g} /s): 95 of 100 slot pages within", _p95(times), "ms")
    section.add("at half that rate: the slowest", max(times), "ms", mark=SLOWEST_MS, why=WHY)


def _p95(times):
    return quantiles(times, n=20)[-1]
