"""What an answer of the SMTP server means, and how many connections many mails need."""

import asyncio
import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from notifications.models import Message
from notifications.services.delivery import BACK_OFF, deliver
from notifications.tasks import deliver_messages
from notifications.transports import smtp
from tests.factories import NOW, make_appointment
from tests.smtp_servers import STAGES, running_smtp

pytestmark = pytest.mark.django_db

Status = Message.Status
BEFORE_THE_MAIL = STAGES[:-1]


def after(message, now=NOW):
    deliver(message_id=message.pk, now=now)
    message.refresh_from_db()
    return message


def hand_over(recipient="camille@example.org", mail=b"Subject: Test\r\n\r\nText\r\n"):
    smtp.hand_over(sender="a@example.org", recipient=recipient, mail=mail)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(smtp, "WAITS_FOR_THE_LAST_WORD", 0.3)


class TestWhatAnAnswerMeans:
    @pytest.mark.parametrize(
        ("stage", "trouble"),
        [
            *itertools.product(BEFORE_THE_MAIL, ["hang", "cut", "421 Closing"]),
            *itertools.product(["connect", "MAIL", "RCPT", "DATA"], ["451 Greylisted"]),
        ],
    )
    def test_trouble_before_the_mail_is_handed_over_is_tried_again_and_arrives_once(
        self, smtp_server, make_message, settings, stage, trouble
    ):
        settings.EMAIL_TIMEOUT = 0.3
        smtp_server.troubles = {stage: [trouble]}

        message = after(make_message())
        assert (message.status, message.attempts, message.due_at) == (Status.QUEUED, 1, NOW + BACK_OFF[0])
        assert smtp_server.messages == []

        assert after(message, now=NOW + BACK_OFF[0]).status == Status.SENT
        assert (len(smtp_server.messages), message.error) == (1, "")

    @pytest.mark.parametrize("trouble", ["hang", "cut"])
    def test_a_line_that_ends_after_the_mail_was_taken_is_a_doubt_that_is_told(
        self, smtp_server, make_message, settings, trouble
    ):
        settings.EMAIL_TIMEOUT = 0.3
        smtp_server.troubles = {"taken": [trouble]}

        message = after(make_message())
        assert message.status == Status.FAILED
        assert message.error.startswith("Envoi incertain")

        after(message, now=NOW + timedelta(days=1))
        assert (len(smtp_server.messages), smtp_server.connections) == (1, 1)

    def test_a_server_that_looks_long_at_a_mail_is_waited_for(self, smtp_server, make_message, settings, monkeypatch):
        settings.EMAIL_TIMEOUT = 0.2
        monkeypatch.setattr(smtp, "WAITS_FOR_THE_LAST_WORD", 30)

        async def look_long(server, session, envelope):
            await asyncio.sleep(0.4)
            return "250 OK"

        smtp_server.handle_DATA = look_long

        assert after(make_message()).status == Status.SENT

    def test_an_answer_that_is_none_leaves_the_same_doubt(self, smtp_server, make_message):
        async def answer_nonsense(server, session, envelope):
            return "999 Whatever"

        smtp_server.handle_DATA = answer_nonsense

        assert after(make_message()).error.startswith("Envoi incertain")

    @pytest.mark.parametrize(
        ("answer", "status"),
        [("451 4.7.1 Greylisted", Status.QUEUED), ("421 Closing", Status.QUEUED), ("554 5.7.1 Spam", Status.FAILED)],
    )
    def test_a_mail_refused_when_it_was_read_was_not_taken(self, smtp_server, make_message, answer, status):
        smtp_server.troubles = {"taken": [answer]}

        message = after(make_message())
        assert message.status == status
        assert smtp_server.messages == []

        after(message, now=NOW + BACK_OFF[0])
        assert len(smtp_server.messages) == (status == Status.QUEUED)

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ("550 5.1.1 No such user", "adresse inconnue"),
            ("552 5.2.2 Over quota", "boîte pleine"),
            ("550 5.7.26 Unauthenticated", "refusé par le filtre du destinataire"),
            ("550 Go away", "550"),
        ],
    )
    def test_a_refused_address_fails_for_good_and_says_why(self, smtp_server, make_message, answer, reason):
        smtp_server.troubles = {"RCPT": [answer]}

        message = after(make_message())
        assert message.status == Status.FAILED
        assert reason in message.error
        assert answer[:3] in message.error

    @pytest.mark.parametrize(("answer", "noted"), [("550 5.1.1 No such user", True), ("550 5.7.1 Spam", False)])
    def test_a_record_whose_address_is_none_says_so(self, smtp_server, answer, noted):
        make_appointment()
        message = Message.objects.get(audience="citizen")
        smtp_server.troubles = {"RCPT": [answer]}

        after(message)

        assert message.participation.citizen.is_email_returned is noted

    @pytest.mark.parametrize("stage", ["connect", "MAIL"])
    def test_what_an_operator_can_put_right_does_not_fail_every_mail_for_good(self, smtp_server, make_message, stage):
        smtp_server.troubles = {stage: ["550 5.7.1 Not from here", "550 5.7.1 Not from here"]}

        assert after(make_message()).status == Status.QUEUED

    def test_a_mail_too_long_for_the_server_fails_for_good(self, smtp_server, make_message):
        smtp_server.troubles = {"MAIL": ["552 5.3.4 Too long"]}

        assert after(make_message()).status == Status.FAILED

    def test_a_server_without_sign_in_or_encryption_is_no_fault_of_the_address(
        self, smtp_server, make_message, settings
    ):
        settings.EMAIL_USE_TLS = True

        message = after(make_message())
        assert (message.status, message.error) == (Status.QUEUED, "Le serveur d'envoi ne répond pas.")

    def test_a_line_of_a_mail_may_be_a_dot(self, smtp_server, make_message):
        after(make_message(body="Un\n.\n..\n.Deux"))

        text = smtp_server.messages[0].get_body(("plain",)).get_content()
        assert text.replace("\r\n", "\n").strip() == "Un\n.\n..\n.Deux"


