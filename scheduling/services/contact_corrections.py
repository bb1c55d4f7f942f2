"""A contact corrected by whoever has the link of an RDV: seen in its history, and the links sent before it die."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from organizations.models import Citizen
from organizations.services.citizens import correct_contact

from ..models import AppointmentEvent, Participation
from .actors import Actor
from .events import record_event
from .locks import lock_appointment, participation_of

_LABELS = {"email": "E-mail", "phone": "Téléphone"}


@transaction.atomic
def correct_contact_of(
    *, participation: Participation, field: str, value: str, proven: str, actor: Actor, now: datetime
) -> str:
    """Put `value`, proven by the caller, in the place of the `email` or `phone` to which the messages of this RDV go:
    the citizen's, or that of who answers for them. What was there before; the same again changes nothing.
    `proven` is the contact of that very record which the caller saw proven; empty where it has none.

    Where something was there, whoever reads it has links that still work: all that were sent for RDVs to come are
    replaced, also those of relatives. Raises ContactNotProven, also when it is another record or contact by now;
    RecordsChanged, AppointmentNotChangeable when records were merged meanwhile. The citizen is locked before the
    appointment. About 15 queries.
    """
    record = Citizen.objects.select_related("responsible").get(pk=participation.citizen_id).contact
    before = correct_contact(citizen=record, proven=proven, **{field: value})[field]
    appointment, _ = lock_appointment(participation.appointment)
    participation = participation_of(appointment, participation)
    if before == value:
        return before
    if before:
        theirs = Participation.objects.filter(Q(citizen=record) | Q(citizen__responsible=record), left_at=None)
        coming = theirs.filter(appointment__starts_at__gt=now)
        # By id, or two that replace links of the same persons could each wait for the other.
        locked = [each.pk for each in coming.select_for_update(of=("self",), no_key=True).order_by("pk")]
        Participation.objects.filter(pk__in=locked).update(link_version=F("link_version") + 1)
    label = _LABELS[field] if record.pk == participation.citizen_id else f"{_LABELS[field]} du responsable"
    record_event(
        appointment,
        AppointmentEvent.Kind.EDITED,
        participation=participation,
        actor=actor,
        now=now,
        changes=[{"field": field, "label": label, "before": before, "after": value}],
    )
    return before
