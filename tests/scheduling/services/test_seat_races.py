"""Thirty at once for five seats, while others leave: real threads, real connections."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from scheduling.exceptions import WorkshopRefused
from scheduling.models import AppointmentEvent, AppointmentStatus, Participation
from scheduling.services.booking import Attendee
from scheduling.services.participants import add_participant, set_participant_status
from tests.factories import NOW, make_citizen, make_organization, make_participation, make_workshop
from tests.scheduling.workshops import agent_of, change, seats_of

pytestmark = pytest.mark.django_db(transaction=True)

SEATS = 5
LATER = NOW + timedelta(minutes=1)


def at_once(*acts):
    """Each in a thread of its own, all let go together; what each gave, in order."""
    barrier = Barrier(len(acts))

    def run(act):
        try:
            barrier.wait(timeout=60)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [future.result() for future in [threads.submit(run, act) for act in acts]]


def registering(workshop, citizen):
    actor = agent_of(workshop)
    return lambda: add_participant(
        appointment=workshop, attendee=Attendee(citizen), actor=actor, now=LATER, may_wait=True
    )


def leaving(participation, workshop):
    actor, status = agent_of(workshop), AppointmentStatus.CANCELLED_BY_CITIZEN
    return lambda: set_participant_status(participation=participation, status=status, actor=actor, now=LATER)


def in_order_of_coming(workshop):
    """The participations as the history says that they came, who left last counted out."""
    kinds = [AppointmentEvent.Kind.PARTICIPANT_ADDED, AppointmentEvent.Kind.PARTICIPANT_WAITING]
    events = workshop.events.filter(kind__in=kinds, participation__left_at=None)
    return [event.participation_id for event in events.order_by("pk")]


@pytest.fixture
def workshop():
    return make_workshop(organization=make_organization(), seats=SEATS)


def test_thirty_register_for_five_seats_while_others_leave(workshop):
    """Never more than five, nobody lost, and who waits is who came last."""
    there = [make_participation(workshop=workshop) for _ in range(3)]
    citizens = [make_citizen(organization=workshop.organization) for _ in range(30)]

    at_once(*(registering(workshop, each) for each in citizens), *(leaving(each, workshop) for each in there))

    seated, waiting = seats_of(workshop), list(workshop.participations.waiting())
    assert set(seated) == set(range(1, SEATS + 1))
    assert {each.citizen for each in [*seated.values(), *waiting]} == set(citizens)
    order = in_order_of_coming(workshop)
    assert {each.pk for each in seated.values()} == set(order[:SEATS])
    assert [each.pk for each in waiting] == order[SEATS:]
    # Whoever waited first and has a seat now was told once.
    moved = workshop.events.filter(kind=AppointmentEvent.Kind.PARTICIPANT_SEATED)
    assert all(number == 1 for number in Counter(moved.values_list("participation", flat=True)).values())


def test_seats_are_lowered_while_people_register(workshop):
    """Either they were there first and it is refused, or fewer seats: never more people than seats."""
    citizens = [make_citizen(organization=workshop.organization) for _ in range(8)]

    def lower():
        try:
            change(workshop, seats=2)
        except WorkshopRefused:
            return False
        return True

    *_, was_lowered = at_once(*(registering(workshop, each) for each in citizens), lower)

    workshop.refresh_from_db()
    assert workshop.seats == (2 if was_lowered else SEATS)
    assert set(seats_of(workshop)) == set(range(1, workshop.seats + 1))
    assert workshop.participations.waiting().count() == len(citizens) - workshop.seats


def test_one_person_registered_by_two_agents_at_once_is_there_once(workshop):
    citizen = make_citizen(organization=workshop.organization)

    def try_it():
        try:
            registering(workshop, citizen)()
        except Exception as error:  # noqa: BLE001 - what it is, is what is asked.
            return type(error).__name__
        return "registered"

    assert sorted(at_once(try_it, try_it)) == ["AlreadyParticipating", "registered"]
    assert Participation.objects.count() == 1
