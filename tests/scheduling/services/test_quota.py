from datetime import time, timedelta

import pytest

from scheduling.exceptions import OpeningRefused, QuotaExceeded
from scheduling.models import Calendar, Opening
from scheduling.services.openings import change_opening, open_hours
from tests.factories import (
    NOW,
    TUESDAY,
    make_calendar,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=21)


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


def change(opening, *, now=NOW, **fields):
    return change_opening(opening=opening, motifs=opening.motifs.all(), now=now, **fields)


class TestACapLoweredSince:
    """Eight hours on Mondays, opened without a cap; six weeks on the calendar, three of them past."""

    @pytest.fixture
    def opening(self, motif):
        opening = make_opening(
            motifs=[motif],
            start_time=time(9),
            end_time=time(17),
            rrule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20260413",
        )
        Calendar.objects.filter(pk=opening.calendar_id).update(weekly_allowance=timedelta(hours=6))
        return opening

    def test_does_not_stand_in_the_way_of_another_title(self, opening):
        assert change(opening, now=LATER, title="Permanence").title == "Permanence"

    def test_lets_hours_be_lowered_though_not_yet_under_it(self, opening):
        assert change(opening, now=LATER, end_time=time(16)).end_time == time(16)

    def test_lets_the_opening_end_earlier(self, opening):
        assert change(opening, now=LATER, rrule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20260406")

    def test_refuses_a_minute_more(self, opening):
        with pytest.raises(QuotaExceeded):
            change(opening, now=LATER, end_time=time(17, 1))

    def test_refuses_a_week_more(self, opening):
        with pytest.raises(QuotaExceeded):
            change(opening, now=LATER, rrule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20260420")

    def test_refuses_another_opening_in_such_a_week(self, opening):
        with pytest.raises(QuotaExceeded):
            make_opening(motifs=[opening.motifs.get()], calendar=opening.calendar, first_day=TUESDAY)


class TestIsOpenedByNobodyElse:
    @pytest.mark.parametrize("make", [make_calendar, lambda: make_desk().calendar], ids=["agent", "desk"])
    def test_a_calendar_of_another_organization(self, motif, make):
        with pytest.raises(OpeningRefused, match="agenda"):
            open_hours(
                organization=motif.organization,
                calendar=make(),
                motifs=[motif],
                location=make_location(organization=motif.organization),
                first_day=TUESDAY,
                start_time=time(9),
                end_time=time(12),
                now=NOW,
            )

    def test_a_location_of_another_organization(self, motif):
        with pytest.raises(OpeningRefused, match="lieu"):
            make_opening(motifs=[motif], location=make_location())

    def test_but_a_location_that_another_organization_shares_is_open_to_both(self, motif):
        location = make_location(organization=make_organization(territory=motif.organization.territory))
        location.shared_with.add(motif.organization)

        assert make_opening(motifs=[motif], location=location).location == location

    def test_what_an_opening_has_already_may_stay(self, motif):
        """Unshared since, or its agent gone: nothing is opened by a new title."""
        location = make_location(organization=make_organization(territory=motif.organization.territory))
        location.shared_with.add(motif.organization)
        opening = make_opening(motifs=[motif], location=location)
        location.shared_with.clear()
        opening.calendar.agent.memberships.all().delete()

        assert change(opening, title="Permanence").title == "Permanence"


def test_days_taken_out_meanwhile_stay_out_when_a_form_opened_before_is_sent(motif):
    opening = make_opening(motifs=[motif], rrule="FREQ=DAILY")
    as_the_form_read_it = Opening.objects.select_related("organization__territory").get(pk=opening.pk)
    change(opening, excluded_days=[TUESDAY])

    changed = change(as_the_form_read_it, title="Permanence")

    assert (changed.excluded_days, changed.title) == ([TUESDAY], "Permanence")
    assert Opening.objects.get().excluded_days == [TUESDAY]
