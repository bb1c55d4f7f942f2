"""The invitations of our mails, imported one after the other: created, moved and cancelled are one event."""

from datetime import timedelta

import pytest
import time_machine

from notifications.models import Message
from notifications.services.delivery import deliver
from notifications.services.resending import resend_message
from scheduling.engine.intervals import Interval
from scheduling.models import AppointmentStatus
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointment_edits import Edit, change_calendars, edit_appointment
from scheduling.services.appointment_resumption import resume_appointment
from scheduling.services.appointments import cancel_appointment
from scheduling.services.booking import Attendee, place_appointment
from scheduling.services.hand_moves import Destination, move_by_hand
from scheduling.services.participants import add_participant, remove_participant, set_participant_status
from scheduling.services.seats import set_seats
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    make_organization,
    make_participation,
    make_workshop,
    paris,
)
from tests.mailed_calendars import MailedCalendar

pytestmark = pytest.mark.django_db

CAMILLE = "camille@example.org"
NINE, TEN, ELEVEN = (paris(MONDAY, hour) for hour in (9, 10, 11))


class Clock:
    """A minute passes between two acts."""

    def __init__(self):
        self.now = NOW

    def tick(self):
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def organization():
    return make_organization(name="Centre social d'Arras")


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization)


@pytest.fixture
def camille(organization):
    return make_citizen(organization=organization, email=CAMILLE)


@pytest.fixture
def appointment(organization, camille):
    return make_appointment(organization=organization, citizen=camille)


@pytest.fixture
def post(smtp_server):
    """`post()` sends what waits and gives the new mails, in order."""

    def send():
        before = len(smtp_server.messages)
        waiting = Message.objects.filter(status=Message.Status.QUEUED).order_by("created_at", "pk")
        for pk in waiting.values_list("pk", flat=True):
            deliver(message_id=pk, now=NOW + timedelta(hours=1))
        return smtp_server.messages[before:]

    return send


@pytest.fixture
def received(post):
    """`received(calendar, …)` imports what was sent since to their readers; the starts in the first."""

    def receive(*calendars):
        for mail in post():
            for calendar in calendars:
                if mail["To"] == calendar.address:
                    calendar.receive(mail)
        return calendars[0].starts

    return receive


def move(appointment, starts_at, *, clock, agent):
    period = Interval(starts_at, starts_at + timedelta(minutes=30))
    return move_by_hand(
        appointment=appointment,
        to=Destination.of(appointment, period=period),
        actor=Actor.of(agent),
        now=clock.tick(),
    )


def test_created_moved_and_cancelled_leave_one_then_a_moved_then_no_event(appointment, received, clock, agent):
    calendar = MailedCalendar(CAMILLE)
    assert received(calendar) == [NINE]

    move(appointment, TEN, clock=clock, agent=agent)
    assert received(calendar) == [TEN]

    cancel_appointment(
        appointment=appointment, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=Actor.of(agent), now=clock.tick()
    )
    assert received(calendar) == []
    assert calendar.known == 1


def test_whatever_happens_to_an_rdv_stays_one_event(appointment, received, clock, agent):
    calendar = MailedCalendar(CAMILLE)
    acting = {"actor": Actor.of(agent)}
    received(calendar)

    annexe = make_location(organization=appointment.organization, name="Annexe")
    edited = edit_appointment(
        appointment=appointment,
        edit=Edit(location=annexe),
        seen=appointment.ics_sequence,
        now=clock.tick(),
        **acting,
    )
    received(calendar)
    assert str(calendar.events[0]["LOCATION"]).startswith("Annexe")

    moved = move(edited, ELEVEN, clock=clock, agent=agent)
    assert received(calendar) == [ELEVEN]
    move(moved, NINE, clock=clock, agent=agent)  # « Annuler », after a drag.
    assert received(calendar) == [NINE]

    cancel = {"appointment": appointment, "status": AppointmentStatus.UNSCHEDULED}
    cancel_appointment(now=clock.tick(), **cancel, **acting)
    assert received(calendar) == []
    resume_appointment(appointment=appointment, now=clock.tick(), **acting)
    assert received(calendar) == [NINE]

    theirs = appointment.participations.get()
    set_participant_status(
        participation=theirs, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=clock.tick()
    )
    assert received(calendar) == []
    assert calendar.known == 1


