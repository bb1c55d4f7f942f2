"""The fair choice: the fewest RDVs that day, then that week, then the lowest id; whatever is cancelled left aside."""

from datetime import date, time, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from organizations.models import Motif
from scheduling.models import Appointment, AppointmentStatus
from scheduling.selectors.candidates import candidates_for
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, book_appointment
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    make_appointment,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    paris,
)

SATURDAY, SUNDAY = (MONDAY + timedelta(days=n) for n in (5, 6))


def team_of(count, *, organization):
    """Calendars in order of their ids, open for the motif every day and all day, in one place."""
    motif = make_motif(organization=organization, location_kind=Motif.LocationKind.PHONE)
    calendars = [make_calendar(organization=organization) for _ in range(count)]
    for calendar in calendars:
        make_opening(
            calendar=calendar,
            motifs=[motif],
            first_day=MONDAY - timedelta(days=7),
            rrule="FREQ=DAILY",
            start_time=time(0),
            end_time=time(0),
        )
    return motif, calendars


@pytest.fixture
def organization():
    return make_organization(open_weekdays=list(range(7)))


@pytest.mark.django_db
class TestOrder:
    @pytest.fixture
    def team(self, organization):
        return team_of(3, organization=organization)

    def order(self, team, starts_at=None, **restrictions):
        """Positions in the team, the fairest first."""
        motif, calendars = team
        ids = [calendar.pk for calendar in calendars]
        found = candidates_for(Demand(motif), starts_at=starts_at or paris(WEDNESDAY, 15), now=NOW, **restrictions)
        return [ids.index(slot.calendar_id) for slot in found]

    def book(self, team, number, *moments, status=AppointmentStatus.BOOKED):
        motif, calendars = team
        for moment in moments:
            booked = make_appointment(motif=motif, calendar=calendars[number], starts_at=moment)
            Appointment.objects.filter(pk=booked.pk).update(status=status)

    def test_with_nothing_booked_the_lowest_id_comes_first(self, team):
        assert self.order(team) == [0, 1, 2]

    def test_the_day_counts_before_the_week_and_the_week_before_the_id(self, team):
        self.book(team, 0, paris(WEDNESDAY, 9))
        self.book(team, 1, paris(MONDAY, 9), paris(TUESDAY, 9), paris(FRIDAY, 9))
        assert self.order(team) == [2, 1, 0]

        self.book(team, 2, paris(WEDNESDAY, 9), paris(THURSDAY, 9))
        assert self.order(team) == [1, 0, 2]

    def test_a_day_goes_from_midnight_to_midnight(self, team):
        self.book(team, 0, paris(WEDNESDAY, 0), paris(WEDNESDAY, 23, 30))
        self.book(team, 1, paris(TUESDAY, 23, 30), paris(THURSDAY, 0), paris(TUESDAY, 9))

        assert self.order(team) == [2, 1, 0]

    def test_a_week_goes_from_monday_to_sunday(self, team):
        self.book(team, 0, paris(MONDAY, 0))
        self.book(team, 1, paris(SUNDAY, 23, 30))
        # The weeks beside count for nothing, however full.
        self.book(team, 2, paris(MONDAY - timedelta(days=1), 23, 30), paris(MONDAY + timedelta(days=7), 0))

        assert self.order(team) == [2, 0, 1]
        assert self.order(team, paris(SUNDAY, 15)) == [2, 0, 1]
        assert self.order(team, paris(MONDAY, 15)) == [2, 1, 0]

    def test_the_week_in_which_clocks_change_ends_on_its_sunday_all_the_same(self, team):
        sunday = date(2026, 3, 29)
        self.book(team, 0, paris(sunday, 23, 30))
        self.book(team, 1, paris(sunday + timedelta(days=1), 0))

        assert self.order(team, paris(sunday - timedelta(days=2), 15)) == [1, 2, 0]
        assert self.order(team, paris(sunday + timedelta(days=2), 15)) == [0, 2, 1]

    def test_what_is_cancelled_does_not_count_and_what_was_kept_or_missed_does(self, team):
        self.book(team, 0, paris(WEDNESDAY, 9), status=AppointmentStatus.FULFILLED)
        self.book(team, 1, paris(WEDNESDAY, 9), status=AppointmentStatus.NO_SHOW)
        for number, status in enumerate(
            [
                AppointmentStatus.CANCELLED_BY_CITIZEN,
                AppointmentStatus.CANCELLED_BY_AGENT,
                AppointmentStatus.UNSCHEDULED,
            ]
        ):
            self.book(team, 2, paris(WEDNESDAY, 10 + number), status=status)

        assert self.order(team) == [2, 0, 1]

    def test_rdvs_in_other_organizations_count(self, team):
        _, calendars = team
        elsewhere = make_motif(organization=make_organization())
        make_appointment(motif=elsewhere, calendar=calendars[0], starts_at=paris(WEDNESDAY, 9))

        assert self.order(team) == [1, 2, 0]

    def test_whoever_is_busy_or_not_asked_is_no_candidate(self, team):
        _, calendars = team
        self.book(team, 0, paris(WEDNESDAY, 15))

        assert self.order(team) == [1, 2]
        assert self.order(team, calendar_ids=[calendars[0].pk, calendars[2].pk]) == [2]
        assert self.order(team, calendar_ids=[]) == []


