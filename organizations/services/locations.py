"""What a place is. Closing, sharing and deleting one, which look at what hangs on it, are `scheduling.services`'."""

from django.db import transaction

from ..models import Location


@transaction.atomic
def create_location(*, organization, shared_with=(), **fields) -> Location:
    """Add a place of `organization`, shared from the start with sisters of its territory."""
    location = Location.objects.create(organization=organization, **fields)
    location.shared_with.set(shared_with)
    return location


@transaction.atomic
def change_location(*, location: Location, **fields) -> Location:
    for name, value in fields.items():
        setattr(location, name, value)
    location.save(update_fields=list(fields))
    return location
