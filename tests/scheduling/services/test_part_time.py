"""The part-time contract, by the examples that its help page gives: so many hours a week, over all places."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Event

import pytest
from django.db import connection, transaction

from organizations.models import Membership
from scheduling.exceptions import QuotaExceeded
from scheduling.models import Opening
from scheduling.selectors.quota import gauges_of
from scheduling.services.openings import open_hours
from scheduling.services.unavailabilities import add_unavailability
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    make_calendar,
    make_location,
    make_motif,
    make_opening,
    make_organization,
)

HOUR = timedelta(hours=1)
NBSP = "\N{NO-BREAK SPACE}"
A_WEEK = timedelta(weeks=1)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def calendar(organization):
    """« Je peux ouvrir 16h par semaine. »"""
    return make_calendar(organization=organization, weekly_allowance=16 * HOUR)


def opens(calendar, day, hours, *, rrule="", start=8, organization=None, minutes=0):
    """`hours` from 8 h on `day`, in a place of their own."""
    organization = organization or calendar.agent.memberships.get().organization
    return open_hours(
        organization=organization,
        calendar=calendar,
        motifs=[make_motif(organization=organization)],
        location=make_location(organization=organization),
        first_day=day,
        rrule=rrule,
        start_time=time(start),
        end_time=time((start + hours) % 24, minutes),
        now=NOW,
    )


def refusal_of(*arguments, **options):
    """The sentence without the days of the week that it names."""
    with transaction.atomic(), pytest.raises(QuotaExceeded) as refusal:
        opens(*arguments, **options)
    return re.sub(r" \(du [^)]*\)", "", refusal.value.message.replace(NBSP, " "))


def gauge(calendar, day=MONDAY):
    return gauges_of([calendar], day=day)[calendar.pk].sentence.replace(NBSP, " ")


@pytest.mark.django_db
class TestTenHoursOpenOfSixteen:
    """« … et que vous avez déjà 10 heures ouvertes dans "Disponibilités", vous pourrez ouvrir jusqu'à 6 heures de
    disponibilités exceptionnelles par semaine. »"""

    @pytest.fixture(autouse=True)
    def _ten_hours_a_week(self, calendar):
        opens(calendar, MONDAY, 5, rrule="FREQ=WEEKLY;BYDAY=MO,TH")

    def test_leave_six(self, calendar):
        assert gauge(calendar) == "10 h ouvertes sur 16 h, il reste 6 h"

    def test_let_six_exceptional_hours_in(self, calendar):
        opens(calendar, WEDNESDAY, 6)

        assert gauge(calendar) == "16 h ouvertes sur 16 h, il reste 0 min"
        assert gauge(calendar, MONDAY + A_WEEK) == "10 h ouvertes sur 16 h, il reste 6 h"

    def test_let_six_in_every_week(self, calendar):
        for number in range(3):
            opens(calendar, WEDNESDAY + number * A_WEEK, 6)

        assert Opening.objects.count() == 4

    def test_keep_six_and_a_half_out(self, calendar):
        assert refusal_of(calendar, WEDNESDAY, 6, minutes=30) == (
            "La semaine 10 de 2026 aurait 16 h 30 ouvertes pour 16 h autorisées : 30 min de trop."
        )
        assert Opening.objects.count() == 1
        assert gauge(calendar) == "10 h ouvertes sur 16 h, il reste 6 h"

    def test_keep_out_what_is_too_much_in_one_week_and_name_that_week(self, calendar):
        opens(calendar, WEDNESDAY + 3 * A_WEEK, 6)

        assert refusal_of(calendar, FRIDAY, 2, rrule="FREQ=WEEKLY;BYDAY=FR;UNTIL=20260430") == (
            "La semaine 13 de 2026 aurait 18 h ouvertes pour 16 h autorisées : 2 h de trop."
        )


@pytest.mark.django_db
class TestNothingElseOpen:
    """« Si aucune disponibilité n'est ouverte dans "Disponibilités", vous pourrez ouvrir jusqu'à 16h de disponibilités
    exceptionnelles par semaine. »"""

    def test_lets_sixteen_exceptional_hours_in_at_once(self, calendar):
        opens(calendar, TUESDAY, 16)

        assert gauge(calendar) == "16 h ouvertes sur 16 h, il reste 0 min"

    def test_lets_sixteen_exceptional_hours_in_by_pieces_and_not_one_more(self, calendar):
        for day, hours in ((MONDAY, 4), (WEDNESDAY, 4), (THURSDAY, 8)):
            opens(calendar, day, hours)

        assert refusal_of(calendar, FRIDAY, 1) == (
            "La semaine 10 de 2026 aurait 17 h ouvertes pour 16 h autorisées : 1 h de trop."
        )

    def test_keeps_seventeen_out(self, calendar):
        assert "1 h de trop" in refusal_of(calendar, TUESDAY, 17, start=7)


@pytest.mark.django_db
def test_sick_on_tuesday_eight_hours_on_wednesday_are_refused_all_the_same(organization, calendar):
    """« Mes horaires habituels sont 8 heures le mardi et 8 heures vendredi. Je suis malade le mardi, et mets donc une
    indisponibilité sur cette journée. Je ne pourrai pas ouvrir une disponibilité exceptionnelle de 8 heures le mercredi
    pour compenser la journée du mardi. »"""
    opens(calendar, TUESDAY, 8, rrule="FREQ=WEEKLY;BYDAY=TU")
    opens(calendar, FRIDAY, 8, rrule="FREQ=WEEKLY;BYDAY=FR")
    add_unavailability(
        organization=organization,
        calendar=calendar,
        title="Malade",
        first_day=TUESDAY,
        start_time=time(0),
        end_time=time(0),
        now=NOW,
    )

    assert gauge(calendar) == "16 h ouvertes sur 16 h, il reste 0 min"
    assert refusal_of(calendar, WEDNESDAY, 8) == (
        "La semaine 10 de 2026 aurait 24 h ouvertes pour 16 h autorisées : 8 h de trop."
    )


@pytest.mark.django_db
def test_hours_count_over_all_places_and_organizations(organization, calendar):
    """« … sur l'ensemble de ses cabinets de consultation »: `opens` takes another place each time."""
    elsewhere = make_organization()
    Membership.objects.create(organization=elsewhere, agent=calendar.agent)
    opens(calendar, MONDAY, 8, organization=organization)
    opens(calendar, TUESDAY, 2, organization=organization)

    opens(calendar, WEDNESDAY, 6, organization=elsewhere)

    assert refusal_of(calendar, THURSDAY, 1, organization=elsewhere).endswith("1 h de trop.")
    assert refusal_of(calendar, THURSDAY, 1, organization=organization).endswith("1 h de trop.")


