"""Closing, sharing and deleting places: what looks at the openings, desks and RDVs that hang on them."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from organizations.models import Location, Organization

from ..engine.typography import NBSP, typeset
from ..engine.wall_clock import local_day
from ..exceptions import LocationInUse
from ..selectors.location_uses import calendars_at, refusal_of_unsharing, uses_of_location
from .locks import lock_organizations
from .recomputation import recompute


def close_location(*, location: Location, now: datetime) -> None:
    """No slot is offered there from now on. Openings and RDVs stay; RDVs to come there are conflicts to settle.

    Closing twice keeps the first moment.
    """
    _set_closed(location, now, now=now)


def reopen_location(*, location: Location, now: datetime) -> None:
    """Its slots are back at once, and its RDVs to come are no conflicts any more."""
    _set_closed(location, None, now=now)


@transaction.atomic
def _set_closed(location, closed_at, *, now):
    changed = Location.objects.filter(pk=location.pk, closed_at__isnull=closed_at is not None)
    if not changed.update(closed_at=closed_at):
        return
    # A booking in progress holds its calendar: it is seen, or sees that the place is closed.
    today = local_day(now, location.organization.zone)
    recompute(calendar_ids=calendars_at(location, today=today, now=now), now=now)


@transaction.atomic
def share_location(*, location: Location, organizations: Iterable[Organization], now: datetime) -> None:
    """Share the place with exactly these sisters of its organization.

    Raises LocationInUse, changing nothing, when one of those left out has openings, desks or RDVs to come there.
    """
    wanted = {sister.pk for sister in organizations}
    before = set(location.shared_with.order_by("pk").values_list("pk", flat=True))
    # Whoever opens hours or moves a desk there holds this lock: they are seen, or see that it is not shared.
    lock_organizations(before - wanted)
    uses = _uses(location, now)
    refusal = refusal_of_unsharing(use for use in uses if use.organization.pk in before - wanted)
    if refusal:
        raise LocationInUse(typeset(f"Ce partage ne peut pas être retiré. {refusal}."))
    location.shared_with.set(wanted)


@transaction.atomic
def delete_location(*, location: Location, now: datetime) -> None:
    """Delete a place that was never used. Safe to repeat.

    Raises LocationInUse, naming what hangs on it, past or to come, in any organization.
    """
    sisters = location.shared_with.order_by("pk").values_list("pk", flat=True)
    lock_organizations({location.organization_id, *sisters})
    used = [use for use in _uses(location, now) if use.is_a_use]
    if used:
        named = " ; ".join(f"{use.organization} : {', '.join(use.all)}" for use in used)
        raise LocationInUse(typeset(f"Ce lieu a servi et reste. {named}."))
    try:
        with transaction.atomic():
            Location.objects.filter(pk=location.pk).delete()
            connection.check_constraints()
    except (ProtectedError, IntegrityError) as error:  # A slot is held there, or an RDV made at this moment.
        raise LocationInUse(
            f"Quelqu'un y prend rendez-vous en ce moment{NBSP}: réessayez dans un quart d'heure."
        ) from error


def _uses(location, now):
    return uses_of_location(location, today=local_day(now, location.organization.zone), now=now)


def refuse_place_of_others(*, organization: Organization, location_id: int) -> None:
    """Raises LocationInUse for a place that is neither the organization's nor shared with it. One query.

    Callers hold the lock of the organization.
    """
    if not Location.objects.for_organization(organization).filter(pk=location_id).exists():
        raise LocationInUse("Ce lieu n'est pas, ou plus, de cette organisation.")
