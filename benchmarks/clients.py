"""Client processes that begin together."""

import multiprocessing
import time
from collections.abc import Callable, Sequence

from django.db import connection, connections

_everybody = None


def rate_of(work: Callable, items_of_clients: Sequence[Sequence]) -> float:
    """How many items a second `work` does, called with its items in one process per client."""
    connections.close_all()  # A child must not share a connection.
    context = multiprocessing.get_context("fork")
    everybody = context.Barrier(len(items_of_clients))
    with context.Pool(len(items_of_clients), initializer=_know, initargs=(everybody,)) as pool:
        spans = pool.starmap(_client, [(work, items) for items in items_of_clients], chunksize=1)
    begun, ended = zip(*spans, strict=True)
    return sum(map(len, items_of_clients)) / (max(ended) - min(begun))


def _know(everybody):
    global _everybody
    _everybody = everybody


def _client(work, items):
    connection.ensure_connection()
    _everybody.wait()
    begun = time.monotonic()
    work(items)
    return begun, time.monotonic()
