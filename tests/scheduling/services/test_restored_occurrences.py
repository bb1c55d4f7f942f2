"""A day that was removed from a series comes back, with its windows and within the quota."""

from datetime import timedelta

import pytest

from scheduling.engine.series import Scope
from scheduling.exceptions import OpeningRefused, QuotaExceeded, UnavailabilityRefused
from scheduling.models import FreeWindow, Opening, Unavailability
from scheduling.services.openings import change_opening, close_opening
from scheduling.services.restored_occurrences import restore_occurrence
from scheduling.services.unavailabilities import change_unavailability, remove_unavailability
from tests.factories import NOW, TUESDAY, make_calendar, make_opening, make_unavailability
from tests.scheduling.walks import drift

pytestmark = pytest.mark.django_db

SECOND = TUESDAY + timedelta(days=7)
WEEKLY = {"first_day": TUESDAY, "rrule": "FREQ=WEEKLY;BYDAY=TU"}


def test_an_opening_gives_its_slots_of_that_day_again():
    opening = make_opening(**WEEKLY)
    before = FreeWindow.objects.count()
    close_opening(opening=opening, now=NOW, scope=Scope.OCCURRENCE, day=SECOND)
    assert FreeWindow.objects.count() == before - 1

    restore_occurrence(row=opening, day=SECOND, now=NOW)

    assert Opening.objects.get().excluded_days == []
    assert FreeWindow.objects.count() == before
    assert drift(NOW) == (set(), set())


def test_an_unavailability_takes_the_time_of_that_day_again():
    calendar = make_calendar()
    organization = make_opening(calendar=calendar, **WEEKLY).organization
    away = make_unavailability(calendar=calendar, organization=organization, **WEEKLY)
    remove_unavailability(unavailability=away, now=NOW, scope=Scope.OCCURRENCE, day=SECOND)
    assert FreeWindow.objects.count() == 1

    restore_occurrence(row=away, day=SECOND, now=NOW)

    assert not FreeWindow.objects.exists()
    assert drift(NOW) == (set(), set())


@pytest.mark.parametrize("day", [TUESDAY, SECOND + timedelta(days=1), None])
def test_what_was_not_removed_is_refused(day):
    with pytest.raises(OpeningRefused, match="retiré de la série"):
        restore_occurrence(row=make_opening(**WEEKLY), day=day, now=NOW)
    with pytest.raises(UnavailabilityRefused, match="retiré de la série"):
        restore_occurrence(row=make_unavailability(**WEEKLY), day=day, now=NOW)


def test_where_an_edited_occurrence_stands_nothing_comes_back():
    opening, away = make_opening(**WEEKLY), make_unavailability(**WEEKLY)
    edited = {"now": NOW, "scope": Scope.OCCURRENCE, "day": SECOND, "title": "À part"}
    change_opening(opening=opening, motifs=opening.motifs.all(), **edited)
    change_unavailability(unavailability=away, **edited)

    with pytest.raises(OpeningRefused, match="modifiée, pas retirée"):
        restore_occurrence(row=opening, day=SECOND, now=NOW)
    with pytest.raises(UnavailabilityRefused, match="modifiée, pas retirée"):
        restore_occurrence(row=away, day=SECOND, now=NOW)


def test_what_was_deleted_meanwhile_is_refused():
    opening = make_opening(**WEEKLY)
    close_opening(opening=opening, now=NOW)

    with pytest.raises(OpeningRefused):
        restore_occurrence(row=opening, day=SECOND, now=NOW)


def test_it_is_held_to_the_quota_and_leaves_the_day_removed():
    calendar = make_calendar(weekly_allowance=timedelta(hours=3))
    opening = make_opening(calendar=calendar, **WEEKLY)
    close_opening(opening=opening, now=NOW, scope=Scope.OCCURRENCE, day=SECOND)
    make_opening(calendar=calendar, organization=opening.organization, first_day=SECOND + timedelta(days=1))

    with pytest.raises(QuotaExceeded):
        restore_occurrence(row=opening, day=SECOND, now=NOW)

    assert Opening.objects.get(pk=opening.pk).excluded_days == [SECOND]


def test_what_no_longer_repeats_has_no_day_left_out():
    """Else « une seule fois », on a day that was removed, would be on no day."""
    opening, away = make_opening(**WEEKLY), make_unavailability(**WEEKLY)
    close_opening(opening=opening, now=NOW, scope=Scope.OCCURRENCE, day=SECOND)
    remove_unavailability(unavailability=away, now=NOW, scope=Scope.OCCURRENCE, day=SECOND)

    change_opening(opening=opening, motifs=opening.motifs.all(), now=NOW, rrule="", first_day=SECOND)
    change_unavailability(unavailability=away, now=NOW, rrule="", first_day=SECOND)

    assert Opening.objects.get().recurrence.first_occurrence() == SECOND
    assert Unavailability.objects.get().recurrence.first_occurrence() == SECOND
