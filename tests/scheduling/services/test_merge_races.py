"""Merging two records while others book, cancel, edit and merge, with real threads and connections."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from time import sleep

import pytest
from django.db import connection, transaction

from organizations.exceptions import MergeRefused, OrganizationsError, RecordsChanged
from organizations.models import Citizen, CitizenAccess, CitizenMerge
from organizations.services.citizens import Named, add_relative, edit_record, identify_citizen, identify_relative
from organizations.services.merges import fingerprint
from scheduling.engine.intervals import Interval
from scheduling.models import Appointment, AppointmentStatus, Participation
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment
from scheduling.services.booking import Attendee, place_appointment
from scheduling.services.citizen_merges import merge_citizens
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_calendar,
    make_citizen,
    make_motif,
    make_organization,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    """Two records of one person, with everything that a record may have, and RDVs on both sides."""

    def __init__(self):
        self.organization = make_organization()
        self.sister = make_organization(territory=self.organization.territory)
        self.agent = make_agent(organization=self.organization)
        self.motif = make_motif(organization=self.organization, location_kind="phone")
        self.unit = make_unit(territory=self.organization.territory)
        self.winner = make_citizen(organization=self.organization, first_name="Zoé", last_name="Durand")
        self.loser = make_citizen(
            organization=self.sister, units=[self.unit], first_name="Zoe", last_name="Durand", email="zd@example.org"
        )
        self.children = [make_citizen(organization=self.organization, responsible=each) for each in self.pair]
        self.referents = [make_agent(organization=self.organization) for _ in range(3)]
        self.winner.referents.add(*self.referents[:2])
        self.loser.referents.add(*self.referents[1:])
        self.of_both = [self.book(*self.pair, day=n) for n in range(2)]
        self.of_one = [self.book(citizen, day=n) for citizen in self.pair for n in range(3, 5)]

    @property
    def pair(self):
        return [self.winner, self.loser]

    def book(self, *citizens, day):
        start = paris(MONDAY + timedelta(days=day), 9)
        return place_appointment(
            motif=self.motif,
            period=Interval(start, start + self.motif.duration),
            calendar_ids=[make_calendar(organization=self.organization).pk],
            attendees=[Attendee(citizen) for citizen in citizens],
            actor=Actor.of(self.agent),
            now=NOW,
        )

    def merge(self, winner=None, loser=None):
        winner = Citizen.objects.get(pk=(winner or self.winner).pk)
        loser = Citizen.objects.get(pk=(loser or self.loser).pk)
        return merge_citizens(
            winner_id=winner.pk,
            loser_id=loser.pk,
            choices={},
            seen=fingerprint(winner=winner, loser=loser),
            agent=self.agent,
            organization=self.organization,
            now=NOW,
        )

    def check_merged(self, *, booked=()):
        """Nothing lost, nothing doubled."""
        appointments = [*self.of_both, *self.of_one, *booked]
        assert sorted(self.winner.participations.values_list("appointment", flat=True)) == sorted(
            appointment.pk for appointment in appointments
        )
        assert Participation.objects.count() == Appointment.objects.count() == len(appointments)
        assert set(self.winner.relatives.all()) == set(self.children)
        assert set(self.winner.referents.all()) == set(self.referents)
        assert set(self.winner.accesses.values_list("organization", "unit")) == {
            (self.organization.pk, None),
            (self.sister.pk, self.unit.pk),
        }
        assert not CitizenAccess.objects.filter(citizen=self.loser).exists()
        assert not Participation.objects.filter(citizen=self.loser).exists()
        assert Citizen.objects.get(pk=self.loser.pk).merged_into == self.winner


@pytest.fixture
def world():
    return World()


def in_threads(*acts):
    """What each act gave, or the refusal it met."""

    def run(act):
        try:
            return act()
        except OrganizationsError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@contextmanager
def waiting_for_a_lock(count=1):
    """Yields a function that returns once so many connections of the test wait for a lock."""

    def wait():
        for _ in range(400):
            with connection.cursor() as cursor:
                # Within a transaction PostgreSQL says over and over what it saw first.
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND wait_event_type = 'Lock'"
                )
                if cursor.fetchone()[0] >= count:
                    return
            sleep(0.01)
        raise AssertionError("nobody waits")

    yield wait


def first_then(first, second):
    """`second` begins while `first` has done everything but commit; it must wait for it. Both results."""
    done, go_on = Event(), Event()

    def held():
        with transaction.atomic():
            result = first()
            done.set()
            assert go_on.wait(10)
        return result

    def meanwhile():
        assert done.wait(10)
        return second()

    def let_go():
        assert done.wait(10)
        with waiting_for_a_lock() as wait:
            wait()
        go_on.set()

    return in_threads(held, meanwhile, let_go)[:2]


def test_a_booking_that_was_first_follows(world):
    booked, _ = first_then(lambda: world.book(world.loser, day=10), world.merge)

    world.check_merged(booked=[booked])


def test_a_booking_that_comes_during_the_merge_finds_the_winner(world):
    _, booked = first_then(world.merge, lambda: world.book(world.loser, day=10))

    world.check_merged(booked=[booked])


def test_a_citizen_who_proves_the_contact_of_the_loser_during_the_merge_is_the_winner(world):
    def identify():
        with transaction.atomic():
            citizen = identify_citizen(
                organization=world.organization,
                first_name="Zoe",
                last_name="Durand",
                proven_email="zd@example.org",
            )
            return world.book(citizen, day=10)

    _, booked = first_then(world.merge, identify)
    world.check_merged(booked=[booked])


def test_a_citizen_who_was_recognised_before_the_merge_keeps_the_rdv(world):
    def identify():
        citizen = identify_citizen(
            organization=world.organization, first_name="Zoe", last_name="Durand", proven_email="zd@example.org"
        )
        return world.book(citizen, day=10)

    booked, _ = first_then(identify, world.merge)
    world.check_merged(booked=[booked])


class TestARelative:
    """Somebody proves the contact of the loser, and books for a child of theirs."""

    def identify(self, world, child, **proven):
        return identify_relative(
            organization=world.organization,
            relative=Named(child.first_name, child.last_name),
            **{"first_name": "Zoe", "last_name": "Durand", "proven_email": "zd@example.org"} | proven,
        )

    def test_who_was_recognised_before_the_merge_stays_the_same(self, world):
        child = world.children[1]

        found, _ = first_then(lambda: self.identify(world, child), world.merge)

        assert found == child
        world.check_merged()

    def test_is_recognised_during_the_merge(self, world):
        child = world.children[1]

        _, found = first_then(world.merge, lambda: self.identify(world, child))

        assert found == child
        world.check_merged()

    def test_who_is_new_is_the_winners(self, world):
        _, found = first_then(world.merge, lambda: self.identify(world, Named("Ali", "Durand")))

        assert found.responsible == world.winner

    def test_whose_record_is_the_older_one_is_locked_first(self, world):
        """By id, as merges and agents do: who locks the parent before would wait for the child in a ring."""
        child = make_citizen(organization=world.organization, first_name="Ali")
        parent = make_citizen(organization=world.organization, last_name="Petit", email="petit@example.org")
        Citizen.objects.filter(pk=child.pk).update(responsible=parent)
        locked = Event()

        def locks_both():
            with transaction.atomic():
                Citizen.objects.select_for_update().get(pk=child.pk)
                locked.set()
                with waiting_for_a_lock() as wait:
                    wait()
                return Citizen.objects.select_for_update(nowait=True).get(pk=parent.pk)

        def identifies():
            assert locked.wait(10)
            who = {"first_name": "Camille", "last_name": "Petit", "proven_email": "petit@example.org"}
            return self.identify(world, child, **who)

        assert in_threads(locks_both, identifies) == [parent, child]


def test_a_participation_written_without_any_lock_finds_the_winner(world):
    """Whatever the code does: the database itself has the last word."""
    stranger = make_citizen(organization=world.organization)
    appointment = world.book(stranger, day=20)
    row = {
        "organization": world.organization,
        "territory": world.organization.territory,
        "appointment": appointment,
        "citizen": world.loser,
        "created_at": NOW,
    }

    first_then(world.merge, lambda: Participation.objects.create(**row))

    assert set(appointment.participations.values_list("citizen", flat=True)) == {stranger.pk, world.winner.pk}


def test_an_rdv_of_both_cancelled_during_the_merge_is_cancelled(world):
    appointment = world.of_both[0]

    def cancel():
        return cancel_appointment(
            appointment=appointment,
            status=AppointmentStatus.CANCELLED_BY_AGENT,
            actor=Actor.of(world.agent),
            now=NOW,
        )

    first_then(cancel, world.merge)

    world.check_merged()
    assert appointment.participations.get().status == AppointmentStatus.CANCELLED_BY_AGENT


def test_what_is_typed_on_the_loser_during_the_merge_is_refused_in_words(world):
    child = make_citizen(organization=world.organization)

    def add():
        return add_relative(citizen=world.loser, relative=child)

    def edit():
        return edit_record(citizen=world.loser, organization=world.sister, referents=[], address="3 rue Haute")

    _, outcomes = first_then(world.merge, lambda: refused(add) + refused(edit))

    assert [type(outcome) for outcome in outcomes] == [RecordsChanged, RecordsChanged]
    world.check_merged()


def refused(act):
    try:
        return [act()]
    except OrganizationsError as refusal:
        return [refusal]


def test_a_relative_added_just_before_the_merge_follows(world):
    child = make_citizen(organization=world.organization)

    first_then(lambda: add_relative(citizen=world.loser, relative=child), world.merge)

    world.children.append(child)
    world.check_merged()


def test_of_two_merges_that_want_each_others_record_one_is_refused(world):
    outcomes = in_threads(world.merge, lambda: world.merge(world.loser, world.winner))

    assert [isinstance(outcome, MergeRefused) for outcome in outcomes].count(True) == 1
    assert CitizenMerge.objects.count() == 1
    (standing,) = Citizen.objects.filter(pk__in=[world.winner.pk, world.loser.pk], merged_into=None)
    assert standing.participations.count() == len(world.of_both) + len(world.of_one)


def test_two_who_become_each_others_relatives_at_once(world):
    one, other = (make_citizen(organization=world.organization) for _ in range(2))

    outcomes = in_threads(
        lambda: add_relative(citizen=other, relative=one), lambda: add_relative(citizen=one, relative=other)
    )

    assert [isinstance(outcome, OrganizationsError) for outcome in outcomes].count(True) == 1


def test_merging_while_many_book_for_the_loser(world):
    """RDVs on both sides, relatives, referents, an RDV of both, and requests that book for the loser all the while."""

    def books(days):
        return [world.book(world.loser, day=day) for day in days]

    def books_by_contact(days):
        booked = []
        for day in days:
            with transaction.atomic():
                citizen = identify_citizen(
                    organization=world.organization,
                    first_name="ZOÉ",
                    last_name="Durand",
                    proven_email="zd@example.org",
                )
                booked.append(world.book(citizen, day=day))
        return booked

    def merges():
        sleep(0.05)
        return world.merge()

    *booked, _ = in_threads(
        lambda: books(range(30, 36)),
        lambda: books(range(40, 46)),
        lambda: books_by_contact(range(50, 56)),
        merges,
    )

    world.check_merged(booked=[appointment for each in booked for appointment in each])