def test_what_arrives_late_changes_nothing(appointment, post, clock, agent):
    calendar = MailedCalendar(CAMILLE)
    created = post()
    moved = move(appointment, TEN, clock=clock, agent=agent)
    first_move = post()
    move(moved, ELEVEN, clock=clock, agent=agent)
    second_move = post()
    cancel_appointment(
        appointment=appointment, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=Actor.of(agent), now=clock.tick()
    )
    cancelled = post()

    for mails, starts in [
        (second_move, [ELEVEN]),
        (first_move, [ELEVEN]),
        (created, [ELEVEN]),
        (cancelled, []),
        (second_move, []),
        (created, []),
    ]:
        for mail in mails:
            calendar.receive(mail)
        assert calendar.starts == starts


def test_two_events_of_one_second_are_told_apart_by_their_sequence(appointment, post, agent, clock):
    calendar = MailedCalendar(CAMILLE)
    post()
    stopped = Clock()
    stopped.tick = lambda: NOW
    moved = move(appointment, TEN, clock=stopped, agent=agent)
    move(moved, ELEVEN, clock=stopped, agent=agent)

    for mail in reversed(post()):
        calendar.receive(mail)

    assert calendar.starts == [ELEVEN]


def test_a_confirmation_sent_again_replaces_the_first_with_the_link_that_works(appointment, received, clock, agent):
    calendar = MailedCalendar(CAMILLE)
    received(calendar)
    before = str(calendar.events[0]["URL"])

    clock.now += timedelta(minutes=10)
    resend_message(message=Message.objects.get(recipient=CAMILLE), agent=agent, now=clock.tick())

    assert received(calendar) == [NINE]
    (event,) = calendar.events
    assert event["URL"] != before
    assert event["URL"] == Message.objects.filter(recipient=CAMILLE).latest("pk").link


def test_who_is_taken_away_and_comes_back_has_it_again(appointment, received, clock, agent, camille):
    calendar = MailedCalendar(CAMILLE)
    acting = {"actor": Actor.of(agent)}
    make = {"appointment": appointment, "attendee": Attendee(make_citizen(organization=appointment.organization))}
    add_participant(now=clock.tick(), **make, **acting)
    assert received(calendar) == [NINE]

    theirs = appointment.participations.get(citizen=camille)
    remove_participant(participation=theirs, now=clock.tick(), **acting)
    assert received(calendar) == []
    add_participant(appointment=appointment, attendee=Attendee(camille), now=clock.tick(), **acting)
    assert received(calendar) == [NINE]
    assert calendar.known == 1


def test_each_participant_has_their_own_cancellation(organization, received, clock, agent, camille):
    dominique = make_citizen(organization=organization, email="dominique@example.org")
    calendars = [MailedCalendar(CAMILLE), MailedCalendar("dominique@example.org")]
    appointment = _together(organization, [camille, dominique])
    received(*calendars)
    assert [calendar.starts for calendar in calendars] == [[NINE], [NINE]]

    set_participant_status(
        participation=appointment.participations.get(citizen=camille),
        status=AppointmentStatus.CANCELLED_BY_CITIZEN,
        actor=CITIZEN,
        now=clock.tick(),
    )
    received(*calendars)
    assert [calendar.starts for calendar in calendars] == [[], [NINE]]


def test_a_parent_of_two_children_keeps_the_event_of_the_one_who_still_comes(organization, received, clock, agent):
    """Both events are in one mailbox: one UID for both would take away the other child's."""
    parent = make_citizen(organization=organization, email="parent@example.org")
    lou, sacha = (
        make_citizen(organization=organization, first_name=name, email="", responsible=parent)
        for name in ("Lou", "Sacha")
    )
    calendar = MailedCalendar("parent@example.org")
    appointment = _together(organization, [lou, sacha])
    assert received(calendar) == [NINE, NINE]

    remove_participant(
        participation=appointment.participations.get(citizen=lou), actor=Actor.of(agent), now=clock.tick()
    )
    assert received(calendar) == [NINE]
    move(appointment, TEN, clock=clock, agent=agent)
    assert received(calendar) == [TEN]
    cancel_appointment(
        appointment=appointment, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=Actor.of(agent), now=clock.tick()
    )
    assert received(calendar) == []


