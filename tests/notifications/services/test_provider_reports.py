"""What Twilio reports of an SMS: in any order, more than once, before we know its identifier, and never undone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connection

from notifications.models import Message
from notifications.services.delivery import deliver
from notifications.services.doubts import CHECKED_FOR, check_doubts
from notifications.services.provider_reports import record_report
from organizations.models import SmsStop
from tests.factories import NOW

pytestmark = pytest.mark.django_db

Status, Channel = Message.Status, Message.Channel
MOBILE = "+33612345678"
SID = "SM" + "f" * 32
LATER = NOW + timedelta(seconds=5)


@pytest.fixture
def sms(make_message):
    return make_message(channel=Channel.SMS, recipient=MOBILE, subject="", body="RDV à 9 h")


@pytest.fixture
def sent(sms, twilio):
    deliver(message_id=sms.pk, now=NOW)
    sms.refresh_from_db()
    return sms


def report(message, state, *, sid="", code=None, now=LATER):
    is_news = record_report(
        message_id=message.pk, provider_id=sid or message.provider_id, state=state, error_code=code, now=now
    )
    message.refresh_from_db()
    return is_news


def test_delivered_is_kept_with_its_instant_and_sent_it_stays(sent):
    assert report(sent, "delivered")

    assert (sent.status, sent.delivered_at, sent.provider_status) == (Status.SENT, LATER, "delivered")
    assert (sent.sent_at, sent.provider_status_at) == (NOW, LATER)


@pytest.mark.parametrize("order", list(permutations(["queued", "sending", "sent", "delivered"])))
def test_whatever_the_order_the_last_state_stands(sent, order):
    for number, state in enumerate(order):
        report(sent, state, now=LATER + timedelta(seconds=number))

    assert (sent.status, sent.provider_status) == (Status.SENT, "delivered")
    assert sent.delivered_at == LATER + timedelta(seconds=order.index("delivered"))


@pytest.mark.parametrize("order", list(permutations(["sending", "sent", "undelivered"])))
def test_a_failure_is_not_undone_by_what_came_before_it(sent, order):
    for state in order:
        report(sent, state, code=30003 if state == "undelivered" else None)

    assert (sent.status, sent.delivered_at) == (Status.FAILED, None)
    assert sent.error == "SMS non remis\u00a0: ce téléphone est éteint ou n'est pas joignable."


def test_of_two_final_words_the_first_stands(sent):
    assert report(sent, "delivered")
    assert not report(sent, "failed", code=30008)
    assert not report(sent, "delivered", now=LATER + timedelta(hours=1))

    assert (sent.status, sent.delivered_at) == (Status.SENT, LATER)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (30005, "ce numéro est inconnu"),
        (30006, "ce numéro est un fixe ou n'est pas joignable"),
        (30007, "l'opérateur l'a pris pour de la publicité"),
        (39999, "erreur 39999 du fournisseur"),
        (None, "sans raison donnée"),
    ],
)
def test_the_reason_is_said_in_french(sent, code, reason):
    report(sent, "failed", code=code)

    assert sent.error == f"SMS non remis\u00a0: {reason}."


@pytest.mark.parametrize("state", ["undelivered", "failed"])
def test_a_stop_that_it_names_counts_from_then_on(sent, state):
    assert report(sent, state, code=21610)

    assert SmsStop.objects.filter(territory=sent.territory, phone=MOBILE).exists()
    SmsStop.objects.all().delete()
    assert not report(sent, state, code=21610, now=LATER + timedelta(hours=1))
    assert not SmsStop.objects.exists()  # Told a second time, after they said START.


def test_what_we_do_not_know_is_let_be(sent):
    assert not record_report(message_id=None, provider_id=SID, state="delivered", error_code=None, now=LATER)
    assert not record_report(message_id=sent.pk, provider_id=SID, state="delivered", error_code=None, now=LATER)
    assert not record_report(message_id=sent.pk, provider_id="", state="delivered", error_code=None, now=LATER)
    assert not report(sent, "dancing")
    assert (sent.status, sent.provider_status) == (Status.SENT, "")


class TestBeforeOurOwnWord:
    """A report may be here before the answer to the request it is about, or in its place."""

    @pytest.mark.django_db(transaction=True)
    def test_it_is_kept_and_our_word_undoes_nothing(self, sms, twilio):
        def report_at_once(taken):
            report(sms, "failed", sid=taken["sid"], code=30005)
            connection.close()  # Of the server's thread.

        twilio.on_taken = report_at_once

        deliver(message_id=sms.pk, now=NOW)

        sms.refresh_from_db()
        assert (sms.status, sms.error) == (Status.FAILED, "SMS non remis\u00a0: ce numéro est inconnu.")
        assert (sms.provider_id, sms.sent_at, sms.attempts) == (twilio.messages[0]["sid"], NOW, 1)

    @pytest.mark.parametrize("state", ["queued", "sent", "delivered"])
    def test_it_lifts_the_doubt(self, twilio, sms, state):
        Message.objects.update(status=Status.SENDING, claimed_at=NOW, handed_at=NOW)

        assert report(sms, state, sid=SID)

        assert (sms.status, sms.provider_id, sms.sent_at) == (Status.SENT, SID, NOW)
        assert check_doubts(now=NOW + CHECKED_FOR) == 0

    def test_it_lifts_even_a_doubt_that_was_told(self, twilio, sms):
        twilio.list_answers = [500]
        Message.objects.update(status=Status.SENDING, claimed_at=NOW, handed_at=NOW)
        check_doubts(now=NOW + CHECKED_FOR)
        sms.refresh_from_db()
        assert sms.status == Status.FAILED

        report(sms, "delivered", sid=SID)

        assert (sms.status, sms.error) == (Status.SENT, "")

    def test_one_that_was_to_go_again_stays(self, twilio, sms):
        twilio.answers = [500]
        deliver(message_id=sms.pk, now=NOW)

        report(sms, "sent", sid=SID)

        assert not deliver(message_id=sms.pk, now=NOW + timedelta(hours=1))
        assert twilio.taken == []

    @pytest.mark.parametrize("status", [Status.FAILED, Status.DROPPED, Status.QUEUED])
    @pytest.mark.parametrize("state", ["sent", "delivered"])
    def test_what_was_given_up_for_lost_did_leave(self, sms, status, state):
        """Twilio had not listed it; it was to go again, or had been lost too often, or made no sense any more."""
        Message.objects.update(status=status, error="Le fournisseur n'a jamais reçu ce message.", attempts=7)

        assert report(sms, state, sid=SID)

        assert (sms.status, sms.error, sms.sent_at, sms.handed_at) == (Status.SENT, "", LATER, LATER)
        assert not report(sms, "queued", sid=SID)
        assert sms.status == Status.SENT

    def test_the_identifier_of_another_is_not_taken(self, sent, twilio, make_message):
        other = make_message(channel=Channel.SMS, recipient=MOBILE, subject="", status=Status.SENDING, claimed_at=NOW)

        assert report(other, "delivered", sid=sent.provider_id)

        sent.refresh_from_db()
        assert (sent.provider_status, other.provider_id) == ("delivered", "")


@pytest.mark.django_db(transaction=True)
def test_reports_at_once_leave_the_last_state(make_message, twilio):
    message = make_message(
        channel=Channel.SMS, recipient=MOBILE, subject="", status=Status.SENT, provider_id=SID, sent_at=NOW
    )

    def work(state):
        try:
            return record_report(message_id=None, provider_id=SID, state=state, error_code=None, now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        news = list(pool.map(work, ["sent", "sending", "delivered", "queued"] * 4))

    message.refresh_from_db()
    assert (message.status, message.provider_status, message.delivered_at) == (Status.SENT, "delivered", LATER)
    assert news.count(True) <= 4
