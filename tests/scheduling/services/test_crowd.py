"""A crowd that writes everything at once: nothing deadlocks, is doubled or drifts, and no refusal is an error page.

A few seconds on every run; HYPOTHESIS_PROFILE=nightly for a minute.
"""

import logging
import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from itertools import pairwise
from threading import Barrier
from time import monotonic

import pytest
from django.db import close_old_connections, connection

from scheduling.exceptions import SchedulingError
from scheduling.models import Appointment, AppointmentCalendar, Calendar, FreeWindow
from scheduling.services.recomputation import refresh_stale_calendars
from tests.factories import NOW, make_agent, make_citizen, make_membership, make_opening
from tests.scheduling import walks

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 200
SECONDS = 60 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 3

# The clock stands still: what one writer finds expired is expired for all. As much is closed as is opened, so that
# calendars stay as full as those of people.
ACTS = [act for act in walks.ACTS if act is not walks.time_passes]
ACTS += [walks.night_falls] * 3 + [walks.closes_an_opening] * 4 + [walks.comes_back] * 2


@pytest.fixture
def world():
    """Nine calendars of two organizations, a citizen for each few writers."""
    world = walks.Walk(seed=1)
    first, second = world.organizations
    for number in range(6):
        agent = make_agent(organization=second if number % 2 else first)
        make_membership(agent=agent, organization=first if number % 2 else second)
        motif = world.motifs[2] if number % 2 else world.motifs[0]
        make_opening(
            calendar=agent.calendar,
            motifs=[motif],
            location=world.locations[motif.organization_id],
            rrule="FREQ=DAILY",
        )
        world.calendars.append(agent.calendar)
    world.citizens += [make_citizen(organization=first) for _ in range(40)]
    return world


def writer(world, number):
    """Somebody with a will of their own in the same world; models are their own, rows are everybody's."""
    somebody = copy(world)
    somebody.chance = random.Random(number)
    for name in ("organizations", "calendars", "motifs", "citizens"):
        setattr(somebody, name, [copy(row) for row in getattr(world, name)])
    somebody.desk = copy(world.desk)
    return somebody


def test_two_hundred_writers_neither_deadlock_nor_double_book_nor_drift(world):
    barrier, done, refused = Barrier(WRITERS), Counter(), Counter()

    def write(number):
        somebody = writer(world, number)
        try:
            with connection.cursor() as cursor:
                # However long the queue at a lock: a cycle of waiting is found all the same, and nothing else is told.
                cursor.execute("SET lock_timeout = 0")
            barrier.wait()
            until = monotonic() + SECONDS
            while monotonic() < until:
                act = somebody.chance.choice(ACTS)
                try:
                    act(somebody)
                    done[act.__name__] += 1
                except SchedulingError:
                    refused[act.__name__] += 1
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        for writing in [pool.submit(write, number) for number in range(WRITERS)]:
            writing.result()  # Anything but a refusal is raised here: a deadlock, an integrity error, a missing row.

    logger.info("%s acts in %s s, %s refused", done.total(), SECONDS, refused.total())
    close_old_connections()
    refresh_stale_calendars(now=NOW)
    assert walks.drift(NOW) == (set(), set())
    assert walks.conflict_drift(NOW) == {}
    assert list(doubled()) == []
    assert done.total() > WRITERS
    assert FreeWindow.objects.exists()
    assert Appointment.objects.exists()
    assert not Calendar.objects.exclude(windows_stale_since=None).exists()


def doubled():
    """Pairs of appointments that occupy one calendar at once, without an agent's word that they may."""
    occupying = AppointmentCalendar.objects.filter(is_occupying=True, is_overlap_confirmed=False)
    for earlier, later in pairwise(occupying.order_by("calendar", "starts_at", "pk")):
        if earlier.calendar_id == later.calendar_id and earlier.ends_at > later.starts_at:
            yield earlier, later
