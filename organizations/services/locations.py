"""Every write on places. Free windows know no place: search reads whether it is open when it is asked."""

from datetime import datetime

from django.db import transaction

from ..models import Location


@transaction.atomic
def create_location(*, organization, shared_with=(), **fields) -> Location:
    location = Location.objects.create(organization=organization, **fields)
    location.shared_with.set(shared_with)
    return location


@transaction.atomic
def change_location(*, location: Location, shared_with=None, **fields) -> Location:
    """Change a place. `shared_with` of None leaves the sharing as it is."""
    for name, value in fields.items():
        setattr(location, name, value)
    location.save(update_fields=list(fields))
    if shared_with is not None:
        location.shared_with.set(shared_with)
    return location


def close_location(*, location: Location, now: datetime) -> None:
    """No slot is offered there from now on; openings and appointments stay. Closing twice keeps the first moment."""
    Location.objects.filter(pk=location.pk, closed_at=None).update(closed_at=now)


def reopen_location(*, location: Location) -> None:
    Location.objects.filter(pk=location.pk).update(closed_at=None)