def test_a_seat_that_becomes_free_is_an_event_from_then_on(organization, received, clock, camille):
    calendar = MailedCalendar(CAMILLE)
    workshop = make_workshop(organization=organization, seats=1)
    registered = make_participation(workshop=workshop)
    make_participation(workshop=workshop, citizen=camille)
    assert received(calendar) == []

    remove_participant(participation=registered, actor=Actor.of(workshop.created_by), now=clock.tick())
    assert received(calendar) == [NINE]


def test_who_gave_a_seat_up_and_gets_one_again_has_the_event_again(organization, received, clock, camille):
    """The queue moves up because there are more seats: nothing else of the workshop changes."""
    calendar = MailedCalendar(CAMILLE)
    workshop = make_workshop(organization=organization, seats=1)
    acting = {"actor": Actor.of(workshop.created_by)}
    theirs = make_participation(workshop=workshop, citizen=camille)
    assert received(calendar) == [NINE]
    status = AppointmentStatus.CANCELLED_BY_CITIZEN
    set_participant_status(participation=theirs, status=status, actor=CITIZEN, now=clock.tick())
    make_participation(workshop=workshop, now=clock.tick())
    make_participation(workshop=workshop, citizen=camille, now=clock.tick())
    assert received(calendar) == []

    workshop.refresh_from_db()
    set_seats(workshop, seats=2, now=clock.tick(), **acting)
    assert received(calendar) == [NINE]
    assert calendar.known == 1


def test_an_agents_calendar_follows_their_rdv(organization, received, clock, agent, camille):
    calendar = MailedCalendar(agent.email)
    other = make_agent(organization=organization)
    appointment = make_appointment(
        organization=organization, calendar=agent.calendar, citizen=camille, actor=Actor.of(other)
    )
    assert received(calendar) == [NINE]

    moved = move(appointment, TEN, clock=clock, agent=other)
    assert received(calendar) == [TEN]
    cancel_appointment(
        appointment=moved, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=Actor.of(other), now=clock.tick()
    )
    assert received(calendar) == []
    assert calendar.known == 1


def test_an_agent_who_joins_has_the_event_and_nobody_else_hears_of_it(appointment, received, clock, agent):
    joins = make_agent(organization=appointment.organization)
    calendars = [MailedCalendar(joins.email), MailedCalendar(CAMILLE)]
    received(*calendars)
    ids = {*appointment.calendars.values_list("pk", flat=True), joins.calendar.pk}

    change_calendars(appointment=appointment, calendar_ids=ids, actor=Actor.of(agent), now=clock.tick())

    assert received(*calendars) == [NINE]
    assert calendars[1].starts == [NINE]


def test_the_file_of_the_page_is_the_same_event(appointment, post, client):
    (mail,) = (mail for mail in post() if mail["To"] == CAMILLE)
    mailed = mail.get_body(("calendar",)).get_content()

    with time_machine.travel(NOW, tick=False):
        page = client.get(Message.objects.get(recipient=CAMILLE).link + "rendez-vous.ics").content.decode()

    for name in ("UID", "ORGANIZER", "DTSTART"):
        assert _line(page, name) == _line(mailed, name)
    assert "ATTENDEE" not in page  # RFC 5546, 3.2.1: none in what is published.


def _line(text, name):
    return next(line for line in text.splitlines() if line.startswith(name))


def _together(organization, citizens):
    motif = make_motif(organization=organization)
    return place_appointment(
        motif=motif,
        period=Interval(NINE, NINE + timedelta(minutes=30)),
        calendar_ids=[make_calendar(organization=organization).pk],
        location_id=make_location(organization=organization).pk,
        attendees=[Attendee(citizen) for citizen in citizens],
        actor=CITIZEN,
        now=NOW,
    )
