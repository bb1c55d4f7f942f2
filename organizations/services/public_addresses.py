"""Every write on the addresses by which the public asks for an agent or a desk."""

from django.db import transaction

from ..exceptions import NameTaken, NoLongerMember
from ..models import Desk, Membership, Organization, PublicAddress


@transaction.atomic
def publish_address(*, owner: Membership | Desk, slug: str, shown_name: str = "") -> PublicAddress:
    """Give out `slug` for them in the organization, in place of another one, which is dead from then on.

    Raises NameTaken where somebody else of the organization has it; NoLongerMember where they have left meanwhile.
    """
    # Whoever leaves, or takes the same address, waits for the organization too: nothing is left to the constraints.
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=owner.organization_id)
    if not type(owner).objects.filter(pk=owner.pk).exists():
        raise NoLongerMember
    theirs = {"desk": owner} if isinstance(owner, Desk) else {"membership": owner}
    addresses = PublicAddress.objects.for_organization(owner.organization_id)
    if addresses.filter(slug=slug).exclude(**theirs).exists():
        raise NameTaken("Cette adresse est déjà prise dans l'organisation.")
    changed = {"slug": slug, "shown_name": shown_name}
    address, _ = addresses.update_or_create(organization_id=owner.organization_id, **theirs, defaults=changed)
    return address


@transaction.atomic
def withdraw_address(*, owner: Membership | Desk) -> None:
    """They cannot be asked for by name any more. Safe to repeat."""
    theirs = {"desk": owner} if isinstance(owner, Desk) else {"membership": owner}
    PublicAddress.objects.filter(**theirs).delete()
