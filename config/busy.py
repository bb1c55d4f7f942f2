"""What people read when too many others were before them in a queue: try again, and nothing is lost."""

from django.db import OperationalError
from django.shortcuts import render
from psycopg.errors import DeadlockDetected, LockNotAvailable

SECONDS_TO_WAIT = 5

_GAVE_UP = (LockNotAvailable, DeadlockDetected)


class BusyMiddleware:
    """Answers 503 where the database gave up waiting for a lock (`lock_timeout`), or let one of two go that waited for
    each other: nothing was written.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not (isinstance(exception, OperationalError) and isinstance(exception.__cause__, _GAVE_UP)):
            return None
        response = render(request, "busy.html", status=503)
        response["Retry-After"] = str(SECONDS_TO_WAIT)
        return response