class TestOneConnectionForManyMails:
    def test_a_batch_of_fifty_uses_one(self, smtp_server, make_message):
        messages = [make_message(recipient=f"person{number}@example.org") for number in range(50)]

        deliver_messages([message.pk for message in messages])

        assert (len(smtp_server.messages), smtp_server.connections) == (50, 1)
        assert set(Message.objects.values_list("status", flat=True)) == {Status.SENT}

    def test_a_refused_address_leaves_it_open(self, smtp_server):
        smtp_server.troubles = {"RCPT": ["550 Unknown"], "taken": ["554 Spam"]}
        for _ in range(2):
            with pytest.raises(smtp.Refused):
                hand_over()
        hand_over()

        assert (len(smtp_server.messages), smtp_server.connections) == (1, 1)

    @pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("trouble", ["hang", "cut", "421 Too many mails"])
    def test_a_kept_one_that_is_dead_is_no_failure_of_the_mail(self, smtp_server, settings, stage, trouble):
        settings.EMAIL_TIMEOUT = 0.3
        hand_over("first@example.org")
        smtp_server.troubles = {stage: [trouble]}

        hand_over("second@example.org")

        assert [mail["X-RcptTo"] for mail in smtp_server.messages] == ["first@example.org", "second@example.org"]
        assert smtp_server.connections == 2

    @pytest.mark.parametrize("trouble", ["hang", "cut"])
    def test_what_may_have_been_taken_by_a_kept_one_is_not_sent_over_another(self, smtp_server, settings, trouble):
        settings.EMAIL_TIMEOUT = 0.3
        hand_over("first@example.org")
        smtp_server.troubles = {"taken": [trouble]}

        with pytest.raises(smtp.MaybeTaken):
            hand_over("second@example.org")

        assert (len(smtp_server.messages), smtp_server.connections) == (2, 1)

    def test_a_server_that_stays_away_is_asked_once_more_and_no_oftener(self, smtp_server):
        hand_over()
        smtp_server.troubles = {"MAIL": ["cut", "cut", "cut"]}

        with pytest.raises(smtp.Unreachable):
            hand_over()

        assert smtp_server.connections == 2

    def test_one_that_nobody_used_for_a_while_is_not_trusted(self, smtp_server, monkeypatch):
        hand_over()
        later = time.monotonic() + smtp.KEPT_FOR + 1
        monkeypatch.setattr(smtp.time, "monotonic", lambda: later)
        hand_over()

        assert smtp_server.connections == 2

    def test_after_many_mails_a_new_one_is_opened(self, smtp_server, monkeypatch):
        monkeypatch.setattr(smtp, "MOST_MAILS", 3)
        for _ in range(7):
            hand_over()

        assert (len(smtp_server.messages), smtp_server.connections) == (7, 3)

    def test_another_server_gets_another(self, smtp_server, settings):
        hand_over()
        with running_smtp() as other:
            settings.EMAIL_PORT = other.port
            hand_over()

            assert (len(smtp_server.messages), len(other.messages)) == (1, 1)
            smtp.hang_up()

    def test_threads_never_share_one(self, smtp_server):
        def send(number):
            try:
                hand_over(f"person{number}@example.org")
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(send, range(80)))

        assert len({mail["X-RcptTo"] for mail in smtp_server.messages}) == 80
        assert smtp_server.connections <= 8

    def test_a_forked_process_opens_its_own(self, smtp_server):
        hand_over()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                hand_over("child@example.org")
                code = 0
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        hand_over()

        assert (len(smtp_server.messages), smtp_server.connections) == (3, 2)
