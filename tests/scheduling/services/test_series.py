"""One occurrence, one and those that follow, or all of them: the same for openings and unavailabilities."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from scheduling.engine.series import Scope
from scheduling.exceptions import OpeningRefused, QuotaExceeded, UnavailabilityRefused
from scheduling.models import Calendar, FreeWindow, Hold, Opening, Unavailability
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.holds import take_hold
from scheduling.services.openings import change_opening, close_opening, open_hours
from scheduling.services.reference_week_application import apply_reference_week
from scheduling.services.unavailabilities import change_unavailability, remove_unavailability
from tests.factories import (
    NOW,
    TUESDAY,
    make_calendar,
    make_motif,
    make_opening,
    make_organization,
    make_reference_week,
    make_unavailability,
    paris,
)
from tests.scheduling.walks import drift

pytestmark = pytest.mark.django_db

SECOND, THIRD, FOURTH = (TUESDAY + timedelta(days=7 * n) for n in (1, 2, 3))
WEEKLY = "FREQ=WEEKLY;BYDAY=TU"


class Openings:
    """Tuesdays from 9 h to 12 h, without end."""

    refusal = OpeningRefused
    model = Opening

    def make(self, **fields):
        return make_opening(**{"first_day": TUESDAY, "rrule": WEEKLY} | fields)

    def change(self, row, *, now=NOW, **fields):
        return change_opening(opening=row, motifs=row.motifs.all(), now=now, **fields)

    def remove(self, row, **how):
        close_opening(opening=row, now=NOW, **how)


class Unavailabilities(Openings):
    refusal = UnavailabilityRefused
    model = Unavailability

    def make(self, **fields):
        return make_unavailability(**{"first_day": TUESDAY, "rrule": WEEKLY} | fields)

    def change(self, row, *, now=NOW, **fields):
        return change_unavailability(unavailability=row, now=now, **fields)

    def remove(self, row, **how):
        remove_unavailability(unavailability=row, now=NOW, **how)


@pytest.fixture(params=[Openings(), Unavailabilities()], ids=["openings", "unavailabilities"])
def kind(request):
    return request.param


@pytest.fixture
def series(kind):
    return kind.make()


def hours(kind, *, until=FOURTH):
    """{day: [(start, end)]} of everything stored, up to `until`."""
    found = {}
    for row in kind.model.objects.order_by("pk"):
        for day in row.recurrence.days(TUESDAY, until):
            found.setdefault(day, []).append((row.start_time.hour, row.end_time.hour))
    return found


MORNINGS = {day: [(9, 12)] for day in (TUESDAY, SECOND, THIRD, FOURTH)}


class TestOneOccurrence:
    def test_has_its_own_hours_and_the_others_stay(self, kind, series):
        kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, rrule="", first_day=SECOND, start_time=time(10))

        assert hours(kind) == MORNINGS | {SECOND: [(10, 12)]}

    def test_may_move_to_another_day(self, kind, series):
        wednesday = SECOND + timedelta(days=1)
        kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, rrule="", first_day=wednesday)

        assert hours(kind) == {TUESDAY: [(9, 12)], wednesday: [(9, 12)], THIRD: [(9, 12)], FOURTH: [(9, 12)]}

    def test_knows_its_series_and_the_day_that_it_replaces(self, kind, series):
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, title="Exception")

        assert (edited.series, edited.series_day) == (series, SECOND)
        assert kind.model.objects.get(pk=series.pk).excluded_days == [SECOND]
        assert kind.model.objects.get(pk=series.pk).title == ""

    def test_survives_a_later_change_of_the_whole_series(self, kind, series):
        kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))
        kind.change(series, start_time=time(8))

        assert hours(kind) == {TUESDAY: [(8, 12)], SECOND: [(10, 12)], THIRD: [(8, 12)], FOURTH: [(8, 12)]}

    def test_survives_a_later_change_of_the_weekday_of_the_series(self, kind, series):
        kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))
        kind.change(series, rrule="FREQ=WEEKLY;BYDAY=TH")

        assert hours(kind)[SECOND] == [(10, 12)]

    def test_survives_a_later_change_of_those_that_follow(self, kind, series):
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=THIRD, start_time=time(10))
        following = kind.change(series, scope=Scope.FOLLOWING, day=SECOND, first_day=SECOND, start_time=time(8))

        assert hours(kind) == {TUESDAY: [(9, 12)], SECOND: [(8, 12)], THIRD: [(10, 12)], FOURTH: [(8, 12)]}
        edited.refresh_from_db()
        assert edited.series == following

    def test_is_edited_again_like_any_single_one(self, kind, series):
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))
        kind.change(edited, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(11))

        assert hours(kind) == MORNINGS | {SECOND: [(11, 12)]}

    def test_is_deleted_alone(self, kind, series):
        kind.remove(series, scope=Scope.OCCURRENCE, day=SECOND)

        assert hours(kind) == {day: times for day, times in MORNINGS.items() if day != SECOND}

    def test_years_ahead_can_be_edited_as_long_as_it_stays_on_its_day(self, kind, series):
        far = TUESDAY + timedelta(weeks=300)
        kind.change(series, scope=Scope.OCCURRENCE, day=far, first_day=far, start_time=time(10))

        with pytest.raises(kind.refusal, match="dans plus de cinq ans"):
            kind.change(series, scope=Scope.OCCURRENCE, day=far - timedelta(weeks=1), first_day=far)

    def test_once_deleted_does_not_come_back_with_a_change_of_the_series(self, kind, series):
        kind.remove(series, scope=Scope.OCCURRENCE, day=SECOND)
        kind.change(series, start_time=time(8))

        assert SECOND not in hours(kind)

    def test_edited_then_deleted_does_not_come_back(self, kind, series):
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))
        kind.remove(edited)

        assert SECOND not in hours(kind)

    @pytest.mark.parametrize("day", [TUESDAY + timedelta(days=1), TUESDAY - timedelta(days=7)])
    def test_that_the_series_does_not_have_is_refused(self, kind, series, day):
        with pytest.raises(kind.refusal, match="n'existe plus"):
            kind.change(series, scope=Scope.OCCURRENCE, day=day, start_time=time(10))
        with pytest.raises(kind.refusal, match="n'existe plus"):
            kind.remove(series, scope=Scope.OCCURRENCE, day=day)
        assert hours(kind) == MORNINGS

    def test_is_not_edited_twice_by_two_forms_opened_at_once(self, kind, series):
        kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))
        with pytest.raises(kind.refusal):
            kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(11))

        assert hours(kind)[SECOND] == [(10, 12)]

    def test_last_of_a_bounded_series_takes_the_row_with_it(self, kind):
        series = kind.make(rrule=f"{WEEKLY};UNTIL=20260303")
        kind.remove(series, scope=Scope.OCCURRENCE, day=TUESDAY)

        assert not kind.model.objects.exists()


class TestThoseThatFollow:
    def test_have_their_own_hours_from_that_day_on(self, kind, series):
        kind.change(series, scope=Scope.FOLLOWING, day=THIRD, first_day=THIRD, start_time=time(10))

        assert hours(kind) == MORNINGS | {THIRD: [(10, 12)], FOURTH: [(10, 12)]}
        assert kind.model.objects.order_by("pk").last().last_day is None

    def test_from_the_first_day_on_are_all(self, kind, series):
        kind.change(series, scope=Scope.FOLLOWING, day=TUESDAY, start_time=time(10))

        assert kind.model.objects.get().start_time == time(10)

    def test_keep_the_rhythm_of_every_other_week(self, kind):
        series = kind.make(rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")
        kind.change(series, scope=Scope.FOLLOWING, day=THIRD, first_day=THIRD, start_time=time(10))

        assert hours(kind) == {TUESDAY: [(9, 12)], THIRD: [(10, 12)]}

    def test_keep_the_days_taken_out_before(self, kind, series):
        kind.remove(series, scope=Scope.OCCURRENCE, day=FOURTH)
        kind.change(series, scope=Scope.FOLLOWING, day=SECOND, first_day=SECOND, start_time=time(10))

        assert hours(kind) == {TUESDAY: [(9, 12)], SECOND: [(10, 12)], THIRD: [(10, 12)]}

    def test_are_deleted_with_the_edited_ones_among_them(self, kind, series):
        kind.change(series, scope=Scope.OCCURRENCE, day=TUESDAY, start_time=time(8))
        kind.change(series, scope=Scope.OCCURRENCE, day=FOURTH, start_time=time(10))
        kind.remove(series, scope=Scope.FOLLOWING, day=THIRD)

        assert hours(kind) == {TUESDAY: [(8, 12)], SECOND: [(9, 12)]}

    def test_take_the_edited_ones_among_them_along(self, kind, series):
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=FOURTH, start_time=time(10))
        following = kind.change(series, scope=Scope.FOLLOWING, day=SECOND, first_day=SECOND, start_time=time(8))

        edited.refresh_from_db()
        assert edited.series == following

    def test_that_become_one_day_leave_the_edited_ones_to_themselves(self, kind, series):
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=FOURTH, start_time=time(10))
        once = kind.change(series, scope=Scope.FOLLOWING, day=SECOND, first_day=SECOND, rrule="")
        kind.remove(once)

        edited.refresh_from_db()
        assert edited.series is None
        assert hours(kind) == {TUESDAY: [(9, 12)], FOURTH: [(10, 12)]}

    def test_from_a_day_that_the_series_does_not_have_is_refused(self, kind, series):
        with pytest.raises(kind.refusal):
            kind.change(series, scope=Scope.FOLLOWING, day=TUESDAY + timedelta(days=1), start_time=time(10))


class TestAll:
    def test_are_deleted_with_the_edited_ones(self, kind, series):
        kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))
        kind.remove(series)

        assert not kind.model.objects.exists()

    def test_deleted_twice_is_deleted(self, kind, series):
        kind.remove(series)
        kind.remove(series)

    def test_that_repeat_no_longer_have_no_occurrences_of_their_own(self, kind, series):
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))
        kind.change(series, rrule="")
        kind.remove(series)

        edited.refresh_from_db()
        assert edited.series is None


class TestTheDatabaseRefuses:
    def test_an_occurrence_edited_twice(self, kind, series):
        kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))
        other = kind.change(series, scope=Scope.OCCURRENCE, day=THIRD, start_time=time(10))

        with pytest.raises(IntegrityError, match="occurrence_edited_once"), transaction.atomic():
            kind.model.objects.filter(pk=other.pk).update(series_day=SECOND)

    def test_an_occurrence_that_repeats(self, kind, series):
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))

        with pytest.raises(IntegrityError, match="one_day_of_a_series"), transaction.atomic():
            kind.model.objects.filter(pk=edited.pk).update(rrule="FREQ=DAILY")

    @pytest.mark.django_db(transaction=True)
    def test_an_occurrence_on_another_calendar_than_its_series(self, kind):
        series = kind.make()
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))
        FreeWindow.objects.all().delete()  # They too stay on the calendar of their opening.

        with pytest.raises(IntegrityError, match="on_the_calendar_of_its_series"):
            kind.model.objects.filter(pk=edited.pk).update(calendar=make_calendar(organization=series.organization).pk)


class TestOpeningsOnly:
    def test_the_windows_are_those_of_the_core_after_each_change(self):
        kind = Openings()
        series = kind.make()
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(10))
        assert drift(NOW) == (set(), set())
        kind.change(series, scope=Scope.FOLLOWING, day=THIRD, first_day=THIRD, end_time=time(15))
        assert drift(NOW) == (set(), set())
        kind.remove(edited)
        assert drift(NOW) == (set(), set())

    def test_an_edited_occurrence_carries_its_own_motifs_and_the_series_keeps_its(self):
        series = Openings().make()
        other = make_motif(organization=series.organization)
        edited = change_opening(opening=series, motifs=[other], scope=Scope.OCCURRENCE, day=SECOND, now=NOW)

        assert list(edited.motifs.all()) == [other]
        assert list(series.motifs.all()) != [other]
        slots = offered_slots([Demand(other)], start=NOW, end=NOW + timedelta(days=60), now=NOW)
        assert {slot.starts_at.date() for slot in slots} == {SECOND}

    def test_a_visitor_who_holds_a_slot_keeps_it_where_the_new_hours_still_hold_it(self):
        motif = make_motif()
        series = Openings().make(motifs=[motif])
        slot = {"starts_at": paris(SECOND, 11), "location_id": series.location_id}
        take_hold(demand=Demand(motif), visitor_key=uuid4(), client_hash="here", now=NOW, **slot)

        part = Openings().change(series, scope=Scope.FOLLOWING, day=SECOND, first_day=SECOND, start_time=time(10))

        assert Hold.objects.get().opening == part

    def test_a_reference_week_leaves_an_edited_occurrence_after_it_to_the_series(self):
        kind, organization = Openings(), make_organization()
        motif = make_motif(organization=organization)
        series = kind.make(organization=organization, motifs=[motif])
        edited = kind.change(series, scope=Scope.OCCURRENCE, day=FOURTH, start_time=time(10))
        apply_reference_week(
            weeks=[make_reference_week(organization=organization, monday="14h-16h")],
            calendar=series.calendar,
            motifs=[motif],
            location=series.location,
            first_day=SECOND,
            last_day=SECOND,
            now=NOW,
        )

        edited.refresh_from_db()
        assert edited.series.first_day > SECOND
        assert FOURTH in edited.series.excluded_days


class TestTheQuota:
    @pytest.fixture
    def series(self):
        series = Openings().make()
        Calendar.objects.filter(pk=series.calendar_id).update(weekly_allowance=timedelta(hours=3))
        return series

    def test_counts_an_edited_occurrence_once(self, series):
        Openings().change(series, scope=Scope.OCCURRENCE, day=SECOND, start_time=time(13), end_time=time(16))

    def test_refuses_an_occurrence_that_is_too_long_and_leaves_the_series_whole(self, series):
        with pytest.raises(QuotaExceeded, match="semaine 11"):
            Openings().change(series, scope=Scope.OCCURRENCE, day=SECOND, end_time=time(12, 30))
        assert hours(Openings()) == MORNINGS

    def test_refuses_an_occurrence_moved_into_a_week_that_is_full(self, series):
        with pytest.raises(QuotaExceeded, match="semaine 12"):
            Openings().change(series, scope=Scope.OCCURRENCE, day=SECOND, first_day=THIRD + timedelta(days=1))

    def test_gives_the_week_of_a_moved_occurrence_back(self, series):
        Openings().remove(series, scope=Scope.OCCURRENCE, day=THIRD)
        Openings().change(series, scope=Scope.OCCURRENCE, day=SECOND, first_day=THIRD)
        open_hours(
            organization=series.organization,
            calendar=series.calendar,
            motifs=series.motifs.all(),
            location=series.location,
            first_day=date(2026, 3, 12),
            start_time=time(9),
            end_time=time(12),
            now=NOW,
        )

    def test_lowered_since_still_lets_an_occurrence_open_less(self, series):
        Calendar.objects.filter(pk=series.calendar_id).update(weekly_allowance=timedelta(hours=2))
        Openings().change(series, scope=Scope.OCCURRENCE, day=SECOND, end_time=time(11, 30))
