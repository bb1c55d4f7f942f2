"""Desks that an import opens: every weekday, for the motifs that their place offers.

Their calendars wait for their batch: until then they answer from the core. Whoever calls this has it done after the
commit (`scheduling.tasks.refresh_stale_calendars`).
"""

from datetime import date, datetime, time, timedelta

from django.db import transaction

from organizations.models import Desk, Location, Organization, ServiceUnit

from ..engine.wall_clock import local_day
from ..models import Calendar, Opening, OpeningMotif
from .locks import lock_calendars, lock_organizations

WEEKDAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
MORNING_AND_AFTERNOON = [(time(8), time(12)), (time(13), time(17))]


@transaction.atomic
def open_desk(*, organization: Organization, location: Location, name: str, motifs, now: datetime) -> Desk:
    """A new desk, open from Monday to Friday, 8 h to 12 h and 13 h to 17 h, for these motifs and their services."""
    desk = Desk.objects.create(organization=organization, location=location, name=name, kind="Guichet")
    desk.motifs.set(motifs)
    desk.units.set(ServiceUnit.objects.filter(motifs__in=motifs).distinct())
    openings = Opening.objects.bulk_create(
        Opening(
            organization=organization,
            calendar=desk.calendar,
            location=location,
            first_day=_this_monday(organization, now),
            start_time=start,
            end_time=end,
            rrule=WEEKDAYS,
        )
        for start, end in MORNING_AND_AFTERNOON
    )
    _carry(openings, motifs)
    Calendar.objects.filter(pk=desk.calendar.pk).update(windows_stale_since=now)
    return desk


@transaction.atomic
def serve_motif(*, desk: Desk, motif, now: datetime) -> None:
    """Have a desk serve one more motif: its openings that carried all that it served carry this one, too.

    Its other openings were made for something in particular, and stay as they are. Doing it twice changes nothing.
    """
    lock_organizations([desk.organization_id])
    lock_calendars([desk.calendar.pk])
    served = set(desk.motifs.order_by("pk").values_list("pk", flat=True))
    openings = Opening.objects.filter(calendar=desk.calendar).order_by("pk").prefetch_related("motifs")
    carrying = [(opening, {carried.pk for carried in opening.motifs.all()}) for opening in openings]
    _carry([opening for opening, carried in carrying if served <= carried and motif.pk not in carried], [motif])
    desk.motifs.add(motif)
    # Services of a desk are who manages it: those of the motif join, unless it is everybody's.
    if desk.units.exists():
        desk.units.add(*motif.units.all())
    Calendar.objects.filter(pk=desk.calendar.pk).update(windows_stale_since=now)


def _carry(openings, motifs):
    OpeningMotif.objects.bulk_create(
        OpeningMotif(organization=opening.organization, opening=opening, motif=motif)
        for opening in openings
        for motif in motifs
    )


def _this_monday(organization, now) -> date:
    today = local_day(now, organization.zone)
    return today - timedelta(days=today.weekday())
