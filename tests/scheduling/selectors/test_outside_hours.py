from datetime import time

import pytest

from scheduling.models import AppointmentStatus
from scheduling.selectors.outside_hours import count_inside_opening, count_inside_unavailability
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
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


def test_an_opening_counts_the_appointments_of_its_organization_and_an_unavailability_those_of_all(opening):
    elsewhere = make_motif(organization=make_organization())
    place(elsewhere, opening, TUESDAY, 9)
    absence = make_unavailability(calendar=opening.calendar, organization=opening.organization, first_day=TUESDAY)

    assert count_inside_opening(opening, now=NOW) == 0
    assert count_inside_unavailability(absence, now=NOW) == 1


def test_an_unavailability_counts_what_it_covers_in_part(motif, opening):
    for hour in (9, 10, 11):
        place(motif, opening, TUESDAY, hour)
    absence = make_unavailability(
        calendar=opening.calendar, first_day=MONDAY, start_time=time(18), end_time=time(10, 10), days_spanned=1
    )

    assert count_inside_unavailability(absence, now=NOW) == 2
