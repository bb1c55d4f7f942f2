from datetime import UTC, date, datetime, time, timedelta

import pytest

from notifications.models import Message
from notifications.quiet_hours import after_quiet_hours
from notifications.services.delivery import deliver
from notifications.services.reminders import queue_due_reminders
from scheduling.models import AppointmentStatus, Participation
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment, move_appointment
from tests.factories import (
    MONDAY,
    PARIS,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    make_appointment,
    make_calendar,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    paris,
)

pytestmark = pytest.mark.django_db

MOBILE = "+33612345678"
MAIL, SMS = Message.Channel.EMAIL, Message.Channel.SMS
HOURS = [timedelta(hours=n) for n in range(100)]
AFTERNOON = paris(WEDNESDAY, 16)  # Its reminder is due at 10 h.


def reminders(**filters):
    return Message.objects.filter(kind=Message.Kind.REMINDER, **filters).order_by("pk")


def make_afternoon(*, phone="", starts_at=AFTERNOON, **fields):
    organization = fields.pop("organization", None) or make_organization()
    citizen = make_citizen(organization=organization, phone=phone)
    return make_appointment(organization=organization, citizen=citizen, starts_at=starts_at, **fields)


def run(now):
    return queue_due_reminders(now=now)


def test_a_reminder_is_due_six_hours_before():
    appointment = make_afternoon(phone=MOBILE)

    assert run(paris(WEDNESDAY, 10) - timedelta(seconds=1)) == []
    ids = run(paris(WEDNESDAY, 10))

    assert {message.pk for message in reminders()} == set(ids)
    assert {message.channel for message in reminders()} == {MAIL, SMS}
    assert {(message.appointment_starts_at, message.lead_time) for message in reminders()} == {
        (appointment.starts_at, HOURS[6])
    }
    assert "Rappel" in reminders(channel=MAIL).get().subject


def test_running_again_writes_no_second_one():
    make_afternoon(phone=MOBILE)

    first = run(paris(WEDNESDAY, 10))

    assert len(first) == 2
    assert run(paris(WEDNESDAY, 10)) == run(paris(WEDNESDAY, 10, 1)) == []
    assert reminders().count() == 2


def test_each_lead_time_of_the_motif_has_its_reminder():
    motif = make_motif(reminder_lead_times=[HOURS[48], HOURS[3]])
    make_afternoon(motif=motif, organization=motif.organization)

    for hour in range(60):
        run(paris(MONDAY, 8) + HOURS[hour])

    assert [message.created_at for message in reminders()] == [paris(MONDAY, 16), paris(WEDNESDAY, 13)]


def test_a_motif_without_lead_times_of_its_own_follows_the_territory():
    territory = make_territory(reminder_lead_times=[HOURS[24]])
    make_afternoon(organization=make_organization(territory=territory))

    assert run(paris(TUESDAY, 15, 59)) == []
    assert len(run(paris(TUESDAY, 16))) == 1


def test_an_empty_list_means_no_reminder():
    motif = make_motif(reminder_lead_times=[])
    make_afternoon(motif=motif, organization=motif.organization)

    assert run(paris(WEDNESDAY, 15)) == []


def test_booked_inside_the_lead_time_there_is_none():
    make_afternoon(now=paris(WEDNESDAY, 10) + timedelta(seconds=1))
    make_afternoon(now=paris(WEDNESDAY, 10))

    run(paris(WEDNESDAY, 12))

    assert reminders().count() == 1


@pytest.fixture
def movable():
    """On Wednesday at 16 h, where Thursday is open too."""
    motif = make_motif()
    calendar = make_calendar(organization=motif.organization)
    hours = {"start_time": time(8), "end_time": time(19)}
    opening = make_opening(calendar=calendar, motifs=[motif], first_day=WEDNESDAY, **hours)
    make_opening(calendar=calendar, motifs=[motif], first_day=THURSDAY, location=opening.location, **hours)
    return make_appointment(motif=motif, calendar=calendar, location=opening.location, starts_at=AFTERNOON)


def move(appointment, starts_at, now):
    return move_appointment(
        appointment=appointment, starts_at=starts_at, location_id=appointment.location_id, actor=CITIZEN, now=now
    )


def test_moved_it_is_reminded_at_its_new_time(movable):
    move(movable, paris(THURSDAY, 16), now=paris(WEDNESDAY, 9))

    assert run(paris(WEDNESDAY, 12)) == []
    assert len(run(paris(THURSDAY, 10))) == 1


def test_moved_into_the_lead_time_there_is_none(movable):
    move(movable, paris(WEDNESDAY, 18), now=paris(WEDNESDAY, 13))

    assert run(paris(WEDNESDAY, 14)) == []


def test_a_reminder_that_waits_is_dropped_when_the_appointment_moves(movable):
    (waiting,) = run(paris(WEDNESDAY, 10))
    move(movable, paris(THURSDAY, 16), now=paris(WEDNESDAY, 10))

    assert deliver(message_id=waiting, now=paris(WEDNESDAY, 10, 1)) is False

    message = reminders().get()
    assert (message.status, message.error) == (Message.Status.DROPPED, "Le rendez-vous avait été déplacé.")


