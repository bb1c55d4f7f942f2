"""Who books for somebody else: known from their first booking, by their e-mail."""

from django.db import transaction

from ..models import PartnerType, Prescriber
from .kept_entries import keep_entries


@transaction.atomic
def remember_prescriber(
    *,
    territory,
    email: str,
    first_name: str,
    last_name: str,
    phone: str = "",
    structure: str = "",
    partner_type: PartnerType | None = None,
) -> Prescriber:
    """The prescriber of the territory with this e-mail, whatever its case, as they introduce themselves today.

    Whoever calls has made sure that the e-mail is theirs: what was known before is written over. Two first bookings at
    once make one prescriber. Raises EntryGone when the type of partners was deleted meanwhile. Four queries.
    """
    keep_entries(model=PartnerType, pks=[partner_type.pk] if partner_type else [])
    prescriber, _ = Prescriber.objects.update_or_create(
        territory=territory,
        email=email.strip().lower(),
        defaults={
            "first_name": first_name,
            "last_name": last_name,
            "phone": phone,
            "structure": structure,
            "partner_type": partner_type,
        },
    )
    return prescriber
