"""« Renvoyer »: what may be sent again, to whom, how often, and with which link."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from notifications.exceptions import ChannelDeclined, JustSent, NotificationsError, NotResendable
from notifications.models import Message
from notifications.services.delivery import deliver
from notifications.services.resending import APART, may_be_resent, resend_message
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus
from scheduling.participation_links import BadLink, link_token, participation_of
from scheduling.selectors.appointment_messages import messages_of
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointments import cancel_appointment, record_outcome
from scheduling.services.booking import Attendee
from scheduling.services.events import record_event
from scheduling.services.participants import add_participant, remove_participant, set_participant_status
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_organization,
    make_participation,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

Kind, Status, Channel = Message.Kind, Message.Status, Message.Channel
SOON = NOW - timedelta(hours=1)
LATER = NOW
AFTER = paris(MONDAY, 12)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization)


@pytest.fixture
def appointment(organization, agent):
    """Made an hour ago; both its messages have left."""
    citizen = make_citizen(organization=organization, phone="+33612345678")
    appointment = make_appointment(
        organization=organization, calendar=agent.calendar, citizen=citizen, actor=Actor.of(agent), now=SOON
    )
    send_all(SOON)
    return appointment


def send_all(now):
    for message in Message.objects.filter(status=Status.QUEUED):
        deliver(message_id=message.pk, now=now)


def message_of(appointment, channel=Channel.EMAIL, **fields):
    return messages_of(appointment).filter(channel=channel, **fields).first()


class TestSentAgain:
    def test_with_a_new_link_in_place_of_the_old_one(self, appointment, agent):
        original, part = message_of(appointment), appointment.participations.get()
        old = link_token(part)

        again = resend_message(message=original, agent=agent, now=LATER)

        part.refresh_from_db()
        with pytest.raises(BadLink):
            participation_of(old, now=LATER)
        assert link_token(part) in again.body
        assert (again.kind, again.channel, again.recipient) == (Kind.BOOKED, Channel.EMAIL, part.citizen.email)
        assert (again.resends, again.resent_by, again.status) == (original, agent, Status.QUEUED)
        assert deliver(message_id=again.pk, now=LATER)

    def test_a_move_names_the_old_date_however_often(self, appointment, agent):
        Appointment.objects.filter(pk=appointment.pk).update(starts_at=paris(MONDAY, 11), ends_at=paris(MONDAY, 11, 30))
        record_event(
            appointment, AppointmentEvent.Kind.MOVED, actor=CITIZEN, now=SOON, previous_starts_at=paris(MONDAY, 9)
        )
        send_all(SOON)
        told = message_of(appointment, kind=Kind.MOVED, participation__isnull=False)
        assert "9\u00a0h" in told.body

        for number in (1, 2, 3):
            told = resend_message(message=told, agent=agent, now=SOON + number * APART)
            send_all(SOON + number * APART)
            told = Message.objects.get(pk=told.pk)
            assert "9\u00a0h" in told.body

    def test_not_twice_in_a_few_minutes(self, appointment, agent):
        original = message_of(appointment)
        again = resend_message(message=original, agent=agent, now=LATER)
        deliver(message_id=again.pk, now=LATER)

        for message in (original, again):
            with pytest.raises((JustSent, NotResendable)):
                resend_message(message=message, agent=agent, now=LATER + APART / 2)
        assert resend_message(message=again, agent=agent, now=LATER + APART)

    def test_what_failed_may_be_tried_at_once_at_the_contact_that_was_put_right(self, appointment, agent):
        original = message_of(appointment)
        Message.objects.filter(pk=original.pk).update(status=Status.FAILED, created_at=LATER)
        citizen = appointment.participations.get().citizen
        citizen.email = "juste@example.org"
        citizen.save()

        assert resend_message(message=original, agent=agent, now=LATER).recipient == "juste@example.org"

    def test_what_has_not_left_yet_is_not_written_again(self, appointment, agent):
        original = message_of(appointment)
        Message.objects.filter(pk=original.pk).update(status=Status.QUEUED)

        with pytest.raises(NotResendable, match="pas encore parti"):
            resend_message(message=original, agent=agent, now=LATER)

    def test_a_link_that_is_on_its_way_stays_good(self, appointment, agent):
        part = appointment.participations.get()
        sms = resend_message(message=message_of(appointment, Channel.SMS), agent=agent, now=LATER)

        resend_message(message=message_of(appointment), agent=agent, now=LATER)

        part.refresh_from_db()
        assert link_token(part) in sms.body

    @pytest.mark.parametrize(
        "declined", [{"notify_by_sms": False}, {"phone": ""}, {"phone": "+33321216262"}], ids=["no", "none", "landline"]
    )
    def test_not_to_who_cannot_or_will_not_be_told_so(self, appointment, agent, declined):
        citizen = appointment.participations.get().citizen
        for name, value in declined.items():
            setattr(citizen, name, value)
        citizen.save()
        original = message_of(appointment, Channel.SMS)

        assert not may_be_resent(original, now=LATER)
        with pytest.raises(ChannelDeclined):
            resend_message(message=original, agent=agent, now=LATER)

    def test_nothing_is_left_behind_when_it_is_refused(self, appointment, agent):
        part = appointment.participations.get()
        part.notify_by_sms = False
        part.save()
        before = link_token(part)

        with pytest.raises(ChannelDeclined):
            resend_message(message=message_of(appointment, Channel.SMS), agent=agent, now=LATER)

        assert participation_of(before, now=LATER) == part


class TestStillTrue:
    def allowed(self, appointment, now):
        return {message.kind for message in messages_of(appointment) if may_be_resent(message, now=now)}

    def test_a_confirmation_as_long_as_it_is_to_come(self, appointment):
        assert self.allowed(appointment, LATER) == {Kind.BOOKED}
        assert self.allowed(appointment, AFTER) == set()

    def test_no_confirmation_to_who_waits_for_a_seat_now(self):
        """They had one, gave it up, and came back to a full workshop."""
        workshop = make_workshop(seats=1, now=SOON)
        part = make_participation(workshop=workshop, now=SOON)
        send_all(SOON)
        actor, left = Actor.of(workshop.created_by), AppointmentStatus.CANCELLED_BY_CITIZEN
        set_participant_status(participation=part, status=left, actor=actor, now=SOON)
        make_participation(workshop=workshop, now=SOON)
        waiting = make_participation(workshop=workshop, citizen=part.citizen, now=SOON)
        assert waiting.is_waiting
        confirmation = messages_of(workshop).get(participation=part, kind=Kind.BOOKED, channel=Channel.EMAIL)

        with pytest.raises(NotResendable):
            resend_message(message=confirmation, agent=workshop.created_by, now=LATER)

    def test_that_they_wait_and_then_that_they_have_a_seat(self):
        workshop = make_workshop(seats=1, now=SOON)
        first = make_participation(workshop=workshop, now=SOON)
        waiting = make_participation(workshop=workshop, now=SOON)
        send_all(SOON)
        told = messages_of(workshop).get(participation=waiting, kind=Kind.WAITING)
        assert may_be_resent(told, now=LATER)
        again = resend_message(message=told, agent=workshop.created_by, now=LATER)
        assert (again.kind, again.recipient) == (Kind.WAITING, told.recipient)
        waiting.refresh_from_db()
        assert link_token(waiting) in again.body

        left = AppointmentStatus.CANCELLED_BY_CITIZEN
        set_participant_status(participation=first, status=left, actor=CITIZEN, now=LATER)
        send_all(LATER)
        seated = messages_of(workshop).get(participation=waiting, kind=Kind.SEATED)
        told = messages_of(workshop).get(pk=told.pk)
        assert (may_be_resent(told, now=LATER), may_be_resent(seated, now=LATER)) == (False, True)
        again = resend_message(message=seated, agent=workshop.created_by, now=LATER + APART)
        assert again.kind == Kind.SEATED
        assert may_be_resent(seated, now=AFTER) is False

    def test_a_cancellation_until_the_time_it_gave_up(self, appointment):
        cancel_appointment(
            appointment=appointment, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=SOON
        )
        send_all(SOON)

        assert self.allowed(appointment, LATER) == {Kind.CANCELLED_BY_CITIZEN}
        assert self.allowed(appointment, AFTER) == set()

    def test_an_absence_as_long_as_it_stands(self, appointment, agent):
        record_outcome(appointment=appointment, status="no_show", actor=Actor.of(agent), now=AFTER)
        send_all(AFTER)
        assert self.allowed(appointment, AFTER) == {Kind.NO_SHOW}

        record_outcome(appointment=appointment, status="fulfilled", actor=Actor.of(agent), now=AFTER)
        assert self.allowed(appointment, AFTER) == set()

    def test_nothing_to_who_was_taken_away(self, appointment, agent):
        newcomer = make_citizen(organization=appointment.organization)
        part = add_participant(appointment=appointment, attendee=Attendee(newcomer), actor=Actor.of(agent), now=SOON)
        send_all(SOON)
        message = messages_of(appointment).get(participation=part)
        remove_participant(participation=part, actor=Actor.of(agent), now=LATER)

        with pytest.raises(NotResendable):
            resend_message(message=message, agent=agent, now=LATER + APART)


class TestThePage:
    def page(self, appointment):
        return reverse("scheduling:appointment_detail", args=[appointment.organization.slug, appointment.pk])

    def test_offers_it_and_does_it_once(self, client, appointment, agent):
        client.force_login(agent)
        address = reverse(
            "notifications:message_resend", args=[appointment.organization.slug, message_of(appointment).pk]
        )
        with time_machine.travel(LATER, tick=False):
            assert address in client.get(self.page(appointment)).content.decode()
            first = client.post(address, follow=True).content.decode()
            second = client.post(address, follow=True).content.decode()

        assert "Le message est renvoyé." in first
        assert f"Renvoyé par {agent}" in first
        assert "Attendez quelques minutes" in second
        assert messages_of(appointment).filter(resends__isnull=False).count() == 1

    def test_an_agents_own_mail_is_not_sent_again(self, client, appointment, agent):
        client.force_login(agent)
        cancel_appointment(
            appointment=appointment, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=SOON
        )
        mail = messages_of(appointment).get(audience=Message.Audience.AGENT)

        address = reverse("notifications:message_resend", args=[appointment.organization.slug, mail.pk])
        assert client.post(address).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_write_one_message(appointment, agent):
    original, barrier = message_of(appointment), Barrier(2)

    def resend(_):
        try:
            barrier.wait()
            return resend_message(message=Message.objects.get(pk=original.pk), agent=agent, now=LATER)
        except NotificationsError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(resend, range(2)))

    assert sum(isinstance(result, Message) for result in results) == 1
    assert messages_of(appointment).filter(resends=original).count() == 1
