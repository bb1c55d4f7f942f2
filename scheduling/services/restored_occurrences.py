"""Bringing back a day that was removed from a series."""

from datetime import date, datetime

from django.db import transaction

from ..exceptions import OpeningRefused, UnavailabilityRefused
from ..models import Opening
from .locks import lock_calendars, lock_organizations
from .openings import check_quota, rules_counted
from .recomputation import recompute_locked
from .series import keep, stored_series


@transaction.atomic
def restore_occurrence(*, row, day: date | None, now: datetime) -> None:
    """Take `day` out of the removed days of an opening or of an unavailability.

    Raises OpeningRefused or UnavailabilityRefused when it is none of them, or when an edited occurrence stands in
    its place; QuotaExceeded when its hours are one too many.
    """
    refusal = OpeningRefused if isinstance(row, Opening) else UnavailabilityRefused
    lock_organizations([row.organization_id])
    calendars = lock_calendars([row.calendar_id])
    stored = stored_series(row)
    if stored is None or not stored.is_recurring or day not in stored.recurrence.removed_days():
        raise refusal("Ce jour n'est pas, ou n'est plus, retiré de la série.")
    if stored.edited_occurrences.filter(series_day=day).exists():
        raise refusal("Cette occurrence est modifiée, pas retirée. Supprimez d'abord celle qui la remplace.")
    rules_before = rules_counted(calendars[0]) if isinstance(row, Opening) else []
    keep(stored, stored.recurrence.including(day))
    if isinstance(row, Opening):
        check_quota(calendars[0], changed=[stored], rules_before=rules_before, now=now)
    recompute_locked(calendars=calendars, now=now)