@pytest.mark.django_db
class TestWeeksThatAreOutOfTheOrdinary:
    def test_the_week_over_new_year_is_one_week(self, calendar):
        """Monday 28 December 2026 to Sunday 3 January 2027 is week 53; a holiday gives nothing back."""
        opens(calendar, date(2026, 12, 28), 8)
        opens(calendar, date(2026, 12, 31), 8)

        for day in (date(2027, 1, 1), date(2027, 1, 3)):
            assert refusal_of(calendar, day, 1) == (
                "La semaine 53 de 2026 aurait 17 h ouvertes pour 16 h autorisées : 1 h de trop."
            )
        opens(calendar, date(2026, 12, 27), 16)
        opens(calendar, date(2027, 1, 4), 16)

    def test_the_first_week_of_a_year_may_begin_in_the_one_before(self, calendar):
        """Week 1 of 2030 begins on Monday 31 December 2029."""
        opens(calendar, date(2030, 1, 2), 16)

        assert refusal_of(calendar, date(2029, 12, 31), 2) == (
            "La semaine 1 de 2030 aurait 18 h ouvertes pour 16 h autorisées : 2 h de trop."
        )

    def test_a_weekly_night_takes_as_much_in_the_weeks_of_clock_change(self, calendar):
        """From 1 h to 5 h on Sundays is 4 h, on 29 March (three hours long) and on 25 October 2026 (five) too."""
        opens(calendar, date(2026, 3, 22), 4, start=1, rrule="FREQ=WEEKLY;BYDAY=SU")

        for sunday, week in ((date(2026, 3, 29), 13), (date(2026, 10, 25), 43)):
            assert gauge(calendar, sunday) == "4 h ouvertes sur 16 h, il reste 12 h"
            assert refusal_of(calendar, sunday - timedelta(days=1), 12, minutes=1) == (
                f"La semaine {week} de 2026 aurait 16 h 01 ouvertes pour 16 h autorisées : 1 min de trop."
            )
            opens(calendar, sunday - timedelta(days=1), 12)

    def test_every_second_and_every_third_week_are_too_much_in_the_sixth_where_they_meet(self, calendar):
        """Weeks 2, 4, 6 and weeks 3, 6 from 2 March 2026 on: the sixth is week 15."""
        opens(calendar, date(2026, 3, 10), 9, rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")

        assert refusal_of(calendar, date(2026, 3, 19), 9, rrule="FREQ=WEEKLY;INTERVAL=3;BYDAY=TH").startswith(
            "La semaine 15 de 2026 aurait 18 h ouvertes pour 16 h autorisées : 2 h de trop"
        )
        opens(calendar, date(2026, 3, 19), 7, rrule="FREQ=WEEKLY;INTERVAL=3;BYDAY=TH")

    def test_29_february_counts_in_its_week(self, calendar):
        opens(calendar, date(2028, 2, 28), 8, rrule="FREQ=WEEKLY;BYDAY=MO")

        assert refusal_of(calendar, date(2028, 2, 1), 9, rrule="FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29").startswith(
            "La semaine 9 de 2028 aurait 17 h ouvertes pour 16 h autorisées : 1 h de trop"
        )


@pytest.mark.django_db(transaction=True)
def test_a_request_waits_for_another_of_the_same_calendar_and_counts_what_it_opened(organization, calendar):
    """From another organization, so that nothing but the calendar itself stands between the two."""
    elsewhere = make_organization()
    make_opening(calendar=calendar, organization=elsewhere, first_day=MONDAY - A_WEEK)
    first_has_written, first_may_commit = Event(), Event()

    def first():
        try:
            with transaction.atomic():
                opens(calendar, TUESDAY, 10, organization=organization)
                first_has_written.set()
                assert first_may_commit.wait(20)
        finally:
            first_has_written.set()
            connection.close()

    def second():
        try:
            return refusal_of(calendar, WEDNESDAY, 10, organization=elsewhere)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(first)
        first_has_written.wait(20)
        waiting = pool.submit(second)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=1)
        first_may_commit.set()
        writing.result(20)

    assert waiting.result() == "La semaine 10 de 2026 aurait 20 h ouvertes pour 16 h autorisées : 4 h de trop."
    assert gauge(calendar) == "10 h ouvertes sur 16 h, il reste 6 h"
