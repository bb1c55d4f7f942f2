from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from smtplib import SMTP

import pytest
from django.core import mail
from django.db import connection

from notifications.clocks import StandingClock
from notifications.models import Message
from notifications.services.delivery import BACK_OFF, BATCH_LASTS, deliver, deliver_messages
from notifications.services.sms_stops import SAID_STOP
from organizations.models import SmsStop
from scheduling.models import Appointment
from tests.factories import NOW, make_appointment, make_citizen, make_organization, make_territory

pytestmark = pytest.mark.django_db

Status, Channel = Message.Status, Message.Channel
MOBILE = "+33612345678"
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def sms(make_message):
    return make_message(channel=Channel.SMS, recipient=MOBILE, subject="", body="RDV le 2 mars à 9 h")


def after(message, now=NOW):
    deliver(message_id=message.pk, now=now)
    message.refresh_from_db()
    return message


def test_without_a_server_everything_stays_in_the_local_outbox(make_message, sms):
    for message in (make_message(), sms):
        assert after(message).status == Status.SENT
        assert message.stayed_here
        assert message.sent_at == NOW
    assert mail.outbox == []


def test_where_there_is_neither_a_provider_nor_an_outbox_nothing_is_called_sent(sms, settings):
    settings.LOCAL_OUTBOX = False

    assert after(sms).status == Status.FAILED
    assert sms.error == "Aucun fournisseur de SMS n'est configuré."


class TestMail:
    def test_it_arrives_with_text_button_and_invitation(self, smtp_server):
        organization = make_organization(email="contact@arras.example")
        make_appointment(organization=organization, citizen=make_citizen(organization=organization))
        message = Message.objects.get(audience="citizen")

        assert after(message).status == Status.SENT

        (received,) = smtp_server.messages
        text, page, invitation, file = (part for part in received.walk() if not part.is_multipart())
        assert received["Subject"].strip() == message.subject  # Folded, it begins with its fold.
        assert (received["To"], received["Reply-To"]) == (message.recipient, "contact@arras.example")
        assert received["X-RcptTo"] == message.recipient
        assert received["Message-ID"] == f"<permanence-message-{message.pk}@permanence.example>" == message.provider_id
        assert text.get_content_type() == "text/plain"
        assert text.get_content().replace("\r\n", "\n").strip() == message.body
        assert page.get_content_type() == "text/html"
        assert f'href="{message.link}"' in page.get_content()
        assert (invitation.get_content_type(), invitation["Content-Type"].params["method"]) == (
            "text/calendar",
            "REQUEST",
        )
        assert "BEGIN:VEVENT" in invitation.get_content()
        assert (file.get_content_type(), file.get_filename()) == ("application/ics", "rendez-vous.ics")
        assert file.get_content().decode() == message.calendar_file

    def test_the_page_shows_what_people_typed_and_runs_nothing(self, smtp_server, make_message):
        after(make_message(body="<script>alert(1)</script> & https://example.org/?a=1&b=2"))

        page = smtp_server.messages[0].get_body(("html",)).get_content()
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; <a href=" in page

    def test_a_second_try_has_the_same_message_id(self, smtp_server, make_message):
        message = after(make_message())
        Message.objects.update(status=Status.QUEUED)
        after(message, now=NOW + A_MINUTE)

        assert len({received["Message-ID"] for received in smtp_server.messages}) == 1

    def test_a_server_that_does_not_answer_is_tried_again_later(self, settings, make_message):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

        message = after(make_message())

        assert (message.status, message.attempts, message.due_at) == (Status.QUEUED, 1, NOW + BACK_OFF[0])
        assert message.error == "Le serveur d'envoi ne répond pas."

    @pytest.mark.parametrize(
        ("answer", "status"),
        [("550 No such user", Status.FAILED), ("451 Try again later", Status.QUEUED), ("450 Busy", Status.QUEUED)],
    )
    def test_a_refused_address_fails_for_good_and_a_busy_server_does_not(
        self, smtp_server, make_message, answer, status
    ):
        async def refuse(server, session, envelope, address, options):
            return answer

        smtp_server.handle_RCPT = refuse

        message = after(make_message())

        assert message.status == status
        assert answer[:3] in message.error

    def test_an_address_that_is_none_fails_for_good(self, smtp_server, make_message):
        message = after(make_message(recipient="camille@example.org\nBcc: all@example.org"))

        assert (message.status, message.error) == (Status.FAILED, "Cette adresse n'est pas valable.")
        assert smtp_server.messages == []


