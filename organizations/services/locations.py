"""What a place is. Closing, sharing and deleting one, which look at what hangs on it, are `scheduling.services`'."""

from django.db import IntegrityError, transaction

from ..exceptions import NameTaken
from ..models import Location


@transaction.atomic
def create_location(*, organization, shared_with=(), **fields) -> Location:
    """Add a place of `organization`, shared from the start with sisters of its territory. Raises NameTaken."""
    location = _written(Location(organization=organization, **fields))
    location.shared_with.set(shared_with)
    return location


@transaction.atomic
def change_location(*, location: Location, **fields) -> Location:
    """Raises NameTaken."""
    for name, value in fields.items():
        setattr(location, name, value)
    return _written(location, update_fields=list(fields))


def _written(location, **how):
    try:
        with transaction.atomic():
            location.save(**how)
    except IntegrityError as error:  # Somebody was faster than the form, which looked before: a button pressed twice.
        raise NameTaken("Ce lieu existe déjà à cette adresse.") from error
    return location
