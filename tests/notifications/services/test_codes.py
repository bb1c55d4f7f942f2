import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.exceptions import CodeExpired, TooManyCodes
from notifications.models import Message, OneTimeCode
from notifications.services.codes import check_code, forget_codes, send_code
from notifications.services.delivery import deliver
from organizations.models import SmsStop
from tests.factories import NOW, make_territory

pytestmark = pytest.mark.django_db

ADDRESS = "camille@example.org"


@pytest.fixture
def territory():
    return make_territory(name="Département du Nord")


def ask(territory, *, visitor_key, contact_email=ADDRESS, client_hash="library", language="fr", now=NOW, **contact):
    """Ask for a code and read it in the message, as its receiver does."""
    send_code(
        territory=territory,
        contact_email="" if contact else contact_email,
        visitor_key=visitor_key,
        client_hash=client_hash,
        language=language,
        now=now,
        **contact,
    )
    return re.search(r"\b\d{6}\b", Message.objects.order_by("-pk").first().body)[0]


def check(territory, code, *, visitor_key, contact=ADDRESS, now=NOW):
    return check_code(territory=territory, contact=contact, visitor_key=visitor_key, code=code, now=now)


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_code_that_was_sent_is_right_once(territory):
    visitor = uuid4()
    code = ask(territory, visitor_key=visitor)

    assert check(territory, code, visitor_key=visitor) is True
    with pytest.raises(CodeExpired):
        check(territory, code, visitor_key=visitor)


def test_spaces_and_capitals_do_not_matter(territory):
    visitor = uuid4()
    code = ask(territory, visitor_key=visitor, contact_email="Camille@Example.org")

    assert check(territory, f" {code[:3]} {code[3:]}", visitor_key=visitor, contact="camille@EXAMPLE.org") is True


def test_a_code_is_worth_nothing_to_another_visitor(territory):
    code = ask(territory, visitor_key=uuid4())

    with pytest.raises(CodeExpired):
        check(territory, code, visitor_key=uuid4())


def test_a_code_is_worth_nothing_for_another_contact_or_territory(territory):
    visitor = uuid4()
    code = ask(territory, visitor_key=visitor)

    with pytest.raises(CodeExpired):
        check(territory, code, visitor_key=visitor, contact="somebody@example.org")
    with pytest.raises(CodeExpired):
        check(make_territory(), code, visitor_key=visitor)


def test_five_wrong_guesses_end_it(territory):
    visitor = uuid4()
    code = ask(territory, visitor_key=visitor)

    assert [check(territory, wrong(code), visitor_key=visitor) for _ in range(5)] == [False] * 5
    with pytest.raises(CodeExpired):
        check(territory, code, visitor_key=visitor)


def test_it_lasts_ten_minutes(territory):
    visitor = uuid4()
    code = ask(territory, visitor_key=visitor)

    assert check(territory, wrong(code), visitor_key=visitor, now=NOW + timedelta(minutes=9, seconds=59)) is False
    with pytest.raises(CodeExpired, match="n'est plus valable"):
        check(territory, code, visitor_key=visitor, now=NOW + timedelta(minutes=10))


def test_a_new_code_ends_the_one_before(territory):
    visitor = uuid4()
    old = ask(territory, visitor_key=visitor)
    new = ask(territory, visitor_key=visitor, now=NOW + timedelta(seconds=30))

    later = NOW + timedelta(minutes=1)
    assert old == new or check(territory, old, visitor_key=visitor, now=later) is False
    assert check(territory, new, visitor_key=visitor, now=later) is True


def test_the_database_never_holds_the_digits(territory):
    code = ask(territory, visitor_key=uuid4())

    assert code not in str(OneTimeCode.objects.values().get())


def test_a_contact_gets_five_codes_an_hour_for_one_client_and_whoever_asks_from_elsewhere_gets_theirs(territory):
    for _ in range(5):
        ask(territory, visitor_key=uuid4(), client_hash="stranger")

    with pytest.raises(TooManyCodes, match="Réessayez dans une heure"):
        ask(territory, visitor_key=uuid4(), client_hash="stranger")
    ask(territory, visitor_key=uuid4(), client_hash="owner")

    assert Message.objects.count() == 6


