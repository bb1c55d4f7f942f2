"""An RDV that its calendar gives no time any longer is a conflict, until somebody settles it."""

from datetime import time, timedelta

import pytest
from django.db import IntegrityError, connection

from organizations.models import Motif
from scheduling.engine.series import Scope
from scheduling.models import Appointment, AppointmentStatus, Conflict
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment, move_appointment, record_outcome
from scheduling.services.conflicts import keep_appointment, purge_past_conflicts
from scheduling.services.desks import archive_desk, change_desk
from scheduling.services.opening_days import add_closure, remove_closure, set_holidays_on_dates, set_open_weekdays
from scheduling.services.openings import change_opening, close_opening
from scheduling.services.recomputation import MOST_CALENDARS_AT_ONCE, refresh_stale_calendars
from scheduling.services.reference_week_application import apply_reference_week
from scheduling.services.unavailabilities import change_unavailability, remove_unavailability
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_closure,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_reference_week,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db

NEXT_TUESDAY = TUESDAY + timedelta(days=7)


@pytest.fixture(scope="module")
def opening(rows_of_the_module):
    """Every day from 9 h to 12 h."""
    return make_opening(rrule="FREQ=DAILY")


@pytest.fixture(scope="module")
def appointment(opening):
    """Tuesday at 10 h, within the opening."""
    return book(opening, TUESDAY, 10)


@pytest.fixture
def unbooked():
    """Another one, in which nobody has an RDV yet."""
    return make_opening(rrule="FREQ=DAILY")


def book(opening, day, hour, **fields):
    return make_appointment(
        motif=opening.motifs.get(),
        calendar=opening.calendar,
        location=opening.location,
        starts_at=paris(day, hour),
        **fields,
    )


def change(opening, **fields):
    return change_opening(opening=opening, motifs=opening.motifs.all(), now=NOW, **fields)


def conflicts(now=NOW):
    """{appointment: reasons} of those that are open."""
    return {
        conflict.appointment_calendar.appointment_id: conflict.reasons
        for conflict in Conflict.objects.open(now).order_by("pk")
    }


def test_an_appointment_within_the_opening_is_none(appointment):
    assert conflicts() == {}


