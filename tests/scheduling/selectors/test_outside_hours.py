from datetime import time, timedelta

import pytest

from scheduling.models import AppointmentStatus
from scheduling.selectors.outside_hours import count_inside_opening, count_inside_unavailability, count_left_outside
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.openings import change_opening, close_opening
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_appointment,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def motif():
    return make_motif(organization=make_organization())


@pytest.fixture
def opening(motif):
    return make_opening(motifs=[motif], rrule="FREQ=DAILY")


def place(motif, opening, day, hour, minute=0, **fields):
    return make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(day, hour, minute), **fields)


def test_an_appointment_counts_as_inside_when_any_of_it_is(motif, opening):
    place(motif, opening, MONDAY, 8, 45)
    place(motif, opening, TUESDAY, 11, 45)
    place(motif, opening, MONDAY, 12, 15)  # Begins where the opening has ended.
    place(motif, opening, MONDAY, 8)

    assert count_inside_opening(opening, now=NOW) == 2


def test_what_is_cancelled_or_has_begun_does_not_count(motif, opening):
    cancelled = place(motif, opening, MONDAY, 9)
    cancel_appointment(appointment=cancelled, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW)
    place(motif, opening, MONDAY, 10)

    assert count_inside_opening(opening, now=NOW) == 1
    assert count_inside_opening(opening, now=paris(MONDAY, 10)) == 0


def test_an_unavailability_counts_what_it_covers_in_part(motif, opening):
    for hour in (9, 10, 11):
        place(motif, opening, TUESDAY, hour)
    absence = make_unavailability(
        calendar=opening.calendar, first_day=MONDAY, start_time=time(18), end_time=time(10, 10), days_spanned=1
    )

    assert count_inside_unavailability(absence, now=NOW) == 2


class TestLeftOutside:
    def test_is_what_lay_in_the_opening_and_no_other_holds(self, motif, opening):
        before = opening.rule
        for day, hour in ((MONDAY, 9), (TUESDAY, 9), (TUESDAY, 11)):
            place(motif, opening, day, hour)
        place(motif, opening, TUESDAY, 15)  # It was outside before.
        make_opening(calendar=opening.calendar, motifs=[motif], start_time=time(8), end_time=time(10))

        close_opening(opening=opening, now=NOW)

        assert count_left_outside(opening.calendar_id, before, now=NOW) == 2

    def test_two_openings_that_touch_hold_what_crosses_from_one_to_the_other(self, motif, opening):
        place(motif, opening, MONDAY, 9, 45)
        before = opening.rule
        make_opening(calendar=opening.calendar, motifs=[motif], start_time=time(10), end_time=time(12))

        change_opening(opening=opening, motifs=[motif], end_time=time(10), now=NOW)

        assert count_left_outside(opening.calendar_id, before, now=NOW) == 0

    def test_costs_two_queries_whatever_the_number_of_appointments(self, motif, opening, django_assert_num_queries):
        for number in range(12):
            place(motif, opening, MONDAY + timedelta(days=number), 9)

        with django_assert_num_queries(2):
            count_left_outside(opening.calendar_id, opening.rule, now=NOW)