def test_codes_of_one_territory_do_not_count_in_another(territory):
    elsewhere = make_territory()
    for n in range(15):
        ask(elsewhere, visitor_key=uuid4(), client_hash=str(n // 5))
    for n in range(10, 35):
        ask(elsewhere, visitor_key=uuid4(), client_hash=str(n))

    ask(territory, visitor_key=uuid4(), client_hash="0")


def test_strangers_who_use_up_the_codes_of_a_contact_leave_one_for_whoever_asks_from_elsewhere(territory):
    """The owner is not locked out by somebody with a telephone, a home and a workplace."""
    for n in range(15):
        ask(territory, visitor_key=uuid4(), client_hash=f"stranger {n // 5}")

    owner = uuid4()
    code = ask(territory, visitor_key=owner, client_hash="owner")

    assert check(territory, code, visitor_key=owner) is True
    for client in ("stranger 0", "owner"):
        with pytest.raises(TooManyCodes, match="Réessayez dans une heure"):
            ask(territory, visitor_key=uuid4(), client_hash=client)
    assert Message.objects.count() == 16


def test_a_contact_gets_forty_codes_an_hour_whoever_asks(territory):
    for n in range(40):
        ask(territory, visitor_key=uuid4(), client_hash=str(n))

    with pytest.raises(TooManyCodes, match="Réessayez dans une heure"):
        ask(territory, visitor_key=uuid4(), client_hash="another")
    ask(territory, visitor_key=uuid4(), client_hash="another", now=NOW + timedelta(hours=1, seconds=1))

    assert Message.objects.count() == 41


def test_a_client_gets_twenty_codes_an_hour(territory):
    for n in range(20):
        ask(territory, visitor_key=uuid4(), contact_email=f"person{n}@example.org")

    with pytest.raises(TooManyCodes):
        ask(territory, visitor_key=uuid4(), contact_email="one-more@example.org")


@pytest.mark.parametrize(
    ("contact", "channel", "recipient"),
    [
        ({"contact_email": "Camille@Example.org"}, Message.Channel.EMAIL, "camille@example.org"),
        ({"contact_phone": "+33612345678"}, Message.Channel.SMS, "+33612345678"),
    ],
)
def test_the_message_goes_to_the_contact(territory, contact, channel, recipient):
    send_code(territory=territory, visitor_key=uuid4(), client_hash="", language="fr", now=NOW, **contact)

    message = Message.objects.get()
    assert (message.kind, message.channel, message.recipient) == (Message.Kind.CODE, channel, recipient)
    assert (message.organization, message.due_at, message.status) == (None, NOW, Message.Status.QUEUED)
    assert not re.search(r"\d{6}", message.subject)


def test_the_message_forgets_the_code_when_it_is_over(territory):
    ask(territory, visitor_key=uuid4())

    forget_codes(now=NOW + timedelta(minutes=9))
    assert Message.objects.exclude(body="").exists()
    forget_codes(now=NOW + timedelta(minutes=10))

    assert Message.objects.get().body == ""
    assert OneTimeCode.objects.exists()  # Still counted by the limits.


def in_threads(calls, work):
    def run(call):
        try:
            return work(call)
        except (CodeExpired, TooManyCodes) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        return Counter(pool.map(run, range(calls)))


@pytest.mark.django_db(transaction=True)
def test_a_thousand_guesses_at_once_get_five_answers(territory):
    visitor = uuid4()
    code = ask(territory, visitor_key=visitor)

    answers = in_threads(1000, lambda _: check(territory, wrong(code), visitor_key=visitor))

    assert answers == {False: 5, "CodeExpired": 995}
    with pytest.raises(CodeExpired):
        check(territory, code, visitor_key=visitor)


@pytest.mark.django_db(transaction=True)
def test_the_right_code_typed_in_many_tabs_at_once_counts_once(territory):
    visitor = uuid4()
    code = ask(territory, visitor_key=visitor)

    answers = in_threads(40, lambda _: check(territory, code, visitor_key=visitor))

    assert answers == {True: 1, "CodeExpired": 39}


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_send_no_more_than_the_limits(territory):
    asked = in_threads(60, lambda n: bool(ask(territory, visitor_key=uuid4(), client_hash=str(n))))
    from_one = {"contact_email": "noe@example.org", "client_hash": "one"}
    asked_by_one = in_threads(40, lambda _: bool(ask(territory, visitor_key=uuid4(), **from_one)))

    assert asked == {True: 40, "TooManyCodes": 20}
    assert asked_by_one == {True: 5, "TooManyCodes": 35}


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_said_stop_gets_no_code_and_whoever_asks_does_not_see_it(territory, settings):
    settings.LOCAL_OUTBOX = True
    phone = "+33612345678"
    SmsStop.objects.create(territory=territory, phone=phone, at=NOW)
    for asked in (territory, make_territory()):
        with CaptureQueriesContext(connection) as queries:
            ask(asked, visitor_key=uuid4(), contact_phone=phone)
        assert not any("smsstop" in query["sql"] for query in queries)
    refused, sent = Message.objects.order_by("pk")

    assert [deliver(message_id=message.pk, now=NOW) for message in (refused, sent)] == [False, True]

    refused.refresh_from_db()
    assert (refused.status, refused.handed_at) == (Message.Status.FAILED, None)
    assert "STOP" in refused.error