class TestIsFoundAfter:
    def test_an_unavailability(self, opening, appointment):
        make_unavailability(calendar=opening.calendar, organization=opening.organization, first_day=TUESDAY)

        assert conflicts() == {appointment.pk: ["unavailable"]}

    def test_an_unavailability_of_another_organization(self, opening, appointment):
        make_unavailability(calendar=opening.calendar, first_day=TUESDAY)

        assert conflicts() == {appointment.pk: ["unavailable"]}

    def test_an_unavailability_that_it_touches_in_part(self, opening, appointment):
        make_unavailability(calendar=opening.calendar, first_day=TUESDAY, end_time=time(10, 1))

        assert conflicts() == {appointment.pk: ["unavailable"]}

    def test_but_not_an_unavailability_that_ends_when_it_begins(self, opening, appointment):
        make_unavailability(calendar=opening.calendar, first_day=TUESDAY, end_time=time(10))

        assert conflicts() == {}

    def test_a_shortened_opening(self, opening, appointment):
        change(opening, start_time=time(10, 1))

        assert conflicts() == {appointment.pk: ["outside"]}

    def test_one_occurrence_that_is_shortened(self, opening, appointment):
        other = book(opening, NEXT_TUESDAY, 10)
        change(opening, scope=Scope.OCCURRENCE, day=TUESDAY, first_day=TUESDAY, rrule="", start_time=time(11))

        assert conflicts() == {appointment.pk: ["outside"]}
        assert other.pk not in conflicts()

    def test_an_opening_moved_to_another_place(self, opening, appointment):
        change(opening, location=make_location(organization=opening.organization))

        assert conflicts() == {appointment.pk: ["outside"]}

    def test_a_deleted_opening(self, opening, appointment):
        close_opening(opening=opening, now=NOW)

        assert conflicts() == {appointment.pk: ["outside"]}

    def test_a_deleted_opening_whose_hours_another_one_has_is_none(self, opening, appointment):
        make_opening(
            calendar=opening.calendar, motifs=opening.motifs.all(), location=opening.location, first_day=TUESDAY
        )
        close_opening(opening=opening, now=NOW)

        assert conflicts() == {}

    def test_hours_of_another_organization_do_not_hold_it(self, opening, appointment):
        make_opening(calendar=opening.calendar, first_day=TUESDAY)
        close_opening(opening=opening, now=NOW)

        assert conflicts() == {appointment.pk: ["outside"]}

    def test_a_closure(self, opening, appointment):
        make_closure(organization=opening.organization, first_day=TUESDAY, last_day=TUESDAY)

        assert conflicts() == {appointment.pk: ["closed"]}

    def test_a_closure_of_a_calendar_without_any_opening_left(self, opening, appointment):
        close_opening(opening=opening, now=NOW)
        make_closure(organization=opening.organization, first_day=TUESDAY, last_day=TUESDAY)

        assert conflicts() == {appointment.pk: ["closed", "outside"]}

    def test_a_closure_of_the_whole_territory(self, opening, appointment):
        territory = opening.organization.territory
        add_closure(territory=territory, organization=None, first_day=TUESDAY, last_day=TUESDAY, label="Pont", now=NOW)

        assert conflicts() == {appointment.pk: ["closed"]}

    def test_a_closure_of_another_organization_is_none(self, opening, appointment):
        make_closure(
            organization=make_organization(territory=opening.organization.territory),
            first_day=TUESDAY,
            last_day=TUESDAY,
        )

        assert conflicts() == {}

    def test_a_weekday_that_closes(self, opening, appointment):
        set_open_weekdays(organization=opening.organization, weekdays=[0, 2, 3, 4], now=NOW)

        assert conflicts() == {appointment.pk: ["closed"]}

    def test_a_holiday_that_is_switched_on(self, opening):
        easter_monday = MONDAY + timedelta(days=35)
        set_holidays_on_dates(organization=opening.organization, closed={easter_monday: False}, now=NOW)
        appointment = book(opening, easter_monday, 10)
        set_holidays_on_dates(organization=opening.organization, closed={easter_monday: True}, now=NOW)

        assert conflicts() == {appointment.pk: ["closed"]}

    def test_a_reference_week(self, opening, appointment):
        apply_reference_week(
            weeks=[make_reference_week(organization=opening.organization, tuesday="14h-16h")],
            calendar=opening.calendar,
            motifs=opening.motifs.all(),
            location=opening.location,
            first_day=MONDAY,
            last_day=NEXT_TUESDAY,
            now=NOW,
        )

        assert conflicts() == {appointment.pk: ["outside"]}

    def test_a_desk_that_moves(self):
        opening = make_desk_opening()
        appointment = book(opening, TUESDAY, 10)
        elsewhere = make_location(organization=opening.organization)
        change_desk(desk=opening.calendar.desk, location=elsewhere, motifs=[], units=[], now=NOW)

        assert conflicts() == {appointment.pk: ["outside"]}

    def test_a_desk_that_is_archived(self):
        opening = make_desk_opening()
        appointment = book(opening, TUESDAY, 10)
        archive_desk(desk=opening.calendar.desk, now=NOW)

        assert conflicts() == {appointment.pk: ["outside"]}

    def test_an_outcome_said_too_soon_and_taken_back(self, unbooked):
        appointment = book(unbooked, MONDAY, 10)
        actor = Actor.of(make_agent(organization=unbooked.organization))
        record_outcome(appointment=appointment, status=AppointmentStatus.FULFILLED, actor=actor, now=NOW)
        close_opening(opening=unbooked, now=NOW)
        assert conflicts() == {}

        record_outcome(appointment=appointment, status=AppointmentStatus.BOOKED, actor=actor, now=NOW)

        assert conflicts() == {appointment.pk: ["outside"]}

    def test_a_change_of_many_calendars_once_their_batch_is_done(self):
        motif = make_motif()
        organization, location = motif.organization, make_location(organization=motif.organization)
        calendars = [make_calendar(organization=organization) for _ in range(MOST_CALENDARS_AT_ONCE + 1)]
        for calendar in calendars:
            make_opening(calendar=calendar, motifs=[motif], location=location)
        appointment = make_appointment(motif=motif, calendar=calendars[0], location=location)
        make_closure(organization=organization)
        refresh_stale_calendars(now=NOW)

        assert conflicts() == {appointment.pk: ["closed"]}


def make_desk_opening():
    desk = make_desk()
    return make_opening(
        calendar=desk.calendar, organization=desk.organization, location=desk.location, rrule="FREQ=DAILY"
    )


class TestEndsWhen:
    @pytest.fixture
    def absence(self, opening, appointment):
        return make_unavailability(
            calendar=opening.calendar, organization=opening.organization, first_day=TUESDAY, end_time=time(18)
        )

    def test_the_unavailability_is_removed(self, absence):
        remove_unavailability(unavailability=absence, now=NOW)

        assert not Conflict.objects.exists()

    def test_the_unavailability_is_shortened(self, absence):
        change_unavailability(unavailability=absence, start_time=time(14), now=NOW)

        assert not Conflict.objects.exists()

    def test_the_closure_is_removed(self, opening, appointment):
        closure = make_closure(organization=opening.organization, first_day=TUESDAY, last_day=TUESDAY)
        remove_closure(closure=closure, now=NOW)

        assert not Conflict.objects.exists()

    def test_the_appointment_is_moved(self, absence, opening, appointment):
        move_appointment(
            appointment=appointment,
            starts_at=paris(NEXT_TUESDAY, 10),
            location_id=opening.location_id,
            actor=Actor.of(make_agent()),
            for_agent=True,
            now=NOW,
        )

        assert not Conflict.objects.exists()

    def test_the_appointment_is_cancelled(self, absence, appointment):
        cancel_appointment(
            appointment=appointment, status=AppointmentStatus.UNSCHEDULED, actor=Actor.of(make_agent()), now=NOW
        )

        assert conflicts() == {}

    def test_the_appointment_begins(self, absence, appointment):
        assert conflicts(now=appointment.starts_at) == {}
        purge_past_conflicts(now=appointment.starts_at + timedelta(minutes=1))
        assert not Conflict.objects.exists()


