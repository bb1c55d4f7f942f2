"""From a booking to the mail, with a real broker, real workers and a real SMTP server."""

import os
import signal
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from notifications import tasks
from notifications.models import Message, Pace
from notifications.services.claims import ANSWER_LASTS, recover_abandoned
from notifications.services.codes import send_code
from notifications.services.doubts import check_doubts
from tests.factories import make_appointment, make_citizen, make_organization, make_territory
from tests.notifications import twilio_server

pytestmark = pytest.mark.django_db(transaction=True)

Status, Channel = Message.Status, Message.Channel


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def book(**fields):
    """An appointment of tomorrow at some hour, which tells the citizen and the agent."""
    now = timezone.now()
    organization = fields.pop("organization", None) or make_organization()
    return make_appointment(
        organization=organization,
        citizen=make_citizen(organization=organization),
        starts_at=now + timedelta(hours=fields.pop("hours", 24)),
        now=now,
        **fields,
    )


def recipients(smtp_server):
    return sorted(message["X-RcptTo"] for message in smtp_server.messages)


def all_sent():
    return not Message.objects.exclude(status=Status.SENT).exists()


def test_a_booking_is_told_by_the_worker_as_soon_as_it_is_committed(start_worker, smtp_server):
    start_worker(EMAIL_URL=smtp_server.url)
    book()

    wait_until(all_sent)

    assert recipients(smtp_server) == sorted(Message.objects.values_list("recipient", flat=True))
    assert len(smtp_server.messages) == 2


def test_a_code_leaves_at_once(start_worker, smtp_server):
    start_worker(EMAIL_URL=smtp_server.url)

    send_code(
        territory=make_territory(),
        contact_email="camille@example.org",
        visitor_key=uuid4(),
        client_hash="",
        language="fr",
        now=timezone.now(),
    )
    wait_until(all_sent)

    assert recipients(smtp_server) == ["camille@example.org"]


def test_while_the_broker_is_down_booking_works_and_messages_leave_once_it_is_back(
    redis_server, start_worker, smtp_server
):
    redis_server.stop()
    started = time.monotonic()
    for _ in range(3):
        book()
    assert time.monotonic() - started < 10
    assert Message.objects.filter(status=Status.QUEUED).count() == 6

    redis_server.start()
    Message.objects.update(due_at=timezone.now() - timedelta(minutes=2))
    for _ in range(2):
        start_worker(EMAIL_URL=smtp_server.url)
    for _ in range(4):  # As four beats would.
        tasks.sweep_unsent_messages.delay()
    wait_until(all_sent)
    time.sleep(1)

    assert recipients(smtp_server) == sorted(Message.objects.values_list("recipient", flat=True))
    assert len(smtp_server.messages) == 6


def test_a_mail_server_that_was_down_gets_each_mail_once_it_is_up(start_worker, smtp_server):
    worker = start_worker(EMAIL_URL="smtp://127.0.0.1:9")
    book()
    wait_until(lambda: not Message.objects.filter(attempts=0).exists())
    os.killpg(worker.pid, signal.SIGTERM)
    worker.wait()
    assert set(Message.objects.values_list("status", "error")) == {(Status.QUEUED, "Le serveur d'envoi ne répond pas.")}

    Message.objects.update(due_at=timezone.now() - timedelta(minutes=2))
    start_worker(EMAIL_URL=smtp_server.url)
    tasks.sweep_unsent_messages.delay()
    wait_until(all_sent)

    assert recipients(smtp_server) == sorted(Message.objects.values_list("recipient", flat=True))


def test_reminders_are_written_and_sent(start_worker, smtp_server):
    start_worker(EMAIL_URL=smtp_server.url)
    territory = make_territory(reminder_lead_times=[timedelta(hours=6)])
    appointment = book(organization=make_organization(territory=territory), hours=5)
    # Somebody who joined since is reminded of nothing that they have just agreed on.
    appointment.placed_at -= timedelta(days=1)
    appointment.save(update_fields=["placed_at"])
    appointment.participations.update(created_at=appointment.placed_at)

    for _ in range(3):
        tasks.queue_due_reminders.delay()
    wait_until(lambda: Message.objects.filter(kind=Message.Kind.REMINDER, status=Status.SENT).exists())
    time.sleep(1)

    assert [m["Subject"].strip()[:6] for m in smtp_server.messages].count("Rappel") == 1


def test_workers_killed_again_and_again_send_nothing_twice_and_lose_nothing(
    start_worker, smtp_server, twilio, make_message
):
    """Killed between handing over and the mark: the provider is asked for an SMS, the doubt of a mail is told."""
    for number in range(60):
        make_message(recipient=f"person{number}@example.org", due_at=timezone.now())
        make_message(channel=Channel.SMS, recipient=f"+336123456{number:02}", subject="", due_at=timezone.now())
    for _ in range(2):
        worker = start_worker(EMAIL_URL=smtp_server.url, **as_environment(twilio))
        start_afresh()
        seen = len(smtp_server.messages) + len(twilio.taken)
        wait_until(lambda seen=seen: len(smtp_server.messages) + len(twilio.taken) > seen + 15)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    # What the sweep does some minutes later.
    recover_abandoned(now=timezone.now() + ANSWER_LASTS + timedelta(minutes=1))
    check_doubts(now=timezone.now() + timedelta(minutes=2))
    told = set(Message.objects.filter(status=Status.FAILED).values_list("recipient", flat=True))
    assert len(told) <= 2
    start_worker(EMAIL_URL=smtp_server.url, **as_environment(twilio))
    start_afresh()
    wait_until(lambda: not Message.objects.filter(status__in=[Status.QUEUED, Status.SENDING]).exists())

    assert len(twilio.taken) == len({sms["To"] for sms in twilio.taken}) == 60
    sent = Message.objects.filter(status=Status.SENT)
    sids = sent.filter(channel=Channel.SMS).values_list("provider_id", flat=True)
    assert set(sids) == {sms["sid"] for sms in twilio.messages}
    mails, arrived = (
        set(sent.filter(channel=Channel.EMAIL).values_list("recipient", flat=True)),
        recipients(smtp_server),
    )
    assert len(arrived) == len(set(arrived))
    assert mails <= set(arrived) <= mails | told
    assert len(mails) + len(told) == 60


def start_afresh():
    """As if those that a killed worker carried had been given up already."""
    Pace.objects.update(carried_until=None)
    tasks.sweep_unsent_messages.delay()


def as_environment(twilio):
    return {
        "TWILIO_ACCOUNT_SID": twilio_server.ACCOUNT,
        "TWILIO_AUTH_TOKEN": twilio_server.TOKEN,
        "TWILIO_FROM": "+33757590000",
        "TWILIO_API_BASE_URL": twilio.url,
    }


def test_the_sweep_forgets_codes_and_gives_up_dead_claims(broker, make_message):
    now = timezone.now()
    code = make_message(kind=Message.Kind.CODE, status=Status.SENT, created_at=now - timedelta(minutes=11))
    dead = make_message(status=Status.SENDING, claimed_at=now - timedelta(minutes=11))
    dead.handed_at = dead.claimed_at
    dead.save()

    tasks.sweep_unsent_messages()

    code.refresh_from_db()
    dead.refresh_from_db()
    assert (code.body, dead.status) == ("", Status.FAILED)
