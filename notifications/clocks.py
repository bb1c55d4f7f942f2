"""Where a worker that waits for its turn gets the time from."""

import time
from datetime import datetime

from django.utils import timezone


class WallClock:
    """The machine's: what workers go by. Those of one installation must agree to within a second (NTP)."""

    def now(self) -> datetime:
        return timezone.now()

    def wait_until(self, at: datetime) -> None:
        time.sleep(max(0.0, (at - self.now()).total_seconds()))


class StandingClock:
    """Moves only when somebody waits, and then at once: what is delivered at one given instant."""

    def __init__(self, now: datetime):
        self._now = now

    def now(self) -> datetime:
        return self._now

    def wait_until(self, at: datetime) -> None:
        self._now = max(self._now, at)
