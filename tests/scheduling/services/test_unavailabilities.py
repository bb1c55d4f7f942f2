from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from scheduling.exceptions import UnavailabilityRefused
from scheduling.models import FreeWindow, Unavailability
from scheduling.services.unavailabilities import change_unavailability, remove_unavailability
from tests.factories import MONDAY, NOW, TUESDAY, make_appointment, make_motif, make_opening, make_unavailability, paris

pytestmark = pytest.mark.django_db


@pytest.fixture
def opening():
    return make_opening()


def free():
    return [(window.starts_at, window.ends_at) for window in FreeWindow.objects.order_by("starts_at")]


def test_takes_its_time_from_the_free_windows_and_gives_it_back(opening):
    absence = make_unavailability(calendar=opening.calendar, start_time=time(10), end_time=time(11))

    assert free() == [(paris(MONDAY, 9), paris(MONDAY, 10)), (paris(MONDAY, 11), paris(MONDAY, 12))]
    change_unavailability(unavailability=absence, end_time=time(0), now=NOW)
    assert free() == [(paris(MONDAY, 9), paris(MONDAY, 10))]
    remove_unavailability(unavailability=absence, now=NOW)
    assert free() == [(paris(MONDAY, 9), paris(MONDAY, 12))]


def test_of_several_days_covers_them_all(opening):
    for day in (TUESDAY, TUESDAY + timedelta(days=1)):
        make_opening(calendar=opening.calendar, first_day=day)

    absence = make_unavailability(
        calendar=opening.calendar, first_day=MONDAY, start_time=time(11), end_time=time(10), days_spanned=2
    )

    assert free() == [
        (paris(MONDAY, 9), paris(MONDAY, 11)),
        (paris(TUESDAY + timedelta(days=1), 10), paris(TUESDAY + timedelta(days=1), 12)),
    ]
    assert absence.last_day == TUESDAY + timedelta(days=1)


def test_leaves_appointments_alone(opening):
    motif = make_motif()
    appointment = make_appointment(motif=motif, calendar=opening.calendar)

    make_unavailability(calendar=opening.calendar)

    appointment.refresh_from_db()
    assert appointment.is_upcoming(NOW)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"start_time": time(12), "end_time": time(9)}, "doit se terminer après son début"),
        ({"days_spanned": 367}, "un an au plus"),
        ({"first_day": date(2031, 4, 1)}, "dans plus de cinq ans"),
        ({"rrule": "FREQ=DAILY;UNTIL=20260301"}, "ne tombe sur aucun jour"),
        ({"rrule": "FREQ=DAILY", "days_spanned": 1, "end_time": time(10)}, "plus longtemps que l'intervalle"),
    ],
)
def test_that_cannot_be_is_refused(fields, sentence):
    with pytest.raises(UnavailabilityRefused, match=sentence):
        make_unavailability(**fields)

    assert not Unavailability.objects.exists()


def test_that_somebody_deleted_meanwhile_does_not_come_back():
    absence = make_unavailability()
    seen = Unavailability.objects.select_related("organization__territory").get()
    remove_unavailability(unavailability=absence, now=NOW)

    with pytest.raises(UnavailabilityRefused, match="vient d'être supprimée"):
        change_unavailability(unavailability=seen, title="Congés", now=NOW)

    assert not Unavailability.objects.exists()


def test_deleting_it_twice_changes_nothing():
    absence = make_unavailability()
    seen = Unavailability.objects.get()

    remove_unavailability(unavailability=absence, now=NOW)
    remove_unavailability(unavailability=seen, now=NOW)


def test_past_the_service_that_ends_before_it_starts_is_refused_by_the_database():
    absence = make_unavailability()

    with pytest.raises(IntegrityError, match="unavailability_ends_after_start"), transaction.atomic():
        Unavailability.objects.filter(pk=absence.pk).update(end_time=time(8))
