"""One pace for each provider: places in time that any number of workers take."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from notifications.clocks import StandingClock, WallClock
from notifications.models import Message
from notifications.services.delivery import Outcome, carriers_for, carry_due, deliver, deliver_messages
from notifications.services.paces import CARRIED_FOR, PATIENCE, end_carrying, may_start_carrying, take_place
from notifications.transports import transport_for
from tests.factories import NOW

pytestmark = pytest.mark.django_db

Status, Channel, Kind = Message.Status, Message.Channel, Message.Kind
A_SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _four_a_second(settings, twilio):
    settings.SMS_PER_SECOND = 4


@pytest.fixture
def make_sms(make_message):
    def make(number=0, **fields):
        fields = {"subject": "", "recipient": f"+336123456{number:02}", "body": f"RDV {number}"} | fields
        return make_message(channel=Channel.SMS, **fields)

    return make


def places(message, number, now=NOW):
    transport = transport_for(message.channel)
    return [take_place(message, transport=transport, now=now) for _ in range(number)]


def test_places_are_equally_far_apart_and_the_first_is_now(make_sms):
    assert places(make_sms(), 4) == [NOW + number * A_SECOND / 4 for number in range(4)]


def test_nobody_takes_one_that_is_far_but_for_a_code(make_sms):
    sms, code = make_sms(), make_sms(1, kind=Kind.CODE)
    assert places(sms, 7)[4:] == [NOW + PATIENCE, None, None]

    assert places(code, 1) == [NOW + PATIENCE + A_SECOND / 4]
    assert places(sms, 1) == [None]
    assert places(sms, 1, now=NOW + 2 * A_SECOND) == [NOW + 2 * A_SECOND]


def test_an_sms_of_several_segments_takes_as_many_places(make_sms):
    assert places(make_sms(segments=3), 2) == [NOW, NOW + 3 * A_SECOND / 4]


def test_without_a_rate_there_is_a_place_for_everybody_whatever_their_clocks(make_sms, settings):
    settings.SMS_PER_SECOND = 0
    sms = make_sms()

    assert places(sms, 2, now=NOW + 20 * A_SECOND) == [NOW + 20 * A_SECOND] * 2
    assert places(sms, 2) == [NOW] * 2


def test_the_channels_do_not_slow_each_other_down(make_sms, make_message, smtp_server, settings):
    settings.EMAILS_PER_SECOND = 1
    places(make_sms(), 9)

    assert places(make_message(), 2) == [NOW, NOW + A_SECOND]


def test_what_has_no_place_goes_back_without_a_try_counted(make_sms, twilio):
    messages = [make_sms(number) for number in range(8)]

    assert deliver_messages(ids=[message.pk for message in messages], clock=StandingClock(NOW)) == set()
    assert len(twilio.taken) == 8, "a clock that moves finds a place for each"
    again = [make_sms(number) for number in range(8, 16)]
    places(again[0], 9, now=NOW + 2 * A_SECOND)
    assert deliver_messages(ids=[message.pk for message in again], clock=StandingClock(NOW + 2 * A_SECOND)) == {"sms"}

    waiting = Message.objects.filter(status=Status.QUEUED)
    assert set(waiting.values_list("attempts", "claimed_at", "due_at", "error")) == {(0, None, NOW, "")}
    assert waiting.count() == 8


def test_a_code_passes_the_others_by(make_sms, twilio):
    for number in range(6):
        make_sms(number)
    code = make_sms(9, kind=Kind.CODE)

    assert carry_due(channel=Channel.SMS, clock=StandingClock(NOW)) in Outcome
    assert twilio.taken[0]["Body"] == code.body


@pytest.mark.parametrize(
    ("answer", "seconds"), [((429, 20429, 30), 30), (429, 5), ((503, 20503, 20), 20), ((400, 21611), 5)]
)
def test_a_provider_that_wants_to_be_left_alone_is_by_everybody(make_sms, twilio, answer, seconds):
    places(make_sms(), 1)  # Somebody was there before.
    twilio.answers = [answer]
    first, second = make_sms(1), make_sms(2)
    deliver(message_id=first.pk, now=NOW + A_SECOND)
    first.refresh_from_db()
    assert first.status == Status.QUEUED

    assert not deliver(message_id=second.pk, now=NOW + seconds * A_SECOND - A_SECOND / 2)
    second.refresh_from_db()
    assert (second.status, second.attempts) == (Status.QUEUED, 0) or second.claimed_at > NOW + A_SECOND
    assert deliver(message_id=second.pk, now=NOW + (seconds + 1) * A_SECOND)
    assert len(twilio.taken) == 1


def test_one_is_told_to_start_workers_until_these_are_done():
    assert may_start_carrying(channel=Channel.SMS, now=NOW) == NOW + CARRIED_FOR
    assert may_start_carrying(channel=Channel.SMS, now=NOW + CARRIED_FOR - A_SECOND) is None
    assert may_start_carrying(channel=Channel.EMAIL, now=NOW)
    assert may_start_carrying(channel=Channel.SMS, now=NOW + CARRIED_FOR)


def test_once_nothing_was_due_the_next_may_start_them():
    assert may_start_carrying(channel=Channel.SMS, now=NOW)
    end_carrying(channel=Channel.SMS, now=NOW + A_SECOND)

    assert may_start_carrying(channel=Channel.SMS, now=NOW + A_SECOND)


def test_a_fast_provider_gets_more_workers(settings):
    assert carriers_for(Channel.SMS) == 3
    settings.SMS_PER_SECOND = 50
    assert carriers_for(Channel.SMS) == 10


@pytest.mark.django_db(transaction=True)
def test_workers_keep_to_the_rate_together(make_sms, twilio, settings):
    settings.SMS_PER_SECOND = 20
    for number in range(40):
        make_sms(number)

    def work(_):
        try:
            while carry_due(channel=Channel.SMS, clock=WallClock()) is not Outcome.NOTHING_DUE:
                time.sleep(0.05)
        finally:
            connection.close()

    Message.objects.update(due_at=NOW - timedelta(days=5000))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert len(twilio.taken) == len({sms["To"] for sms in twilio.taken}) == 40
    starts = twilio.arrived
    # How many arrive within a second, counted from any of them: each worker may be late with one place.
    assert max(sum(start <= other < start + 1 for other in starts) for start in starts) <= 20 + 4 + 1
    assert starts[-1] - starts[0] >= 39 / 20 - 0.2
