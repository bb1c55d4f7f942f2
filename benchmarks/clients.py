"""Client processes that begin together."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db import connection, connections

_everybody = _work = None


def rate_of(work: Callable, items_of_clients: Sequence[Sequence]) -> float:
    """How many items a second `work` does, called with its items in one process per client."""
    spans = spans_of(work, items_of_clients)
    return sum(map(len, items_of_clients)) / (max(span.ended for span in spans) - min(span.begun for span in spans))


def spans_of(work: Callable, items_of_clients: Sequence[Sequence]) -> list["Span"]:
    """The same; when each client began and ended, and what its `work` returned."""
    connections.close_all()  # A child must not share a connection.
    context = multiprocessing.get_context("fork")
    everybody = context.Barrier(len(items_of_clients))
    with context.Pool(len(items_of_clients), initializer=_know, initargs=(everybody, work)) as pool:
        return pool.map(_client, items_of_clients, chunksize=1)


class Span(NamedTuple):
    begun: float
    ended: float
    result: object


def _know(everybody, work):
    """What the children inherit: a function made inside another one could not be sent to them."""
    global _everybody, _work
    _everybody, _work = everybody, work


def _client(items):
    connection.ensure_connection()
    _everybody.wait()
    begun = time.monotonic()
    result = _work(items)
    return Span(begun, time.monotonic(), result)
