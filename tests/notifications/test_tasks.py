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
from notifications.services.claims import recover_abandoned
from notifications.services.codes import send_code
from notifications.services.doubts import check_doubts
from tests.factories import make_appointment, make_citizen, make_organization, make_territory
from tests.notifications import twilio_server

pytestmark = pytest.mark.django_db(transaction=True)

Status = Message.Status


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


def test_a_worker_killed_again_and_again_sends_nothing_twice_and_loses_nothing(start_worker, smtp_server, make_message):
    """Each mail is at the server once, or its doubt is told: killed between handing it over and the mark."""
    for number in range(100):
        make_message(recipient=f"person{number}@example.org", due_at=timezone.now())
    for _ in range(2):
        worker = start_worker(EMAIL_URL=smtp_server.url)
        Pace.objects.update(carried_until=None)
        tasks.sweep_unsent_messages.delay()
        seen = len(smtp_server.messages)
        wait_until(lambda seen=seen: len(smtp_server.messages) > seen + 10)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    in_doubt = recover_at_once()
    start_worker(EMAIL_URL=smtp_server.url)
    tasks.sweep_unsent_messages.delay()
    wait_until(lambda: not Message.objects.filter(status__in=[Status.QUEUED, Status.SENDING]).exists())

    sent = set(Message.objects.filter(status=Status.SENT).values_list("recipient", flat=True))
    told = set(Message.objects.filter(status=Status.FAILED).values_list("recipient", flat=True))
    arrived = recipients(smtp_server)
    assert len(arrived) == len(set(arrived))
    assert sent <= set(arrived) <= sent | told
    assert len(sent) + len(told) == 100
    assert len(told) == in_doubt <= 2


def test_sms_of_killed_workers_reach_the_provider_once_each(start_worker, twilio, make_message):
    """No doubt is left: the provider is asked."""
    for number in range(100):
        make_message(channel=Message.Channel.SMS, recipient=f"+336123456{number:02}", subject="", due_at=timezone.now())
    for _ in range(2):
        worker = start_worker(**as_environment(twilio))
        Pace.objects.update(carried_until=None)
        tasks.sweep_unsent_messages.delay()
        seen = len(twilio.taken)
        wait_until(lambda seen=seen: len(twilio.taken) > seen + 10)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    recover_at_once()
    check_doubts(now=timezone.now() + timedelta(minutes=2))
    start_worker(**as_environment(twilio))
    tasks.sweep_unsent_messages.delay()
    wait_until(all_sent)

    assert len(twilio.taken) == len({sms["To"] for sms in twilio.taken}) == 100
    assert set(Message.objects.values_list("provider_id", flat=True)) == {sms["sid"] for sms in twilio.messages}


def recover_at_once():
    """What the sweep does a minute later; how many mails are told as uncertain."""
    Pace.objects.update(carried_until=None)
    recover_abandoned(now=timezone.now() + timedelta(minutes=2))
    return Message.objects.filter(status=Status.FAILED).count()


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