@pytest.mark.django_db
def test_days_and_weeks_are_those_of_the_organization():
    """Monday 0 h in Nouméa is still Sunday afternoon in Paris."""
    territory = make_territory(time_zone="Pacific/Noumea", subdivision="NC")
    organization = make_organization(territory=territory, open_weekdays=list(range(7)))
    motif, (first, second) = team_of(2, organization=organization)
    monday_there = paris(SUNDAY, 14)
    make_appointment(motif=motif, calendar=first, starts_at=monday_there)

    def fairest(starts_at):
        return candidates_for(Demand(motif), starts_at=starts_at, now=NOW)[0].calendar_id

    assert fairest(monday_there + timedelta(hours=8)) == second.pk
    assert fairest(monday_there - timedelta(hours=8)) == first.pk


@pytest.mark.django_db
@pytest.mark.parametrize("calendars", [2, 8])
def test_it_costs_two_queries_whatever_the_number_of_calendars(calendars, organization, django_assert_num_queries):
    motif, team = team_of(calendars, organization=organization)
    for calendar in team:
        make_appointment(motif=motif, calendar=calendar, starts_at=paris(WEDNESDAY, 9))
    motif = Motif.objects.select_related("organization__territory").get(pk=motif.pk)

    with django_assert_num_queries(2):
        assert len(candidates_for(Demand(motif), starts_at=paris(WEDNESDAY, 15), now=NOW)) == calendars


@pytest.mark.django_db(transaction=True)
def test_one_after_another_bookings_spread_and_at_once_none_is_lost(organization):
    """At once, each looks before the others have booked: one calendar takes one start, never two."""
    location = make_location(organization=organization)
    motif = make_motif(organization=organization)
    team = [make_calendar(organization=organization) for _ in range(4)]
    for calendar in team:
        make_opening(calendar=calendar, motifs=[motif], location=location)
    citizens = [make_citizen(organization=organization) for _ in range(4)]

    def book(citizen, hour):
        return book_appointment(
            demand=Demand(motif),
            starts_at=paris(MONDAY, hour),
            location_id=location.pk,
            attendees=[Attendee(citizen)],
            actor=CITIZEN,
            now=NOW,
        )

    in_turn = [book(citizens[0], hour).calendars.get() for hour in (9, 10, 9, 11)]
    assert in_turn == team

    barrier, booked = Barrier(4), []

    def click(citizen):
        try:
            barrier.wait()
            booked.append(book(citizen, 11 if citizen == citizens[3] else 10))
        finally:
            connection.close()

    threads = [Thread(target=click, args=[citizen]) for citizen in citizens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    at_ten = [appointment for appointment in booked if appointment.starts_at == paris(MONDAY, 10)]
    assert len(booked) == 4
    assert len({appointment.calendars.get() for appointment in at_ten}) == 3
