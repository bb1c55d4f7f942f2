"""SMS that the provider may have: it is asked, and each reaches it once, or its doubt is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.models import Message
from notifications.services.claims import recover_abandoned
from notifications.services.delivery import BACK_OFF, deliver
from notifications.services.doubts import CHECKED_AFTER, CHECKED_AGAIN_AFTER, CHECKED_FOR, check_doubts
from notifications.transports import sms as sms_transport
from organizations.models import Territory
from tests.factories import NOW, make_territory

pytestmark = pytest.mark.django_db

Status, Channel = Message.Status, Message.Channel
MOBILE = "+33612345678"
THEN = NOW + CHECKED_AFTER


@pytest.fixture(autouse=True)
def _short_wait(monkeypatch):
    monkeypatch.setattr(sms_transport, "_TWILIO_TIMEOUT", 0.5)


@pytest.fixture
def sms(twilio, make_message):
    twilio.now = NOW
    return make_message(channel=Channel.SMS, recipient=MOBILE, subject="", body="RDV le 2 mars à 9 h")


def refreshed(message):
    message.refresh_from_db()
    return message


def after(message, now=NOW):
    deliver(message_id=message.pk, now=now)
    return refreshed(message)


def checked(message, now=THEN):
    check_doubts(now=now)
    return refreshed(message)


def test_cut_after_it_was_taken_it_is_found_and_not_sent_again(twilio, sms):
    twilio.answers = ["cut"]

    assert after(sms).status == Status.SENDING
    assert "on lui demande" in sms.error
    assert after(sms, now=THEN).status == Status.SENDING

    assert checked(sms).status == Status.SENT
    assert (sms.provider_id, sms.sent_at, sms.error) == (twilio.messages[0]["sid"], NOW, "")
    assert len(twilio.taken) == 1


def test_never_taken_it_is_sent_again_once(twilio, sms):
    twilio.answers = ["hang"]
    assert after(sms).status == Status.SENDING

    assert checked(sms).status == Status.QUEUED
    assert after(sms, now=THEN).status == Status.SENT

    assert len(twilio.taken) == 1
    assert (sms.attempts, sms.error) == (2, "")


def test_it_is_not_asked_before_the_provider_would_show_it(twilio, sms):
    twilio.answers = ["cut"]
    after(sms)

    assert check_doubts(now=THEN - timedelta(seconds=1)) == 0


def test_a_worker_that_died_after_handing_over_leaves_it_to_be_asked(twilio, sms):
    Message.objects.update(status=Status.SENDING, claimed_at=NOW, handed_at=NOW)
    recover_abandoned(now=THEN)

    assert checked(sms).status == Status.QUEUED
    assert after(sms, now=THEN).status == Status.SENT
    assert len(twilio.taken) == 1


def test_a_provider_that_cannot_be_asked_is_asked_again_later(twilio, sms):
    twilio.answers, twilio.list_answers = ["cut"], [500, 429]
    after(sms)

    assert checked(sms).status == Status.SENDING
    assert check_doubts(now=THEN + CHECKED_AGAIN_AFTER - timedelta(seconds=1)) == 0
    assert checked(sms, now=THEN + CHECKED_AGAIN_AFTER).status == Status.SENDING
    assert checked(sms, now=THEN + 2 * CHECKED_AGAIN_AFTER).status == Status.SENT
    assert len(twilio.taken) == 1


def test_a_provider_that_cannot_be_asked_is_not_asked_about_each(twilio, sms, make_message):
    other = make_message(territory=sms.territory, channel=Channel.SMS, recipient="+33698765432", subject="")
    twilio.answers, twilio.list_answers = ["cut", "cut"], [500]
    after(sms)
    after(other)

    assert check_doubts(now=THEN) == 1
    assert check_doubts(now=THEN + CHECKED_AGAIN_AFTER) == 2
    assert {refreshed(sms).status, refreshed(other).status} == {Status.SENT}


def test_in_the_end_the_doubt_is_told(twilio, sms):
    twilio.answers, twilio.list_answers = ["cut"], [500, 500]
    after(sms)
    checked(sms)

    assert checked(sms, now=NOW + CHECKED_FOR).status == Status.FAILED
    assert sms.error.startswith("Envoi incertain")
    assert check_doubts(now=NOW + CHECKED_FOR * 2) == 0
    assert len(twilio.taken) == 1


def test_a_message_that_is_lost_each_time_fails_in_the_end(twilio, sms, monkeypatch):
    monkeypatch.setattr(sms_transport, "_TWILIO_TIMEOUT", 0.1)
    twilio.answers, now = ["hang"] * 20, NOW
    for _ in range(len(BACK_OFF) + 1):
        assert after(sms, now=now).status == Status.SENDING
        now += CHECKED_AFTER
        checked(sms, now=now)

    assert (sms.status, sms.error) == (Status.FAILED, "Le fournisseur n'a jamais reçu ce message.")
    assert twilio.taken == []


@pytest.mark.parametrize("different", [{"to": "+33699999999"}, {"body": "Autre texte"}])
def test_what_differs_is_another_message(twilio, sms, different):
    twilio.answers = ["cut"]
    after(sms)
    twilio.messages[0].update(different)

    assert checked(sms).status == Status.QUEUED


@pytest.mark.parametrize(
    "sender",
    [{"sms_number": "+33644630000"}, {"sms_sender_name": "MAIRIE"}, {"sms_messaging_service": "MG" + "a" * 32}],
)
def test_a_sender_that_was_changed_meanwhile_makes_no_second_sms(twilio, sms, sender):
    twilio.answers = ["cut"]
    after(sms)
    Territory.objects.update(**sender)

    assert checked(sms).status == Status.SENT
    assert len(twilio.taken) == 1


def test_what_others_have_is_read_from_the_index_of_sms(twilio, sms):
    twilio.answers = ["cut"]
    after(sms)
    with CaptureQueriesContext(connection) as queries:
        checked(sms)
    (read,) = (query["sql"] for query in queries if " IN ('SM" in query["sql"])

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {read}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "sms_once_at_the_provider" in plan


def test_what_left_much_later_is_another_message(twilio, sms):
    twilio.answers = ["cut"]
    twilio.now = NOW + timedelta(hours=1)
    after(sms)

    assert checked(sms).status == Status.QUEUED


def test_what_is_older_or_came_in_is_another_message(twilio, sms):
    twilio.now = NOW - timedelta(hours=1)
    twilio.answers = ["cut", "cut"]
    after(sms)
    twilio.now = NOW
    Message.objects.update(status=Status.QUEUED, due_at=NOW)
    after(sms)
    twilio.messages[1]["direction"] = "inbound"

    assert checked(sms).status == Status.QUEUED


def test_plainer_letters_of_a_messaging_service_are_the_same_text(twilio, sms):
    service = "MG" + "a" * 32
    territory = make_territory(sms_messaging_service=service)
    Message.objects.update(territory=territory, body="C’est à 9 h…")
    twilio.answers = ["cut"]
    after(sms)
    twilio.messages[0] |= {"body": "C'est à 9 h...", "from": None}

    assert checked(sms).provider_id == twilio.messages[0]["sid"]
    assert "From" not in twilio.taken[0]


def test_of_two_alike_each_finds_its_own(twilio, sms, make_message):
    other = make_message(territory=sms.territory, channel=Channel.SMS, recipient=MOBILE, subject="", body=sms.body)
    twilio.answers = ["cut", "hang"]
    after(sms)
    after(other)

    check_doubts(now=THEN)

    assert {refreshed(sms).status, refreshed(other).status} == {Status.SENT, Status.QUEUED}
    for message in (sms, other):
        deliver(message_id=message.pk, now=THEN)
    assert {refreshed(sms).provider_id, refreshed(other).provider_id} == {sms["sid"] for sms in twilio.messages}


def test_one_sent_already_is_not_taken_for_another_in_doubt(twilio, sms, make_message):
    other = make_message(territory=sms.territory, channel=Channel.SMS, recipient=MOBILE, subject="", body=sms.body)
    after(other)
    twilio.answers = ["hang"]
    after(sms)

    assert checked(sms).status == Status.QUEUED


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_send_once(twilio, sms):
    twilio.answers = ["hang"]
    after(sms)

    def work(number):
        try:
            check_doubts(now=THEN)
            deliver(message_id=sms.pk, now=THEN + number * timedelta(seconds=1))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))

    deliver(message_id=sms.pk, now=THEN + timedelta(minutes=1))
    assert refreshed(sms).status == Status.SENT
    assert len(twilio.taken) == 1