@pytest.mark.parametrize("status", [AppointmentStatus.CANCELLED_BY_CITIZEN, AppointmentStatus.UNSCHEDULED])
def test_a_reminder_that_waits_is_dropped_when_the_appointment_is_cancelled(status):
    appointment = make_afternoon()
    (waiting,) = run(paris(WEDNESDAY, 10))
    cancel_appointment(appointment=appointment, status=status, actor=CITIZEN, now=paris(WEDNESDAY, 10))

    assert deliver(message_id=waiting, now=paris(WEDNESDAY, 10, 1)) is False

    assert reminders().get().status == Message.Status.DROPPED


def test_a_cancelled_appointment_or_participation_has_none():
    cancelled = make_afternoon()
    cancel_appointment(
        appointment=cancelled, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=paris(WEDNESDAY, 9)
    )
    make_afternoon()
    Participation.objects.exclude(appointment=cancelled).update(status=AppointmentStatus.CANCELLED_BY_CITIZEN)

    assert run(paris(WEDNESDAY, 10)) == []


def test_after_six_hours_of_outage_what_is_useful_is_written_and_the_rest_is_not():
    """Nothing ran from 9 h to 15 h 30."""
    for hour in (14, 16, 18):
        make_afternoon(starts_at=paris(WEDNESDAY, hour))

    run(paris(WEDNESDAY, 15, 30))

    starts = {message.appointment_starts_at for message in reminders()}
    assert starts == {paris(WEDNESDAY, 16), paris(WEDNESDAY, 18)}


def test_after_an_outage_only_the_last_of_several_lead_times_counts():
    motif = make_motif(reminder_lead_times=[HOURS[48], HOURS[6]])
    make_afternoon(motif=motif, organization=motif.organization)

    run(paris(WEDNESDAY, 11))
    run(paris(WEDNESDAY, 12))

    assert reminders().get().lead_time == HOURS[6]


def test_nothing_is_sent_once_it_has_begun():
    make_afternoon()
    (waiting,) = run(paris(WEDNESDAY, 10))

    assert deliver(message_id=waiting, now=AFTERNOON) is False
    assert reminders().get().error == "Le rendez-vous avait commencé."


@pytest.mark.parametrize(
    ("starts_at", "now", "due_at"),
    [
        # Early in the morning, six hours before is the night.
        (paris(WEDNESDAY, 10), paris(WEDNESDAY, 4), paris(WEDNESDAY, 8)),
        # The night ends with the start: an hour before it.
        (paris(WEDNESDAY, 8), paris(WEDNESDAY, 2), paris(WEDNESDAY, 7)),
        (paris(WEDNESDAY, 7, 30), paris(WEDNESDAY, 1, 30), paris(WEDNESDAY, 6, 30)),
        # That hour has begun: at once.
        (paris(WEDNESDAY, 7, 30), paris(WEDNESDAY, 7), paris(WEDNESDAY, 7)),
    ],
)
def test_an_sms_waits_for_the_morning_and_a_mail_does_not(starts_at, now, due_at):
    make_afternoon(phone=MOBILE, starts_at=starts_at)

    run(now)

    assert reminders(channel=MAIL).get().due_at == now
    assert reminders(channel=SMS).get().due_at == due_at < starts_at


@pytest.mark.parametrize(
    ("now", "quiet_until"),
    [
        (paris(MONDAY, 19, 59), paris(MONDAY, 19, 59)),
        (paris(MONDAY, 20), paris(TUESDAY, 8)),
        (paris(TUESDAY, 7, 59), paris(TUESDAY, 8)),
        (paris(TUESDAY, 8), paris(TUESDAY, 8)),
        # The nights in which clocks change.
        (paris(date(2026, 3, 28), 23), datetime(2026, 3, 29, 6, tzinfo=UTC)),
        (paris(date(2026, 10, 24), 23), datetime(2026, 10, 25, 7, tzinfo=UTC)),
    ],
)
def test_the_night_lasts_from_twenty_to_eight_by_local_clocks(now, quiet_until):
    assert after_quiet_hours(now, zone=PARIS, quiet_from=time(20), quiet_until=time(8)) == quiet_until


@pytest.mark.parametrize(
    ("starts_at", "due"),
    [
        # Elapsed time, not wall time: six hours before 8 h is 1 h in spring, 3 h in autumn.
        (paris(date(2026, 3, 29), 8), datetime(2026, 3, 29, 0, tzinfo=UTC)),
        (paris(date(2026, 10, 25), 8), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ],
)
def test_clock_changes_do_not_move_the_lead_time(starts_at, due):
    make_afternoon(starts_at=starts_at)

    assert run(due - timedelta(seconds=1)) == []
    assert len(run(due)) == 1


def test_who_cannot_or_will_not_be_reached_has_none():
    organization = make_organization()
    make_appointment(organization=organization, citizen=make_citizen(organization=organization, email=""))
    make_afternoon(organization=organization)
    Participation.objects.update(notify_by_email=False)

    assert run(paris(WEDNESDAY, 10)) == []


def test_the_cost_does_not_grow_with_the_number_of_reminders(django_assert_num_queries):
    organization = make_organization()
    for _ in range(6):
        make_afternoon(organization=organization, phone=MOBILE)

    # Lead times, who is due, savepoint and its release, appointments, calendars, participations, texts, switches,
    # insert, what to send.
    with django_assert_num_queries(12):
        ids = run(paris(WEDNESDAY, 10))

    assert len(ids) == 12
