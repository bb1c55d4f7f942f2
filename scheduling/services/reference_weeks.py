"""Every write on reference weeks themselves. Openings that came from one stay as they are."""

from collections.abc import Sequence
from datetime import time

from django.db import IntegrityError, transaction

from ..exceptions import ReferenceWeekRefused
from ..models import ReferenceRange, ReferenceWeek


def create_reference_week(*, organization, name: str, hours: Sequence[Sequence[tuple[time, time]]]) -> ReferenceWeek:
    """`hours` are the ranges of each weekday, Monday first. Raises ReferenceWeekRefused when the name is taken."""
    return _save(ReferenceWeek(organization=organization), name=name, hours=hours)


def change_reference_week(*, reference_week: ReferenceWeek, name: str, hours) -> ReferenceWeek:
    """Raises as `create_reference_week`, and when somebody deleted it meanwhile."""
    return _save(reference_week, name=name, hours=hours)


@transaction.atomic
def delete_reference_week(*, reference_week: ReferenceWeek) -> None:
    """Safe to repeat."""
    ReferenceWeek.objects.filter(pk=reference_week.pk).delete()


@transaction.atomic
def _save(reference_week, *, name, hours):
    is_new = reference_week.pk is None
    if not is_new and not ReferenceWeek.objects.select_for_update().filter(pk=reference_week.pk).exists():
        raise ReferenceWeekRefused("Cette semaine de référence vient d'être supprimée.")
    reference_week.name = name
    try:
        with transaction.atomic():
            reference_week.save(force_insert=is_new)
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "reference_week_named_once":
            raise
        raise ReferenceWeekRefused("Une semaine de référence porte déjà ce nom.") from error
    ReferenceRange.objects.filter(reference_week=reference_week).delete()
    ReferenceRange.objects.bulk_create(
        ReferenceRange(
            organization_id=reference_week.organization_id,
            reference_week=reference_week,
            weekday=weekday,
            start_time=start_time,
            end_time=end_time,
        )
        for weekday, ranges in enumerate(hours)
        for start_time, end_time in ranges
    )
    return reference_week