class TestKept:
    @pytest.fixture
    def agent(self, opening):
        return make_agent(organization=opening.organization)

    @pytest.fixture
    def absence(self, opening, appointment, agent):
        absence = make_unavailability(calendar=opening.calendar, organization=opening.organization, first_day=TUESDAY)
        keep_appointment(appointment=appointment, actor=Actor.of(agent), now=NOW)
        return absence

    def test_is_settled_and_says_by_whom(self, absence, agent):
        assert conflicts() == {}
        assert Conflict.objects.get().kept_by == agent

    def test_stays_so_after_a_change_that_has_nothing_to_do_with_it(self, absence, opening):
        make_unavailability(calendar=opening.calendar, first_day=NEXT_TUESDAY)

        assert conflicts() == {}

    def test_stays_so_when_the_unavailability_still_covers_it(self, absence):
        change_unavailability(unavailability=absence, end_time=time(18), now=NOW)

        assert conflicts() == {}

    def test_is_open_again_when_something_else_stands_against_it(self, absence, opening, appointment):
        later = NOW + timedelta(hours=1)
        close_opening(opening=opening, now=later)

        assert conflicts() == {appointment.pk: ["outside", "unavailable"]}
        assert (Conflict.objects.get().found_at, Conflict.objects.get().kept_by) == (later, None)

    def test_is_open_again_when_the_same_comes_back(self, absence, opening, appointment):
        remove_unavailability(unavailability=absence, now=NOW)
        make_unavailability(calendar=opening.calendar, first_day=TUESDAY)

        assert conflicts() == {appointment.pk: ["unavailable"]}

    def test_of_what_has_two_reasons_stays_so_when_one_ends(self, absence, opening, appointment, agent):
        close_opening(opening=opening, now=NOW)
        keep_appointment(appointment=appointment, actor=Actor.of(agent), now=NOW)
        remove_unavailability(unavailability=absence, now=NOW)

        assert conflicts() == {}
        assert Conflict.objects.get().reasons == ["outside"]


class TestPlacedByHand:
    def test_outside_the_opening_is_kept_from_the_start(self, opening):
        book(opening, TUESDAY, 15)

        assert conflicts() == {}
        assert Conflict.objects.get().reasons == ["outside"]

    def test_is_not_open_again_when_the_hours_change_elsewhere(self, opening):
        book(opening, TUESDAY, 15)
        change(opening, start_time=time(8))

        assert conflicts() == {}

    def test_in_the_past_is_none(self, opening):
        book(opening, MONDAY - timedelta(days=1), 15)

        assert not Conflict.objects.exists()

    def test_at_the_telephone_is_held_by_hours_at_any_place(self, unbooked):
        motif = make_motif(organization=unbooked.organization, location_kind=Motif.LocationKind.PHONE)
        make_appointment(motif=motif, calendar=unbooked.calendar, starts_at=paris(TUESDAY, 10))

        assert not Conflict.objects.exists()


class TestSeveralCalendars:
    def test_have_a_conflict_each(self, opening, appointment):
        other = make_calendar(organization=opening.organization)
        make_opening(
            calendar=other,
            motifs=opening.motifs.all(),
            location=opening.location,
            organization=opening.organization,
            first_day=TUESDAY,
        )
        appointment.appointment_calendars.create(
            organization=opening.organization,
            calendar=other,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
        )
        make_unavailability(calendar=other, organization=opening.organization, first_day=TUESDAY)

        assert Conflict.objects.open(NOW).get().appointment_calendar.calendar == other


def test_a_conflict_costs_a_change_of_hours_no_more_queries_with_more_appointments(
    unbooked, django_assert_max_num_queries
):
    for hour in (9, 10, 11):
        for number in range(6):
            book(unbooked, TUESDAY + timedelta(days=number), hour)

    with django_assert_max_num_queries(40):
        change(unbooked, start_time=time(11))

    assert len(conflicts()) == 12


def test_the_database_keeps_a_conflict_in_the_organization_of_its_appointment(opening, appointment):
    make_unavailability(calendar=opening.calendar, first_day=TUESDAY)

    with pytest.raises(IntegrityError, match="conflict_of_its_organization"):
        Conflict.objects.update(organization=make_organization())
        connection.check_constraints()


def test_a_member_sees_the_conflicts_of_the_appointments_they_see(opening, appointment):
    make_unavailability(calendar=opening.calendar, first_day=TUESDAY)
    seen = make_agent(organization=opening.organization, role="admin").memberships.get()
    stranger = make_agent(organization=make_organization()).memberships.get()

    assert Conflict.objects.visible_to(seen).count() == 1
    assert Conflict.objects.visible_to(stranger).count() == 0
    assert Appointment.objects.visible_to(stranger).count() == 0
