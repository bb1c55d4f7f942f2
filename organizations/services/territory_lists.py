"""Every write on the lists that a territory keeps for its organizations: services and types of partners, by name."""

from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction

from ..exceptions import NameTaken, StillUsed
from ..models import Invitation, PartnerType, Prescriber, ServiceUnit, Territory
from ..selectors.territory_lists import uses_of


@transaction.atomic
def add_entry(*, model: type[ServiceUnit] | type[PartnerType], territory: Territory, name: str):
    """Add a service or a type of partners. Raises NameTaken."""
    return _named(model(territory=territory), name)


@transaction.atomic
def add_missing(*, model: type[ServiceUnit] | type[PartnerType], territory: Territory, names: Sequence[str]) -> list:
    """Add those of these names that the list has not, whatever their case. Returns what was added."""
    Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)
    known = {name.casefold() for name in model.objects.for_territory(territory).values_list("name", flat=True)}
    missing = {name.casefold(): name for name in reversed(names) if name.casefold() not in known}
    return [add_entry(model=model, territory=territory, name=name) for name in reversed(missing.values())]


@transaction.atomic
def rename_entry(*, entry: ServiceUnit | PartnerType, name: str):
    """Whatever uses it follows. Raises NameTaken."""
    return _named(entry, name)


def _named(entry, name):
    """Names differ by more than their case, also from one that somebody else adds at this moment."""
    Territory.objects.select_for_update(no_key=True).get(pk=entry.territory_id)
    others = type(entry).objects.filter(territory=entry.territory_id).exclude(pk=entry.pk)
    if others.filter(name__iexact=name).exists():
        raise NameTaken
    entry.name = name
    entry.save()
    return entry


@transaction.atomic
def delete_entry(*, entry: ServiceUnit | PartnerType) -> None:
    """Take a service or a type of partners off the list. Safe to repeat.

    Raises StillUsed while anything uses it, also what began to meanwhile: a motif that lost its only service would be
    open to everybody. Invitations that nobody can accept any more let it go, and so do prescribers: no motif asks who
    they are by it.
    """
    if isinstance(entry, ServiceUnit):
        closed = Invitation.objects.filter(units=entry).exclude(pk__in=Invitation.objects.open().values("pk"))
        Invitation.units.through.objects.filter(serviceunit=entry, invitation__in=closed.values("pk")).delete()
    else:
        # First, as whoever prescribes: else each could wait for the other.
        list(PartnerType.objects.select_for_update().filter(pk=entry.pk))
        Prescriber.objects.filter(partner_type=entry).update(partner_type=None)
    if uses_of(entry):
        raise StillUsed
    rows = type(entry).objects.filter(pk=entry.pk)
    try:
        with transaction.atomic():
            # Past Django's own deletion, which would take the rows that refer to it along: the database refuses.
            rows._raw_delete(rows.db)
            connection.check_constraints()
    except IntegrityError as error:
        raise StillUsed from error
