"""The steps of `benchmarks.directory`, once Django is set up."""

import logging
import sys
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from organizations.directory import read_directory
from organizations.models import Location, Motif, Territory
from scheduling.models import Calendar, FreeWindow
from scheduling.selectors.slots import Demand, next_slots, offered_slots
from scheduling.services.directory_import import import_directory
from scheduling.services.nightly import open_run, pending_batches, run_batch


def run(file, *, step, desks_per_place):
    logging.disable(logging.WARNING)  # Nobody listens on the broker here: the night is run in this process.
    call_command("migrate", verbosity=0)
    now = timezone.now()
    with step("read the directory"):
        directory = read_directory(file.read_text(encoding="utf-8"))
    territory = Territory(
        name="München",
        slug="muenchen",
        time_zone=directory.time_zone,
        country=directory.country,
        subdivision=directory.subdivision,
    )
    options = {"directory": directory, "now": now, "desks_per_place": desks_per_place}
    with step("import, dry"):
        import_directory(territory=territory, is_dry_run=True, **options)
    territory.pk = None
    with step(f"import with {desks_per_place} desks a place"):
        report = import_directory(territory=territory, **options)
    with step("import again: nothing to change"):
        again = import_directory(territory=territory, **options)
    assert again.is_idle, again.created + again.changed
    with step("one service everywhere, before the night (pure core)"):
        before = _next(now)
    with step("night: every calendar up to its horizon"):
        _night(now, day=now.date())
    with step("night again: nothing changed"):
        _night(now, day=now.date() + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with step("one service everywhere, from the windows"):
        after = _next(now)
    assert {key: slot.starts_at for key, slot in before.items()} == {key: slot.starts_at for key, slot in after.items()}
    with step("one service everywhere, a week of slots"):
        slots = offered_slots([Demand(_motif())], start=now, end=now + timedelta(days=7), now=now)
    _say(f"{len(report.created)} rows created, {len(report.refused)} refused; {Location.objects.count()} places")
    _say(f"{Calendar.objects.count()} calendars, {FreeWindow.objects.count()} windows; {len(slots)} slots in the week")
    names = dict(Location.objects.order_by("pk").values_list("pk", "name"))
    _say(f"« {_motif()} »:")
    for (_, location_id), slot in after.items():
        _say(f"  {timezone.localtime(slot.starts_at, territory.zone):%d/%m/%Y %H:%M}  {names[location_id]}")


def _motif():
    """The service given at the most places."""
    motifs = Motif.objects.annotate(places=Count("openings__location", distinct=True))
    return motifs.select_related("organization__territory").order_by("-places", "pk").first()


def _next(now):
    return next_slots([Demand(_motif())], now=now)


def _night(now, *, day):
    for batch_id in pending_batches(open_run(day=day, now=now)):
        run_batch(batch_id=batch_id, now=now)


def _say(text):
    sys.stdout.write(text + "\n")
