"""A real city from its directory to a search: import, desks, night, next availability of one service everywhere.

The file is not part of the repository: a JSON list of places with their services and hours (see `manage.py
import_directory`).
"""

from datetime import timedelta

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from organizations.directory import read_directory
from organizations.models import Location, Motif, Territory
from scheduling.models import Calendar, FreeWindow
from scheduling.selectors.slots import Demand, next_slots, offered_slots
from scheduling.services.directory_import import import_directory

from .measure import Stopwatch, median_seconds
from .night import run_night

DESKS_PER_PLACE = 4
ROUNDS = 20


def measure(report, file):
    """On an empty database, at the present time: a directory says what is open now."""
    now = timezone.now()
    section = report.section(
        "A city from its directory", f"{DESKS_PER_PLACE} desks at each place; one after another on the same database."
    )

    def step(name, call):
        with Stopwatch() as watch:
            result = call()
        section.add(name, watch.seconds, "s")
        return result

    directory = step("read the directory", lambda: read_directory(file.read_text(encoding="utf-8")))
    territory = _territory(directory)
    options = {"territory": territory, "directory": directory, "now": now, "desks_per_place": DESKS_PER_PLACE}
    step("import, dry", lambda: import_directory(is_dry_run=True, **options))
    territory.pk = None
    step("import", lambda: import_directory(**options))
    again = step("import again: nothing to change", lambda: import_directory(**options))
    assert again.is_idle, again.created + again.changed
    demand = Demand(_motif())
    before = step("one service everywhere, by the pure core", lambda: next_slots([demand], now=now))
    step("night: every calendar up to its horizon", lambda: run_night(day=now.date(), now=now))
    step("night again: nothing changed", lambda: run_night(day=now.date() + timedelta(days=1), now=now))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    after = next_slots([demand], now=now)
    assert {key: slot.starts_at for key, slot in before.items()} == {key: slot.starts_at for key, slot in after.items()}
    week = {"start": now, "end": now + timedelta(days=7), "now": now}
    slots = offered_slots([demand], **week)
    section.add("one service everywhere, by windows", _milliseconds(lambda: next_slots([demand], now=now)), "ms")
    section.add("one service everywhere, a week of slots", _milliseconds(lambda: offered_slots([demand], **week)), "ms")
    section.add("places", Location.objects.count())
    section.add("calendars", Calendar.objects.count())
    section.add("windows", FreeWindow.objects.count())
    section.add("slots of that service in the week", len(slots))


def _territory(directory):
    return Territory(
        name="Ville",
        slug="ville",
        time_zone=directory.time_zone,
        country=directory.country,
        subdivision=directory.subdivision,
    )


def _motif():
    """The service given at the most places."""
    motifs = Motif.objects.annotate(places=Count("openings__location", distinct=True))
    return motifs.select_related("organization__territory").order_by("-places", "pk").first()


def _milliseconds(call):
    return median_seconds(call, rounds=ROUNDS) * 1000