class TestSms:
    def test_it_reaches_twilio_from_the_territorys_name(self, twilio, make_message):
        territory = make_territory(sms_sender_name="Arras")
        message = after(make_message(territory=territory, channel=Channel.SMS, recipient=MOBILE, body="À 9 h"))

        assert twilio.taken == [{"To": MOBILE, "From": "Arras", "Body": "À 9 h"}]
        assert (message.status, message.provider_id[:2]) == (Status.SENT, "SM")

    def test_without_a_name_it_comes_from_the_installations_number(self, twilio, sms):
        after(sms)

        assert twilio.taken[0]["From"] == "+33757590000"

    @pytest.mark.parametrize("code", [21211, 21610, 21614, 21212])
    def test_a_refused_number_fails_for_good(self, twilio, sms, code):
        twilio.answers = [(400, code)]

        assert after(sms).status == Status.FAILED
        assert sms.error.startswith("SMS refusé")
        assert Message.objects.due_channels(NOW + timedelta(days=1)) == []

    @pytest.mark.parametrize("answer", [429, 500, 503, (401, 20003)])
    def test_a_provider_in_trouble_is_tried_again_later(self, twilio, sms, answer):
        twilio.answers = [answer]

        assert after(sms).status == Status.QUEUED
        assert after(sms, now=NOW + BACK_OFF[0] - timedelta(seconds=1)).status == Status.QUEUED
        assert after(sms, now=NOW + BACK_OFF[0]).status == Status.SENT
        assert len(twilio.taken) == 1
        assert (sms.attempts, sms.error) == (2, "")

    def test_waits_grow_and_then_it_has_failed(self, twilio, sms):
        twilio.answers = [500] * 20
        now = NOW
        for wait in BACK_OFF:
            assert after(sms, now=now).due_at == now + wait
            now += wait

        assert after(sms, now=now).status == Status.FAILED
        assert sms.attempts == len(BACK_OFF) + 1

    def test_a_provider_that_is_not_there_is_tried_again(self, twilio, sms, settings):
        settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"

        assert after(sms).status == Status.QUEUED


def test_what_is_not_due_waits(make_message):
    message = make_message(due_at=NOW + A_MINUTE)

    assert after(message).status == Status.QUEUED
    assert after(message, now=NOW + A_MINUTE).status == Status.SENT


def test_a_code_that_is_over_is_not_sent(make_message):
    message = make_message(kind=Message.Kind.CODE)

    assert after(message, now=NOW + timedelta(minutes=10)).status == Status.DROPPED


@pytest.mark.django_db(transaction=True)
def test_of_twenty_workers_one_sends(make_message, smtp_server):
    messages = [make_message(recipient=f"person{n}@example.org") for n in range(10)]

    def work(worker):
        try:
            # Each has its own clock, as workers have.
            return sum(deliver(message_id=message.pk, now=NOW + worker * A_MINUTE / 60) for message in messages)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        sent = sum(pool.map(work, range(20)))

    assert sent == len(smtp_server.messages) == 10
    assert len({received["To"] for received in smtp_server.messages}) == 10


class SlowClock(StandingClock):
    """While the first message is on its way, so long goes by and this happens."""

    def __init__(self, now, *, lasts=timedelta(0), happens=lambda: None):
        super().__init__(now)
        self.lasts, self.happens = lasts, happens

    def wait_until(self, at):
        super().wait_until(at + self.lasts)
        self.happens()


class TestWhileOthersOfTheBatchLeave:
    @pytest.fixture
    def messages(self, twilio):
        """Two SMS, each of an appointment of its own."""
        organization = make_organization()
        for number in (1, 2):
            citizen = make_citizen(organization=organization, email="", phone=f"+3361234567{number}")
            make_appointment(organization=organization, citizen=citizen)
        return list(Message.objects.filter(channel=Channel.SMS).order_by("pk"))

    def deliver(self, messages, **slow):
        full = deliver_messages(ids=[message.pk for message in messages], clock=SlowClock(NOW, **slow))
        for message in messages:
            message.refresh_from_db()
        return full

    def test_what_is_cancelled_meanwhile_does_not_leave(self, twilio, messages):
        second = messages[1]

        self.deliver(
            messages, happens=lambda: Appointment.objects.filter(pk=second.appointment_id).update(status="unscheduled")
        )

        assert [message.status for message in messages] == [Status.SENT, Status.DROPPED]
        assert [sent["To"] for sent in twilio.taken] == [messages[0].recipient]

    def test_nor_does_anything_after_a_stop(self, twilio, messages):
        stop = SmsStop(territory=messages[1].territory, phone=messages[1].recipient, at=NOW)

        self.deliver(messages, happens=lambda: SmsStop.objects.bulk_create([stop], ignore_conflicts=True))

        assert (messages[1].status, messages[1].error) == (Status.FAILED, SAID_STOP)
        assert len(twilio.taken) == 1

    @pytest.mark.parametrize(("lasts", "left"), [(A_MINUTE / 4, 0), (BATCH_LASTS, 1)])
    def test_a_slow_provider_gets_no_more_of_it_than_the_claim_lasts(self, twilio, messages, lasts, left):
        full = self.deliver(messages, lasts=lasts)

        assert [message.status for message in messages] == [Status.SENT, Status.QUEUED if left else Status.SENT]
        assert full == ({"sms"} if left else set())
        assert messages[1].claimed_at is None or not left


def test_delivery_costs_a_few_queries(make_message, smtp_server, django_assert_num_queries):
    message = make_message()

    # Claim, read, read what decides, place, count for the day (5), mark; and look how it went.
    with django_assert_num_queries(11):
        deliver(message_id=message.pk, now=NOW)
    with django_assert_num_queries(2):  # Another worker.
        deliver(message_id=message.pk, now=NOW)


def test_the_smtp_server_of_these_tests_is_a_real_one(smtp_server):
    with SMTP("127.0.0.1", int(smtp_server.url.rpartition(":")[2])) as client:
        assert client.ehlo()[0] == 250
