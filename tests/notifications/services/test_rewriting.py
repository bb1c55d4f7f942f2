"""What waited is for the contact that people have when it leaves, and says what stands then."""

from datetime import timedelta

import pytest

from notifications.levels import Level
from notifications.models import Message
from notifications.services.delivery import deliver
from notifications.services.reminders import queue_due_reminders
from notifications.services.switches import set_switches
from notifications.services.usefulness import CONTACT_CHANGED, NOT_FORESEEN, NOT_WANTED
from scheduling.models import AppointmentEvent, Participation
from scheduling.services.actors import CITIZEN
from scheduling.services.events import record_event
from tests.factories import (
    NOW,
    TUESDAY,
    WEDNESDAY,
    make_appointment,
    make_citizen,
    make_location,
    make_organization,
    make_territory,
    paris,
)

pytestmark = pytest.mark.django_db

Kind, Status, Channel = Message.Kind, Message.Status, Message.Channel
OLD, NEW = "+33612345678", "+33698765432"
NIGHT, MORNING = paris(TUESDAY, 22), paris(WEDNESDAY, 8)


@pytest.fixture
def appointment():
    """On Wednesday at noon, whose reminder falls due at ten in the evening."""
    territory = make_territory(reminder_lead_times=[timedelta(hours=14)])
    organization = make_organization(territory=territory)
    citizen = make_citizen(organization=organization, phone=OLD)
    return make_appointment(organization=organization, citizen=citizen, starts_at=paris(WEDNESDAY, 12))


@pytest.fixture
def citizen(appointment):
    return appointment.participations.get().citizen


@pytest.fixture
def reminder(appointment):
    """The SMS, which waits for the morning; the mail has left."""
    Message.objects.all().delete()
    queue_due_reminders(now=NIGHT)
    deliver(message_id=Message.objects.get(channel=Channel.EMAIL).pk, now=NIGHT)
    return Message.objects.get(channel=Channel.SMS)


def change(row, **fields):
    type(row).objects.filter(pk=row.pk).update(**fields)


def after(message, now=MORNING):
    deliver(message_id=message.pk, now=now)
    message.refresh_from_db()
    return message


class TestAnotherContact:
    def test_a_reminder_put_off_leaves_to_the_new_number_alone(self, twilio, reminder, citizen):
        change(citizen, phone=NEW)

        assert (after(reminder).status, reminder.recipient) == (Status.SENT, NEW)
        assert [sent["To"] for sent in twilio.taken] == [NEW]
        queue_due_reminders(now=MORNING)
        assert Message.objects.filter(kind=Kind.REMINDER).count() == 2

    @pytest.mark.parametrize("contact", ["", "+33321216262"], ids=["none", "landline"])
    def test_nowhere_without_a_number_that_takes_sms(self, twilio, reminder, citizen, contact):
        change(citizen, phone=contact)

        assert (after(reminder).status, reminder.error) == (Status.DROPPED, NOT_WANTED)
        assert twilio.taken == []

    def test_nor_to_who_does_not_want_them_any_more(self, twilio, reminder, citizen):
        change(citizen, notify_by_sms=False)

        assert (after(reminder).status, reminder.error) == (Status.DROPPED, NOT_WANTED)
        assert twilio.taken == []

    def test_who_wants_them_again_in_time_gets_it(self, twilio, appointment, citizen):
        change(citizen, email="")
        Message.objects.all().delete()
        queue_due_reminders(now=NIGHT)
        change(citizen, notify_by_sms=False)
        after(Message.objects.get())

        change(citizen, notify_by_sms=True)
        (again,) = queue_due_reminders(now=MORNING + timedelta(minutes=1))

        assert deliver(message_id=again, now=MORNING + timedelta(minutes=1))
        assert len(twilio.taken) == 1

    def test_nor_where_an_agent_unticked_them_for_this_appointment(self, twilio, reminder):
        Participation.objects.update(notify_by_sms=False)

        assert (after(reminder).status, reminder.error) == (Status.DROPPED, NOT_WANTED)
        assert twilio.taken == []

    def test_a_mail_to_who_unsubscribed_does_not_leave(self, smtp_server, appointment, citizen):
        change(citizen, notify_by_email=False)
        mail = Message.objects.get(channel=Channel.EMAIL, audience="citizen")

        assert (after(mail, NOW).status, mail.error) == (Status.DROPPED, NOT_WANTED)

    def test_what_must_be_known_is_shown_to_agents_when_its_address_was_replaced(self, smtp_server, appointment):
        mail = Message.objects.get(channel=Channel.EMAIL, audience="citizen")
        change(appointment.participations.get().citizen, email="nouvelle@example.org")

        assert (after(mail, NOW).status, mail.error) == (Status.FAILED, CONTACT_CHANGED)
        assert mail.recipient not in [sent["To"] for sent in smtp_server.messages]

    def test_nor_does_an_absence_to_an_address_that_was_replaced(self, smtp_server, appointment, citizen):
        mail = Message.objects.get(channel=Channel.EMAIL, audience="citizen")
        change(mail, kind=Kind.NO_SHOW)
        Participation.objects.update(status="no_show")
        change(citizen, email="nouvelle@example.org")

        assert (after(mail, NOW).status, mail.error) == (Status.DROPPED, CONTACT_CHANGED)


class TestAnotherPlace:
    def test_a_reminder_put_off_names_the_place_that_stands_in_the_morning(self, twilio, reminder, appointment):
        location = make_location(organization=appointment.organization, name="Maison des solidarités")
        change(appointment, location=location)

        assert after(reminder).status == Status.SENT
        assert "Maison des solidarités" in twilio.taken[0]["Body"]
        assert reminder.body == twilio.taken[0]["Body"]

    def test_one_that_the_settings_turned_off_meanwhile_stays_here(self, twilio, reminder, appointment):
        wanted = {(Kind.REMINDER, Channel.SMS): False}
        level = Level(appointment.organization.territory, appointment.organization)
        set_switches(level=level, wanted=wanted, seen=dict.fromkeys(wanted), agent=None, now=NIGHT)

        assert (after(reminder).status, reminder.error) == (Status.DROPPED, NOT_FORESEEN)
        assert twilio.taken == []


def test_who_was_taken_away_is_told_so_all_the_same(smtp_server, appointment):
    part = appointment.participations.get()
    Message.objects.all().delete()
    change(part, left_at=NOW, status="cancelled_by_agent")
    record_event(appointment, AppointmentEvent.Kind.PARTICIPANT_REMOVED, actor=CITIZEN, now=NOW, participation=part)
    mail = Message.objects.get(channel=Channel.EMAIL, audience="citizen")

    assert after(mail, NOW).status == Status.SENT
