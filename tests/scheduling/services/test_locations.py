"""What cannot happen to a place, even when two people act at once or somebody goes around the services."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from organizations.models import Location
from scheduling.exceptions import LocationInUse, SchedulingError
from scheduling.models import Conflict, Opening
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import Actor
from scheduling.services.conflicts import keep_appointment
from scheduling.services.desks import change_desk, create_desk
from scheduling.services.holds import take_hold
from scheduling.services.locations import close_location, delete_location, reopen_location, share_location
from scheduling.services.nightly import roll_forward
from scheduling.services.reference_week_application import apply_reference_week
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_calendar,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_reference_week,
    paris,
)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def location(organization):
    return make_location(organization=organization)


@pytest.fixture
def sister(organization, location):
    sister = make_organization(territory=organization.territory)
    location.shared_with.add(sister)
    return sister


def reasons():
    return sorted(Conflict.objects.order_by("pk").values_list("appointment_calendar__appointment", "reasons"))


@pytest.mark.django_db
class TestAClosedPlace:
    def test_leaves_its_rdvs_to_settle_in_every_organization_and_no_others(self, organization, location, sister):
        here, theirs = (make_motif(organization=owner) for owner in (organization, sister))
        mine, other = (make_opening(motifs=[motif], location=location) for motif in (here, theirs))
        booked = make_appointment(motif=here, calendar=mine.calendar, location=location)
        at_sisters = make_appointment(motif=theirs, calendar=other.calendar, location=location)
        elsewhere = make_opening(motifs=[here])
        make_appointment(motif=here, calendar=elsewhere.calendar, location=elsewhere.location)

        close_location(location=location, now=NOW)

        assert reasons() == sorted([(booked.pk, ["outside"]), (at_sisters.pk, ["outside"])])

    def test_leaves_rdvs_by_phone_alone(self, organization, location):
        by_phone = make_motif(organization=organization, location_kind="phone")
        opening = make_opening(motifs=[by_phone], location=location)
        make_appointment(motif=by_phone, calendar=opening.calendar)

        close_location(location=location, now=NOW)

        assert reasons() == []
        assert offered_slots([Demand(by_phone)], start=NOW, end=paris(FRIDAY, 0), now=NOW)

    def test_reopened_holds_them_again_but_for_what_was_kept(self, organization, location):
        motif = make_motif(organization=organization)
        opening = make_opening(motifs=[motif], location=location)
        first, second = (
            make_appointment(motif=motif, calendar=opening.calendar, location=location, starts_at=paris(MONDAY, hour))
            for hour in (9, 10)
        )
        close_location(location=location, now=NOW)
        agent = make_agent(organization=organization)
        assert keep_appointment(appointment=first, actor=Actor.of(agent), now=NOW)

        reopen_location(location=location, now=NOW)

        assert reasons() == []
        assert {slot.starts_at for slot in offered_slots([Demand(motif)], start=NOW, end=paris(FRIDAY, 0), now=NOW)}
        assert second.starts_at == paris(MONDAY, 10)

    def test_is_what_the_night_finds_too(self, organization, location):
        """Nothing drifts: the night comes to the same windows and the same conflicts."""
        motif = make_motif(organization=organization)
        opening = make_opening(motifs=[motif], location=location)
        booked = make_appointment(motif=motif, calendar=opening.calendar, location=location)
        close_location(location=location, now=NOW)

        assert roll_forward(calendar_ids=[opening.calendar_id], now=NOW).drifted == 0
        assert reasons() == [(booked.pk, ["outside"])]

    def test_closed_twice_or_opened_twice_changes_nothing(self, location):
        reopen_location(location=location, now=NOW)
        close_location(location=location, now=NOW)
        close_location(location=location, now=NOW.replace(hour=8))

        location.refresh_from_db()
        assert location.closed_at == NOW


@pytest.mark.django_db
def test_a_place_that_a_desk_has_left_is_not_deleted_while_somebody_books_there(organization, location):
    motif = make_motif(organization=organization, booking_audience="everyone")
    desk = make_desk(organization=organization, location=location, motifs=[motif])
    make_opening(calendar=desk.calendar, location=location, motifs=[motif], first_day=MONDAY)
    take_hold(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 9),
        location_id=location.pk,
        visitor_key=uuid4(),
        client_hash="here",
        now=NOW,
    )
    elsewhere = make_location(organization=organization)
    change_desk(desk=desk, name=desk.name, kind="", location=elsewhere, motifs=[motif], units=[], now=NOW)

    with pytest.raises(LocationInUse, match="prend rendez-vous en ce moment"):
        delete_location(location=location, now=NOW)

    assert Location.objects.filter(pk=location.pk).exists()


@pytest.mark.django_db
class TestAPlaceOfOthers:
    @pytest.fixture
    def theirs(self, organization):
        return make_location(organization=make_organization(territory=organization.territory))

    def test_gets_no_desk(self, organization, theirs):
        with pytest.raises(LocationInUse):
            create_desk(organization=organization, location=theirs, name="Guichet", kind="")
        desk = make_desk(organization=organization)
        with pytest.raises(LocationInUse):
            change_desk(desk=desk, motifs=[], units=[], now=NOW, location=theirs)

    def test_gets_no_hours_of_a_reference_week(self, organization, theirs):
        with pytest.raises(LocationInUse):
            apply_reference_week(
                weeks=[make_reference_week(organization=organization, monday="9h-12h")],
                calendar=make_calendar(organization=organization),
                first_day=MONDAY,
                last_day=FRIDAY,
                motifs=[make_motif(organization=organization)],
                location=theirs,
                now=NOW,
            )
        assert not Opening.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("whose", ["another territory", "its own organization"])
def test_the_database_refuses_to_share_a_place_with(organization, location, whose):
    other = make_organization() if whose == "another territory" else organization

    with pytest.raises(IntegrityError, match="cannot be shared"), transaction.atomic():
        location.shared_with.add(other)


def together(*acts):
    """Each in a thread with its own connection, started at once; what each came to."""
    barrier = Barrier(len(acts))

    def run(act):
        try:
            barrier.wait()
            return act()
        except SchedulingError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_a_place_is_taken_back_or_used_never_both(self, organization, sister, location):
        motif = make_motif(organization=sister)
        for _ in range(5):
            location.shared_with.set([sister])
            calendar = make_calendar(organization=sister)
            together(
                lambda: share_location(location=location, organizations=[], now=NOW),
                lambda calendar=calendar: make_opening(calendar=calendar, motifs=[motif], location=location),
                lambda: create_desk(organization=sister, location=location, name="Guichet", kind=""),
            )
            used = Opening.objects.filter(location=location).exists() or location.desks.exists()
            assert used == location.shared_with.exists()
            if used:
                break

    def test_a_place_is_deleted_or_used_never_both(self, organization, location):
        motif = make_motif(organization=organization)
        calendar = make_calendar(organization=organization)

        together(
            lambda: delete_location(location=location, now=NOW),
            lambda: make_opening(calendar=calendar, motifs=[motif], location=location),
            lambda: create_desk(organization=organization, location=location, name="Guichet", kind=""),
        )

        used = Opening.objects.exists() or location.desks.exists()
        assert Location.objects.filter(pk=location.pk).exists() == used
