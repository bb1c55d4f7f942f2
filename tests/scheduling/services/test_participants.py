"""Somebody more in an appointment, somebody less, and what came of each: status, history, messages, links."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from notifications.models import Message
from notifications.services.delivery import deliver
from notifications.services.reminders import queue_due_reminders
from organizations.models import Citizen
from scheduling.engine.intervals import Interval
from scheduling.exceptions import AlreadyParticipating, AppointmentFull, AppointmentNotChangeable, LastParticipant
from scheduling.models import AppointmentEvent, AppointmentStatus, Participation
from scheduling.participation_links import BadLink, link_token, participation_of
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointment_status import status_from
from scheduling.services.appointments import cancel_appointment, record_outcome
from scheduling.services.booking import Attendee, Details, place_appointment
from scheduling.services.participants import (
    add_new_participant,
    add_participant,
    remove_participant,
    set_participant_status,
)
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_motif,
    make_organization,
    paris,
)

pytestmark = pytest.mark.django_db

Status = AppointmentStatus
Kind = AppointmentEvent.Kind
AFTER = paris(MONDAY, 12)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(organization):
    return Actor.of(make_agent(organization=organization))


def people(organization, count):
    return [make_citizen(organization=organization) for _ in range(count)]


def placed(organization, citizens, *, motif=None, starts_at=None, seats=None):
    starts_at = starts_at or paris(MONDAY, 10)
    appointment = place_appointment(
        motif=motif or make_motif(organization=organization, location_kind="phone"),
        period=Interval(starts_at, starts_at + timedelta(minutes=30)),
        calendar_ids=[make_calendar(organization=organization).pk],
        attendees=[Attendee(citizen) for citizen in citizens],
        actor=Actor.of(make_agent(organization=organization)),
        details=Details(seats=seats),
        now=NOW,
    )
    Message.objects.all().delete()
    return appointment


def parts(appointment):
    return list(appointment.participations.order_by("pk"))


def told():
    """What agents are told of one person is in `notifications/test_agents_told`."""
    messages = Message.objects.exclude(kind__in=[Message.Kind.PERSON_JOINED, Message.Kind.PERSON_LEFT])
    return [
        (message.kind, message.participation.citizen if message.participation else message.agent)
        for message in messages.order_by("pk")
    ]


def last_event(appointment):
    return appointment.events.order_by("-pk").first()


class TestAdding:
    def test_tells_this_person_alone_with_a_link_that_opens(self, organization, agent):
        appointment = placed(organization, people(organization, 1))
        newcomer = make_citizen(organization=organization)

        participation = add_participant(appointment=appointment, attendee=Attendee(newcomer), actor=agent, now=NOW)

        assert told() == [(Message.Kind.BOOKED, newcomer)]
        assert link_token(participation) in Message.objects.get(audience="citizen").body
        event = last_event(appointment)
        assert (event.kind, event.participation, event.actor) == (Kind.PARTICIPANT_ADDED, participation, agent.agent)

    def test_makes_the_person_known_to_the_organization(self, organization, agent):
        appointment = placed(organization, people(organization, 1))
        stranger = make_citizen(territory=organization.territory)

        add_participant(appointment=appointment, attendee=Attendee(stranger), actor=agent, now=NOW)

        assert stranger.accesses.filter(organization=organization).exists()

    def test_the_same_person_twice_is_refused(self, organization, agent):
        citizens = people(organization, 1)
        appointment = placed(organization, citizens)

        with pytest.raises(AlreadyParticipating, match="participe déjà"):
            add_participant(appointment=appointment, attendee=Attendee(citizens[0]), actor=agent, now=NOW)

        assert len(parts(appointment)) == 1

    def test_a_request_sent_twice_adds_one_person_and_makes_one_record(self, organization, agent):
        appointment = placed(organization, people(organization, 1))
        asked = {
            "appointment": appointment,
            "record": {"first_name": "Zoé", "last_name": "Leroy"},
            "attendance": {"notify_by_sms": False},
            "actor": agent,
            "now": NOW,
            "idempotency_key": uuid4(),
        }

        first, second = add_new_participant(**asked), add_new_participant(**asked)

        assert first == second
        assert Citizen.objects.filter(last_name="Leroy").count() == 1

    def test_a_cancelled_appointment_takes_nobody(self, organization, agent):
        appointment = placed(organization, people(organization, 1))
        cancel_appointment(appointment=appointment, status=Status.CANCELLED_BY_AGENT, actor=agent, now=NOW)

        with pytest.raises(AppointmentNotChangeable):
            add_participant(
                appointment=appointment,
                attendee=Attendee(make_citizen(organization=organization)),
                actor=agent,
                now=NOW,
            )

    def test_seats_are_counted_and_those_who_left_give_theirs_back(self, organization, agent):
        appointment = placed(organization, people(organization, 2), seats=2)
        asked = {"appointment": appointment, "attendee": Attendee(make_citizen(organization=organization))}

        with pytest.raises(AppointmentFull):
            add_participant(**asked, actor=agent, now=NOW)
        set_participant_status(
            participation=parts(appointment)[0], status=Status.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW
        )
        add_participant(**asked, actor=agent, now=NOW)

    def test_afterwards_tells_nobody_and_asks_again_what_came_of_it(self, organization, agent):
        appointment = placed(organization, people(organization, 1))
        record_outcome(appointment=appointment, status=Status.NO_SHOW, actor=agent, now=AFTER)
        Message.objects.all().delete()

        add_participant(
            appointment=appointment, attendee=Attendee(make_citizen(organization=organization)), actor=agent, now=AFTER
        )

        appointment.refresh_from_db()
        assert (appointment.status, told()) == (Status.BOOKED, [])

    def test_joining_inside_the_lead_time_brings_no_reminder(self, organization, agent):
        organization.territory.reminder_lead_times = [timedelta(hours=2)]
        organization.territory.save()
        first = people(organization, 1)
        appointment = placed(organization, first)
        at = paris(MONDAY, 8, 30)
        add_participant(
            appointment=appointment, attendee=Attendee(make_citizen(organization=organization)), actor=agent, now=at
        )
        Message.objects.all().delete()

        queue_due_reminders(now=at)

        assert told() == [(Message.Kind.REMINDER, first[0])]


class TestTakingAway:
    def test_tells_them_and_kills_their_links(self, organization, agent):
        citizens = people(organization, 2)
        appointment = placed(organization, citizens)
        gone, stays = parts(appointment)
        token = link_token(gone)

        remove_participant(participation=gone, actor=agent, now=NOW, reason="Erreur de saisie")

        assert told() == [(Message.Kind.CANCELLED_BY_AGENT, citizens[0])]
        assert Message.objects.get(audience="citizen").link == ""
        with pytest.raises(BadLink):
            participation_of(token, now=NOW)
        assert participation_of(link_token(stays), now=NOW) == stays
        event = last_event(appointment)
        assert (event.kind, event.participation, event.reason) == (Kind.PARTICIPANT_REMOVED, gone, "Erreur de saisie")

    def test_what_waits_for_them_is_dropped_and_what_was_taken_by_a_worker_too(self, organization, agent):
        appointment = placed(organization, people(organization, 2))
        newcomer = make_citizen(organization=organization, phone="+33612345678")
        participation = add_participant(appointment=appointment, attendee=Attendee(newcomer), actor=agent, now=NOW)
        waiting, tried_again = Message.objects.filter(audience="citizen").order_by("pk")
        Message.objects.filter(pk=tried_again.pk).update(status=Message.Status.SENDING)

        remove_participant(participation=participation, actor=agent, now=NOW)
        Message.objects.filter(pk=tried_again.pk).update(status=Message.Status.QUEUED)

        assert not deliver(message_id=tried_again.pk, now=NOW)
        for message in (waiting, tried_again):
            message.refresh_from_db()
            assert (message.status, message.error) == (
                Message.Status.DROPPED,
                "La personne ne participe plus à ce rendez-vous.",
            )
        for message in Message.objects.filter(kind=Message.Kind.CANCELLED_BY_AGENT):
            assert deliver(message_id=message.pk, now=NOW)

    def test_the_last_one_is_not_taken_away(self, organization, agent):
        appointment = placed(organization, people(organization, 1))

        with pytest.raises(LastParticipant, match="annulez-le"):
            remove_participant(participation=parts(appointment)[0], actor=agent, now=NOW)

    def test_but_an_atelier_may_be_empty(self, organization, agent):
        motif = make_motif(organization=organization, is_collective=True, location_kind="phone")
        appointment = placed(organization, people(organization, 1), motif=motif)

        remove_participant(participation=parts(appointment)[0], actor=agent, now=NOW)

        appointment.refresh_from_db()
        assert (appointment.status, appointment.people) == (Status.BOOKED, "")

    def test_they_are_seen_nowhere_any_more_and_may_come_back(self, organization, agent):
        citizens = people(organization, 2)
        appointment = placed(organization, citizens)
        gone = parts(appointment)[0]
        old_token = link_token(gone)
        remove_participant(participation=gone, actor=agent, now=NOW)
        remove_participant(participation=gone, actor=agent, now=NOW)
        assert appointment.people == str(citizens[1])
        Message.objects.all().delete()

        again = add_participant(appointment=appointment, attendee=Attendee(citizens[0]), actor=agent, now=NOW)

        assert again == gone
        assert told() == [(Message.Kind.BOOKED, citizens[0])]
        with pytest.raises(BadLink):
            participation_of(old_token, now=NOW)


class TestWhatCameOfEach:
    @pytest.mark.parametrize(
        ("statuses", "status"),
        [
            ([Status.FULFILLED, Status.NO_SHOW, Status.BOOKED], Status.FULFILLED),
            ([Status.NO_SHOW, Status.BOOKED], Status.BOOKED),
            ([Status.NO_SHOW, Status.NO_SHOW], Status.NO_SHOW),
            ([], Status.BOOKED),
        ],
    )
    def test_the_rule(self, statuses, status):
        assert status_from(statuses) == status

    def say(self, participation, status, actor, now):
        set_participant_status(participation=participation, status=status, actor=actor, now=now)
        participation.appointment.refresh_from_db()
        return participation.appointment.status

    def test_the_appointment_follows(self, organization, agent):
        citizens = people(organization, 3)
        first, second, third = parts(placed(organization, citizens))

        assert self.say(first, Status.CANCELLED_BY_CITIZEN, CITIZEN, NOW) == Status.BOOKED
        assert told() == [(Message.Kind.CANCELLED_BY_CITIZEN, citizens[0])]
        assert self.say(second, Status.NO_SHOW, agent, AFTER) == Status.BOOKED
        assert self.say(third, Status.NO_SHOW, agent, AFTER) == Status.NO_SHOW
        assert self.say(third, Status.FULFILLED, agent, AFTER) == Status.FULFILLED
        assert self.say(third, Status.BOOKED, agent, AFTER) == Status.BOOKED
        assert self.say(first, Status.FULFILLED, agent, AFTER) == Status.FULFILLED
        kinds = list(first.appointment.events.order_by("pk").values_list("kind", "participation"))
        assert kinds == [
            (Kind.BOOKED, None),
            (Kind.CANCELLED_BY_CITIZEN, first.pk),
            (Kind.NO_SHOW, second.pk),
            (Kind.NO_SHOW, third.pk),
            (Kind.FULFILLED, third.pk),
            (Kind.OUTCOME_WITHDRAWN, third.pk),
            (Kind.FULFILLED, first.pk),
        ]

    def test_an_absence_is_told_once_whatever_is_corrected(self, organization, agent):
        citizens = people(organization, 2)
        first, second = parts(placed(organization, citizens))
        for status in (Status.NO_SHOW, Status.FULFILLED, Status.NO_SHOW):
            self.say(first, status, agent, AFTER)

        record_outcome(appointment=first.appointment, status=Status.NO_SHOW, actor=agent, now=AFTER)

        assert told() == [(Message.Kind.NO_SHOW, citizens[0]), (Message.Kind.NO_SHOW, citizens[1])]
        assert {each.status for each in parts(second.appointment)} == {Status.NO_SHOW}

    def test_an_absence_corrected_before_the_message_left_is_not_told(self, organization, agent):
        first, _ = parts(placed(organization, people(organization, 2)))
        self.say(first, Status.NO_SHOW, agent, AFTER)
        self.say(first, Status.FULFILLED, agent, AFTER)

        message = Message.objects.get()
        assert not deliver(message_id=message.pk, now=AFTER)
        message.refresh_from_db()
        assert message.status == Message.Status.DROPPED

    def test_the_cancellation_of_the_last_one_cancels_for_good(self, organization, agent):
        citizens = people(organization, 2)
        appointment = placed(organization, citizens)
        first, second = parts(appointment)
        self.say(first, Status.CANCELLED_BY_CITIZEN, CITIZEN, NOW)
        Message.objects.all().delete()

        assert self.say(second, Status.CANCELLED_BY_CITIZEN, CITIZEN, NOW) == Status.CANCELLED_BY_CITIZEN

        calendar_agent = appointment.calendars.get().agent
        assert set(told()) == {
            (Message.Kind.CANCELLED_BY_CITIZEN, citizens[1]),
            (Message.Kind.CANCELLED_BY_CITIZEN, calendar_agent),
        }
        with pytest.raises(AppointmentNotChangeable):
            self.say(first, Status.BOOKED, agent, NOW)

    def test_who_had_cancelled_is_left_alone_by_what_happens_to_the_others(self, organization, agent):
        citizens = people(organization, 3)
        appointment = placed(organization, citizens)
        first = parts(appointment)[0]
        self.say(first, Status.CANCELLED_BY_CITIZEN, CITIZEN, NOW)
        Message.objects.all().delete()

        cancel_appointment(appointment=appointment, status=Status.CANCELLED_BY_AGENT, actor=agent, now=NOW)

        assert {who for _, who in told()} == {*citizens[1:], appointment.calendars.get().agent}
        first.refresh_from_db()
        assert first.status == Status.CANCELLED_BY_CITIZEN

    def test_who_had_cancelled_may_come_back_and_is_told(self, organization, agent):
        citizens = people(organization, 2)
        first, _ = parts(placed(organization, citizens))
        self.say(first, Status.CANCELLED_BY_CITIZEN, CITIZEN, NOW)
        Message.objects.all().delete()

        assert self.say(first, Status.BOOKED, agent, NOW) == Status.BOOKED

        assert told() == [(Message.Kind.BOOKED, citizens[0])]

    def test_what_is_refused(self, organization, agent):
        tomorrow = paris(MONDAY + timedelta(days=1), 10)
        first, _ = parts(placed(organization, people(organization, 2), starts_at=tomorrow))
        with pytest.raises(AppointmentNotChangeable):
            self.say(first, Status.FULFILLED, agent, NOW)
        first, _ = parts(placed(organization, people(organization, 2)))
        with pytest.raises(AppointmentNotChangeable):
            self.say(first, Status.CANCELLED_BY_CITIZEN, CITIZEN, AFTER)
        self.say(first, Status.FULFILLED, agent, AFTER)
        with pytest.raises(AppointmentNotChangeable):
            self.say(first, Status.CANCELLED_BY_AGENT, agent, AFTER)


class TestTheDatabase:
    def test_keeps_events_to_participants_of_their_appointment(self, organization):
        one, other = placed(organization, people(organization, 1)), placed(organization, people(organization, 1))

        with pytest.raises(IntegrityError), transaction.atomic():
            AppointmentEvent.objects.create(
                organization=organization,
                appointment=one,
                participation=parts(other)[0],
                kind=Kind.FULFILLED,
                at=NOW,
                actor_kind="agent",
            )
            connection.check_constraints()

    @pytest.mark.parametrize("fields", [{"left_at": NOW}, {"is_removed": True}])
    def test_knows_nobody_who_left_and_takes_part(self, fields):
        make_appointment()

        with pytest.raises(IntegrityError), transaction.atomic():
            Participation.objects.update(**fields)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def at_once(self, *acts):
        barrier = Barrier(len(acts))

        def run(act):
            try:
                barrier.wait()
                return act()
            except (AlreadyParticipating, AppointmentFull, LastParticipant, AppointmentNotChangeable) as refusal:
                return type(refusal)
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def test_one_person_is_added_once_and_one_seat_taken_once(self, organization, agent):
        citizen, other = people(organization, 2)
        appointment = placed(organization, people(organization, 1), seats=2)

        def add(citizen):
            return lambda: add_participant(appointment=appointment, attendee=Attendee(citizen), actor=agent, now=NOW)

        results = self.at_once(add(citizen), add(citizen), add(other), add(other))

        assert sum(isinstance(result, Participation) for result in results) == 1
        assert len(parts(appointment)) == 2

    def test_two_who_leave_together_cancel_it_and_two_taken_away_leave_one(self, organization, agent):
        leaving, taken = (placed(organization, people(organization, 2)) for _ in range(2))

        def cancel(participation):
            return lambda: set_participant_status(
                participation=participation, status=Status.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW
            )

        def take(participation):
            return lambda: remove_participant(participation=participation, actor=agent, now=NOW)

        self.at_once(*(cancel(participation) for participation in parts(leaving)))
        results = self.at_once(*(take(participation) for participation in parts(taken)))

        leaving.refresh_from_db()
        assert leaving.status == Status.CANCELLED_BY_CITIZEN
        assert sorted(map(str, results)) == sorted(map(str, [None, LastParticipant]))
        assert taken.participations.listed().count() == 1
