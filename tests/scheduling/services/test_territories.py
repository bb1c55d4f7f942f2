"""A territory or an organization changes its zone: windows, conflicts and RDVs afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from scheduling.models import Appointment, Calendar, Conflict, FreeWindow
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.selectors.zone_changes import as_organization_would_be, as_territory_would_be, zone_change_of
from scheduling.services.organizations import change_organization
from scheduling.services.recomputation import MOST_CALENDARS_AT_ONCE, refresh_stale_calendars
from scheduling.services.territories import change_territory
from scheduling.services.unavailabilities import add_unavailability
from tests.conftest import EXAMPLES_IN_A_DATABASE
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_location,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_unavailability,
    paris,
)
from tests.scheduling.walks import conflict_drift, drift

REUNION, PARIS = ZoneInfo("Indian/Reunion"), ZoneInfo("Europe/Paris")
# Clocks change in Paris on 29 March, four weeks after NOW.
AFTER_THE_CHANGE = date(2026, 3, 30)


@pytest.fixture
def territory(db):
    return make_territory()


@pytest.fixture
def organization(territory):
    return make_organization(territory=territory)


@pytest.fixture
def opening(organization):
    """Every day from 9 h to 12 h."""
    return make_opening(organization=organization, rrule="FREQ=DAILY")


def starts(day, zone):
    rows = FreeWindow.objects.filter(local_day=day).order_by("starts_at")
    return [row.starts_at.astimezone(zone).time() for row in rows]


def nothing_has_drifted():
    return drift(NOW) == (set(), set()) and conflict_drift(NOW) == {}


class TestTheTimeZoneOfATerritory:
    def test_keeps_the_hours_on_the_wall_before_and_after_clocks_change(self, territory, opening):
        change_territory(territory=territory, now=NOW, time_zone="Indian/Reunion")

        for day in (TUESDAY, AFTER_THE_CHANGE):
            assert starts(day, REUNION) == [time(9)]
        assert nothing_has_drifted()

    def test_leaves_the_instants_of_appointments_and_notes_those_without_their_time(self, territory, opening):
        """9 h to 12 h in La Réunion is 6 h to 9 h in Paris in winter."""
        motif, calendar, location = opening.motifs.get(), opening.calendar, opening.location
        booked = make_appointment(motif=motif, calendar=calendar, location=location, starts_at=paris(TUESDAY, 10))

        change_territory(territory=territory, now=NOW, time_zone="Indian/Reunion")

        assert Appointment.objects.get().starts_at == booked.starts_at
        assert Conflict.objects.get().reasons == ["outside"]
        assert nothing_has_drifted()

        change_territory(territory=territory, now=NOW, time_zone="Europe/Paris")
        assert not Conflict.objects.exists()
        assert nothing_has_drifted()

    def test_does_not_touch_an_organization_with_its_own(self, territory, opening):
        own = make_organization(territory=territory, time_zone_override="Europe/Paris")
        make_opening(organization=own, rrule="FREQ=DAILY", now=NOW)
        before = set(FreeWindow.objects.for_organization(own).values_list("pk", flat=True))

        change_territory(territory=territory, now=NOW, time_zone="Indian/Reunion")

        assert before == set(FreeWindow.objects.for_organization(own).values_list("pk", flat=True))
        assert nothing_has_drifted()

    def test_moves_absences_that_take_time_from_another_organization(self, territory, organization):
        """An agent of both is away from 9 h to 10 h on the clock of the one that follows the territory."""
        own = make_organization(territory=territory, time_zone_override="Europe/Paris")
        agent = make_agent(organization=organization)
        make_opening(organization=own, calendar=agent.calendar, start_time=time(6), end_time=time(12))
        make_unavailability(
            calendar=agent.calendar, organization=organization, start_time=time(9), end_time=time(10), now=NOW
        )
        assert starts(MONDAY, PARIS) == [time(6), time(10)]

        change_territory(territory=territory, now=NOW, time_zone="Indian/Mayotte")

        # 9 h in Mayotte is 7 h in Paris.
        assert starts(MONDAY, PARIS) == [time(6), time(8)]
        assert nothing_has_drifted()

    def test_of_many_calendars_leaves_no_window_that_is_trusted_and_wrong(self, territory, organization):
        motif, location = make_motif(organization=organization), make_location(organization=organization)
        for _ in range(MOST_CALENDARS_AT_ONCE + 1):
            make_opening(
                calendar=make_calendar(organization=organization), motifs=[motif], location=location, first_day=TUESDAY
            )

        change_territory(territory=territory, now=NOW, time_zone="Indian/Reunion")

        assert Calendar.objects.filter(windows_stale_since=NOW).count() > MOST_CALENDARS_AT_ONCE
        assert drift(NOW) == (set(), set())
        slots = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=2), now=NOW)
        assert min(slot.starts_at for slot in slots).astimezone(REUNION).time() == time(9)
        refresh_stale_calendars(now=NOW)
        assert starts(TUESDAY, REUNION) == [time(9)] * (MOST_CALENDARS_AT_ONCE + 1)
        assert nothing_has_drifted()

    def test_that_stays_writes_nothing(self, territory, opening, django_assert_max_num_queries):
        with django_assert_max_num_queries(3):
            change_territory(territory=territory, now=NOW, time_zone="Europe/Paris", name=territory.name)

    def test_costs_as_much_for_ten_organizations_as_for_two(self, territory, opening):
        def cost():
            zone = "Indian/Reunion" if territory.time_zone == "Europe/Paris" else "Europe/Paris"
            with CaptureQueriesContext(connection) as queries:
                changed = change_territory(territory=territory, now=NOW, time_zone=zone)
            territory.time_zone = changed.time_zone
            return len(queries)

        def open_in_others(count):
            for _ in range(count):
                make_opening(organization=make_organization(territory=territory), rrule="FREQ=DAILY")

        # Of one alone nothing can cover what another frees: that is not asked.
        open_in_others(1)
        of_two = [cost(), cost()]
        open_in_others(8)

        assert [cost(), cost()] == of_two


class TestThePublicHolidaysOfATerritory:
    def test_close_other_days_in_all_of_its_organizations(self, territory, opening):
        """27 May 2026 is kept in Guadeloupe."""
        own = make_organization(territory=territory, time_zone_override="Indian/Reunion")
        make_opening(organization=own, rrule="FREQ=DAILY")
        assert len(starts(date(2026, 5, 27), PARIS)) == 2

        change_territory(territory=territory, now=NOW, country="FR", subdivision="971")

        assert starts(date(2026, 5, 27), PARIS) == []
        assert nothing_has_drifted()


class TestTheTimeZoneOfAnOrganization:
    def test_moves_its_own_hours_only(self, territory, organization, opening):
        sister = make_organization(territory=territory)
        make_opening(organization=sister, rrule="FREQ=DAILY")

        change_organization(organization=organization, now=NOW, time_zone_override="Indian/Reunion")

        rows = FreeWindow.objects.filter(local_day=TUESDAY)
        assert rows.get(organization=organization).starts_at.astimezone(REUNION).time() == time(9)
        assert rows.get(organization=sister).starts_at == paris(TUESDAY, 9)
        assert nothing_has_drifted()

        change_organization(organization=organization, now=NOW, time_zone_override="")
        assert starts(TUESDAY, PARIS) == [time(9), time(9)]
        assert nothing_has_drifted()


class TestWhatIsSaidBefore:
    """The numbers are those that the change then makes."""

    @pytest.mark.parametrize("zone", ["Indian/Reunion", "Europe/London", "Africa/Algiers", "Europe/Brussels"])
    def test_counts_the_appointments_that_become_conflicts(self, territory, opening, zone):
        motif, calendar, location = opening.motifs.get(), opening.calendar, opening.location
        for day, hour in ((TUESDAY, 9), (TUESDAY, 11), (AFTER_THE_CHANGE, 9), (AFTER_THE_CHANGE, 11)):
            make_appointment(motif=motif, calendar=calendar, location=location, starts_at=paris(day, hour))

        said = zone_change_of(as_territory_would_be(territory, time_zone=zone), now=NOW)
        change_territory(territory=territory, now=NOW, time_zone=zone)

        assert (said.outside, said.closed) == (Conflict.objects.filter(reasons__contains=["outside"]).count(), 0)
        assert said.openings == (0 if zone == "Europe/Brussels" else 1)

    def test_counts_those_that_meet_a_closed_day(self, territory, opening):
        make_appointment(
            motif=opening.motifs.get(),
            calendar=opening.calendar,
            location=opening.location,
            starts_at=paris(date(2026, 5, 27), 10),
        )

        said = zone_change_of(as_territory_would_be(territory, country="FR", subdivision="971"), now=NOW)

        assert (said.openings, said.appointments, said.outside, said.closed) == (0, 1, 0, 1)
        assert not Conflict.objects.exists()

    def test_says_nothing_of_openings_that_are_over_and_of_other_organizations(self, territory, organization):
        make_opening(organization=organization)
        make_opening(organization=make_organization(territory=territory))
        later = NOW + timedelta(days=2)

        pairs = as_organization_would_be(organization, time_zone_override="Indian/Reunion")

        assert zone_change_of(pairs, now=NOW).openings == 1
        assert zone_change_of(pairs, now=later).openings == 0

    def test_leaves_what_is_stored_as_it_is(self, territory, organization, opening):
        pairs = as_territory_would_be(territory, time_zone="Indian/Reunion")

        assert [(before.zone, after.zone) for before, after in pairs] == [(PARIS, REUNION)]
        territory.refresh_from_db()
        assert territory.time_zone == "Europe/Paris"


def standing():
    return {row: set(reasons) for row, reasons in Conflict.objects.values_list("appointment_calendar", "reasons")}


ZONES = ["Europe/Paris", "Indian/Reunion", "America/Cayenne", "Europe/London", "Pacific/Tahiti", "Asia/Kathmandu"]


class TestAnyZone(TestCase):
    @hypothesis_settings(max_examples=EXAMPLES_IN_A_DATABASE // 3)
    @given(
        zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=3),
        own=st.sampled_from(["", *ZONES]),
        start=st.integers(0, 20),
        length=st.integers(1, 4),
        booked=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 23)), max_size=4),
    )
    def test_leaves_the_windows_of_the_core_and_the_numbers_that_were_said(self, zones, own, start, length, booked):
        organization = make_organization(territory=make_territory())
        sister = make_organization(territory=organization.territory, time_zone_override=own)
        agent = make_agent(organization=organization)
        make_membership(agent=agent, organization=sister)
        for one in (organization, sister):
            make_opening(
                organization=one,
                calendar=agent.calendar,
                rrule="FREQ=DAILY",
                start_time=time(start),
                end_time=time((start + length) % 24),
            )
        motif = make_motif(organization=organization)
        for day, hour in sorted(set(booked)):
            make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(TUESDAY + timedelta(days=day), hour))
        territory = organization.territory
        for zone in zones:
            before = standing()
            said = zone_change_of(as_territory_would_be(territory, time_zone=zone), now=NOW)
            territory = change_territory(territory=territory, now=NOW, time_zone=zone)

            assert nothing_has_drifted()
            found = [reasons - before.get(row, set()) for row, reasons in standing().items()]
            assert said.outside == sum("outside" in new for new in found)
            assert said.closed == sum("closed" in new for new in found)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def both(self, *acts):
        barrier = Barrier(len(acts))

        def run(act):
            try:
                barrier.wait()
                return act()
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def test_two_administrators_who_change_different_settings_both_have_their_way(self, territory, opening):
        self.both(
            lambda: change_territory(territory=territory, now=NOW, time_zone="Indian/Reunion"),
            lambda: change_territory(territory=territory, now=NOW, name="Le Pays"),
            lambda: change_organization(organization=opening.organization, now=NOW, time_zone_override="Asia/Tokyo"),
        )

        territory.refresh_from_db()
        assert (territory.name, territory.time_zone) == ("Le Pays", "Indian/Reunion")
        assert starts(TUESDAY, ZoneInfo("Asia/Tokyo")) == [time(9)]
        assert nothing_has_drifted()

    def test_what_is_opened_booked_or_taken_back_meanwhile_never_keeps_a_stale_window(self, territory, organization):
        own = make_organization(territory=territory, time_zone_override="Europe/Paris")
        agent, other = make_agent(organization=organization), make_agent(organization=organization)
        motif, location = make_motif(organization=organization), make_location(organization=organization)
        make_opening(organization=own, calendar=agent.calendar, start_time=time(5), end_time=time(12))
        make_opening(motifs=[motif], calendar=other.calendar, location=location, rrule="FREQ=DAILY")

        for zone in ("Indian/Reunion", "Europe/Paris", "America/Cayenne"):
            day = TUESDAY if zone == "Europe/Paris" else MONDAY
            self.both(
                lambda zone=zone: change_territory(territory=territory, now=NOW, time_zone=zone),
                lambda day=day: add_unavailability(
                    organization=organization,
                    calendar=agent.calendar,
                    now=NOW,
                    first_day=day,
                    start_time=time(9),
                    end_time=time(10),
                ),
                lambda: make_opening(
                    motifs=[motif], calendar=make_calendar(organization=organization), location=location
                ),
                lambda zone=zone: make_appointment(
                    motif=motif,
                    calendar=other.calendar,
                    location=location,
                    starts_at=paris(TUESDAY + timedelta(days=ZONES.index(zone)), 10),
                ),
            )
            assert nothing_has_drifted()
