"""Claims: recovered from dead workers, and no more than so many messages to one person in a day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from notifications.clocks import StandingClock
from notifications.models import Message
from notifications.services import claims
from notifications.services.claims import ANSWER_LASTS, CLAIM_LASTS, claim, hand_over, recover_abandoned, release
from notifications.services.delivery import _mark_sent, carry_due, deliver
from notifications.transports import transport_for
from tests.factories import MONDAY, NOW, make_organization, make_territory

pytestmark = pytest.mark.django_db

Status, Kind, Channel = Message.Status, Message.Kind, Message.Channel
MOBILE = "+33612345678"
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def sms(make_message):
    return make_message(channel=Channel.SMS, recipient=MOBILE, subject="", body="RDV à 9 h")


def handed_over(message):
    return hand_over(message, transport=transport_for(message.channel), now=NOW + CLAIM_LASTS)


def refreshed(message):
    message.refresh_from_db()
    return message


class TestDeadWorkers:
    def test_what_was_not_handed_over_waits_again_a_minute_later(self, make_message, smtp_server):
        message = make_message()
        claim(ids=[message.pk], now=NOW)

        assert recover_abandoned(now=NOW + CLAIM_LASTS - A_SECOND) == 0
        assert not deliver(message_id=message.pk, now=NOW + CLAIM_LASTS - A_SECOND)
        assert recover_abandoned(now=NOW + CLAIM_LASTS) == 1

        assert (refreshed(message).status, message.attempts, message.due_at) == (Status.QUEUED, 0, NOW)
        assert deliver(message_id=message.pk, now=NOW + CLAIM_LASTS)
        assert len(smtp_server.messages) == 1

    def test_one_given_up_for_dead_that_comes_back_sends_nothing(self, make_message):
        message = make_message()
        (late,) = claim(ids=[message.pk], now=NOW)
        recover_abandoned(now=NOW + CLAIM_LASTS)

        assert not handed_over(late)
        (again,) = claim(ids=[message.pk], now=NOW + CLAIM_LASTS)
        assert not handed_over(late)
        assert release([late]) == 0
        assert handed_over(again)

    def test_a_mail_that_was_handed_over_is_told_and_never_sent_again(self, make_message, smtp_server):
        message = make_message(status=Status.SENDING, claimed_at=NOW, handed_at=NOW)

        assert recover_abandoned(now=NOW + ANSWER_LASTS - A_SECOND) == 0
        assert recover_abandoned(now=NOW + ANSWER_LASTS) == 1

        assert not deliver(message_id=message.pk, now=NOW + timedelta(hours=1))
        assert refreshed(message).status == Status.FAILED
        assert message.error.startswith("Envoi incertain")
        assert smtp_server.messages == []

    def test_a_mail_server_that_answered_after_all_lifts_the_doubt(self, make_message):
        message = make_message()
        (late,) = claim(ids=[message.pk], now=NOW)
        handed_over(late)
        recover_abandoned(now=NOW + CLAIM_LASTS + ANSWER_LASTS)
        assert refreshed(message).status == Status.FAILED

        _mark_sent(late, "<id@permanence.example>", NOW)

        assert (refreshed(message).status, message.error) == (Status.SENT, "")

    def test_an_sms_that_was_handed_over_is_left_to_who_asks_the_provider(self, twilio, sms):
        Message.objects.update(status=Status.SENDING, claimed_at=NOW, handed_at=NOW)

        assert recover_abandoned(now=NOW + timedelta(days=1)) == 0
        assert refreshed(sms).status == Status.SENDING


class TestOrder:
    def test_codes_leave_first_then_what_happened_then_reminders(self, make_message, smtp_server):
        make_message(recipient="absent@example.org", kind=Kind.NO_SHOW, due_at=NOW - timedelta(hours=2))
        make_message(recipient="moved@example.org", kind=Kind.MOVED, due_at=NOW - timedelta(hours=1))
        make_message(recipient="code@example.org", kind=Kind.CODE)
        make_message(recipient="booked@example.org", kind=Kind.BOOKED, due_at=NOW - timedelta(hours=2))
        make_message(recipient="later@example.org", kind=Kind.CODE, due_at=NOW + A_SECOND)

        carry_due(channel=Channel.EMAIL, clock=StandingClock(NOW))

        assert [mail["To"].partition("@")[0] for mail in smtp_server.messages] == ["code", "booked", "moved", "absent"]

    def test_the_other_channel_is_left_alone(self, make_message, sms, smtp_server):
        make_message()

        carry_due(channel=Channel.EMAIL, clock=StandingClock(NOW))

        assert len(smtp_server.messages) == 1
        assert refreshed(sms).status == Status.QUEUED


class TestLimitOfADay:
    @pytest.fixture(autouse=True)
    def _two_a_day(self, settings, smtp_server):
        settings.MOST_EMAILS_A_DAY = settings.MOST_SMS_A_DAY = 2

    @pytest.fixture
    def territory(self):
        return make_territory()

    @pytest.fixture
    def after(self, make_message, territory):
        def after(now=NOW, **fields):
            message = make_message(**{"territory": territory, "due_at": now, "kind": Kind.BOOKED} | fields)
            deliver(message_id=message.pk, now=now)
            return refreshed(message)

        return after

    @pytest.mark.parametrize("kind", [Kind.NO_SHOW, Kind.WAITING, Kind.SUMMARY])
    def test_beyond_it_what_can_be_missed_is_dropped(self, after, kind):
        assert [after().status for _ in range(2)] == [Status.SENT] * 2
        dropped = after(kind=kind)
        assert (dropped.status, dropped.attempts) == (Status.DROPPED, 0)
        assert dropped.error == "Cette personne a déjà reçu 2\u00a0e-mails aujourd'hui\u00a0: prévenez-la autrement."

    @pytest.mark.parametrize(
        "kind", [Kind.BOOKED, Kind.MOVED, Kind.CANCELLED_BY_AGENT, Kind.CANCELLED_BY_CITIZEN, Kind.UNSCHEDULED]
    )
    def test_beyond_it_what_must_be_known_fails_for_an_agent_to_see(self, after, kind):
        after(), after()
        assert after(kind=kind).status == Status.FAILED
        assert "déjà reçu 2\u00a0e-mails" in after(kind=kind).error

    def test_it_is_of_the_local_day(self, after, territory):
        territory.time_zone = "Pacific/Auckland"
        territory.save()
        overseas = make_organization(territory=territory, time_zone_override="America/Cayenne")
        midnight = datetime.combine(MONDAY, time(), ZoneInfo("America/Cayenne")) + timedelta(days=1)
        evening = midnight - timedelta(hours=5)  # In Auckland the next day has long begun.
        after(now=evening, organization=overseas), after(now=evening, organization=overseas)

        assert after(now=midnight - A_SECOND, organization=overseas).status == Status.FAILED
        assert after(now=midnight, organization=overseas).status == Status.SENT

    def test_other_people_channels_and_territories_do_not_count(self, after):
        after(), after()

        assert after(recipient="another@example.org").status == Status.SENT
        assert after(channel=Channel.SMS, recipient=MOBILE).status == Status.SENT
        assert after(territory=make_territory()).status == Status.SENT

    def test_codes_and_agents_have_none(self, after):
        after(), after()

        assert after(kind=Kind.CODE).status == Status.SENT
        assert after(audience=Message.Audience.AGENT).status == Status.SENT

    def test_what_the_provider_refused_does_not_count(self, twilio, after):
        twilio.answers = [(400, 21211), 500]
        sms = {"channel": Channel.SMS, "recipient": MOBILE, "subject": ""}

        statuses = [after(**sms).status for _ in range(5)]

        assert statuses == [Status.FAILED, Status.QUEUED, Status.SENT, Status.SENT, Status.FAILED]
        assert len(twilio.taken) == 2

    @pytest.mark.django_db(transaction=True)
    def test_many_workers_at_once_do_not_exceed_it_together(self, make_message, smtp_server, territory):
        messages = [make_message(territory=territory) for _ in range(12)]

        def work(message):
            try:
                return deliver(message_id=message.pk, now=NOW)
            finally:
                connection.close()

        with ThreadPoolExecutor(12) as pool:
            assert sum(pool.map(work, messages)) == 2

        assert len(smtp_server.messages) == 2
        assert Message.objects.filter(status=Status.DROPPED).count() == 10


def test_nothing_says_a_limit_that_it_does_not_have():
    """What can be missed and what must be known are all there is."""
    assert {Kind.BOOKED, Kind.MOVED, Kind.SEATED, Kind.LEFT_QUEUE} & claims.CAN_BE_MISSED == set()
