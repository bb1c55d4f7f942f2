"""Every write on desks. They live in `organizations`; their calendar is made with them."""

from datetime import datetime

from django.db import IntegrityError, transaction

from organizations.exceptions import NameTaken
from organizations.models import Desk, ServiceUnit
from organizations.services.kept_entries import keep_entries

from ..models import Calendar, Opening
from .conflicts import review_conflicts
from .locations import refuse_place_of_others
from .locks import lock_calendars, lock_organizations
from .recomputation import recompute_locked


@transaction.atomic
def create_desk(*, organization, motifs=(), units=(), **fields) -> Desk:
    """Raises LocationInUse for a place that is not, or no longer, the organization's; EntryGone for a service that is
    deleted; NameTaken.
    """
    lock_organizations([organization.pk])
    keep_entries(model=ServiceUnit, pks=[unit.pk for unit in units])
    refuse_place_of_others(organization=organization, location_id=fields["location"].pk)
    desk = _written(Desk(organization=organization, **fields))
    desk.motifs.set(motifs)
    desk.units.set(units)
    return desk


@transaction.atomic
def change_desk(*, desk: Desk, motifs, units, now: datetime, **fields) -> int:
    """Change a desk. Where it moves to another place, its openings at the old one follow; returns how many did.

    Appointments stay at the place they were agreed for: those to come are conflicts. Windows know no place: none
    changes. Raises LocationInUse for a place that is not, or no longer, the organization's; EntryGone for a service;
    NameTaken.
    """
    (organization,) = lock_organizations([desk.organization_id])
    keep_entries(model=ServiceUnit, pks=[unit.pk for unit in units])
    calendars = lock_calendars([desk.calendar.pk])
    former = Desk.objects.values_list("location", flat=True).get(pk=desk.pk)
    for name, value in fields.items():
        setattr(desk, name, value)
    if desk.location_id != former:
        refuse_place_of_others(organization=organization, location_id=desk.location_id)
    _written(desk)
    desk.motifs.set(motifs)
    desk.units.set(units)
    if desk.location_id == former:
        return 0
    followed = Opening.objects.filter(calendar__in=calendars, location=former).update(location=desk.location)
    review_conflicts(calendars=calendars, now=now)
    return followed


def _written(desk):
    try:
        with transaction.atomic():
            desk.save()
    except IntegrityError as error:  # Somebody was faster than the form, which looked before: a button pressed twice.
        raise NameTaken("Un guichet de ce lieu porte déjà ce nom.") from error
    return desk


def archive_desk(*, desk: Desk, now: datetime) -> Desk:
    """Take a desk out of use: its free slots disappear, its openings and appointments stay. Safe to repeat."""
    return _set_archived(desk, now, now=now)


def unarchive_desk(*, desk: Desk, now: datetime) -> Desk:
    """Back in use, with the openings it had."""
    return _set_archived(desk, None, now=now)


@transaction.atomic
def _set_archived(desk, archived_at, *, now):
    lock_organizations([desk.organization_id])
    calendars = lock_calendars(Calendar.objects.filter(desk=desk).order_by().values_list("pk", flat=True))
    desk.refresh_from_db(fields=["archived_at"])
    if (desk.archived_at is None) != (archived_at is None):
        desk.archived_at = archived_at
        desk.save(update_fields=["archived_at"])
        recompute_locked(calendars=calendars, now=now)
    return desk
