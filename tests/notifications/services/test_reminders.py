from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from notifications.levels import Level
from notifications.models import Message
from notifications.quiet_hours import after_quiet_hours
from notifications.services.delivery import deliver
from notifications.services.reminders import queue_due_reminders
from notifications.services.switches import set_switches
from organizations.models import SmsStop
from scheduling.models import AppointmentStatus, Participation
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment, move_appointment
from tests.factories import (
    MONDAY,
    NOW,
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

    for hour in (0, 7, 8, 9, 30, 52, 53, 54):
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


def quiet(**hours):
    """A territory with these quiet hours."""
    return make_organization(territory=make_territory(**hours))


@pytest.mark.parametrize(
    ("starts_at", "now", "due_at"),
    [
        # Early in the morning, six hours before is the night.
        (paris(WEDNESDAY, 10), paris(WEDNESDAY, 4), paris(WEDNESDAY, 8)),
        (paris(WEDNESDAY, 9), paris(WEDNESDAY, 3), paris(WEDNESDAY, 8)),
        # The night ends too late for it: an hour before it.
        (paris(WEDNESDAY, 8, 30), paris(WEDNESDAY, 2, 30), paris(WEDNESDAY, 7, 30)),
        (paris(WEDNESDAY, 8), paris(WEDNESDAY, 2), paris(WEDNESDAY, 7)),
        (paris(WEDNESDAY, 7, 30), paris(WEDNESDAY, 1, 30), paris(WEDNESDAY, 6, 30)),
        # That hour has begun: at once.
        (paris(WEDNESDAY, 7, 30), paris(WEDNESDAY, 7), paris(WEDNESDAY, 7)),
        # Both edges: the first moment of the night, and its end.
        (paris(TUESDAY, 20), paris(TUESDAY, 19, 59), paris(TUESDAY, 19, 59)),
        (paris(WEDNESDAY, 2), paris(TUESDAY, 20), paris(WEDNESDAY, 1)),
        (paris(WEDNESDAY, 13, 59), paris(WEDNESDAY, 7, 59), paris(WEDNESDAY, 8)),
        (paris(WEDNESDAY, 14), paris(WEDNESDAY, 8), paris(WEDNESDAY, 8)),
    ],
)
def test_an_sms_waits_for_the_morning_and_a_mail_does_not(starts_at, now, due_at):
    make_afternoon(phone=MOBILE, starts_at=starts_at)

    run(now)

    assert reminders(channel=MAIL).get().due_at == now
    assert reminders(channel=SMS).get().due_at == due_at < starts_at


@pytest.mark.parametrize(
    ("hours", "now", "due_at"),
    [
        ({"quiet_from": time(21), "quiet_until": time(7)}, paris(TUESDAY, 20, 30), paris(TUESDAY, 20, 30)),
        ({"quiet_from": time(21), "quiet_until": time(7)}, paris(WEDNESDAY, 6), paris(WEDNESDAY, 7)),
        ({"quiet_from": time(22), "quiet_until": time(0)}, paris(TUESDAY, 23), paris(WEDNESDAY, 0)),
        ({"quiet_from": time(22), "quiet_until": time(0)}, paris(WEDNESDAY, 0), paris(WEDNESDAY, 0)),
        ({"quiet_from": time(0), "quiet_until": time(6)}, paris(WEDNESDAY, 5, 59), paris(WEDNESDAY, 6)),
        ({"quiet_from": time(12), "quiet_until": time(14)}, paris(WEDNESDAY, 11, 59), paris(WEDNESDAY, 11, 59)),
        ({"quiet_from": time(12), "quiet_until": time(14)}, paris(WEDNESDAY, 13), paris(WEDNESDAY, 14)),
        ({"quiet_from": time(9), "quiet_until": time(9)}, paris(WEDNESDAY, 3), paris(WEDNESDAY, 3)),
        ({"quiet_from": time(9), "quiet_until": time(9)}, paris(WEDNESDAY, 9), paris(WEDNESDAY, 9)),
    ],
)
def test_the_night_is_that_of_the_territory(hours, now, due_at):
    organization = quiet(reminder_lead_times=[HOURS[24]], **hours)
    make_afternoon(organization=organization, phone=MOBILE)

    run(now)

    assert reminders(channel=SMS).get().due_at == due_at


def test_the_clocks_are_those_of_the_organization():
    """A town hall overseas, of a territory in Paris; whose number is abroad is told by its clocks, too."""
    territory = make_territory(reminder_lead_times=[HOURS[24]])
    overseas = make_organization(territory=territory, time_zone_override="America/Cayenne")
    make_afternoon(organization=overseas, phone="+32470123456")
    now = datetime(2026, 3, 4, 1, tzinfo=UTC)  # Two in the morning in Paris, ten in the evening there.

    run(now)

    assert reminders(channel=SMS).get().due_at == datetime(2026, 3, 4, 11, tzinfo=UTC)


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
    ("now", "quiet_until"),
    [
        # In spring half past two does not exist: the night ends when clocks show half past three.
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # In autumn it comes twice, and the first ends the night; ten past two comes again, and is not put off to it.
        (datetime(2026, 10, 25, 0, 10, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)),
    ],
)
def test_the_night_may_end_in_the_hour_that_clocks_skip_or_repeat(now, quiet_until):
    assert after_quiet_hours(now, zone=PARIS, quiet_from=time(22), quiet_until=time(2, 30)) == quiet_until


# Clocks go forward in Paris on 29 March, at Saint-Pierre on 8 March; back on 25 October, and on 1 November.
MIQUELON = ZoneInfo("America/Miquelon")


@pytest.mark.parametrize(
    ("starts_at", "hours", "due"),
    [
        # Elapsed time, not wall time: six hours before 8 h is 1 h in spring, 3 h in autumn.
        (datetime(2026, 3, 29, 8, tzinfo=PARIS), 6, datetime(2026, 3, 29, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 8, tzinfo=PARIS), 6, datetime(2026, 10, 25, 1, tzinfo=UTC)),
        (datetime(2026, 3, 29, 9, tzinfo=PARIS), 24, datetime(2026, 3, 28, 7, tzinfo=UTC)),
        (datetime(2026, 10, 25, 9, tzinfo=PARIS), 24, datetime(2026, 10, 24, 8, tzinfo=UTC)),
        (datetime(2026, 3, 30, 9, tzinfo=PARIS), 48, datetime(2026, 3, 28, 7, tzinfo=UTC)),
        (datetime(2026, 10, 26, 9, tzinfo=PARIS), 48, datetime(2026, 10, 24, 8, tzinfo=UTC)),
        (datetime(2026, 3, 8, 8, tzinfo=MIQUELON), 6, datetime(2026, 3, 8, 4, tzinfo=UTC)),
        (datetime(2026, 11, 1, 8, tzinfo=MIQUELON), 6, datetime(2026, 11, 1, 5, tzinfo=UTC)),
        (datetime(2026, 3, 8, 9, tzinfo=MIQUELON), 24, datetime(2026, 3, 7, 11, tzinfo=UTC)),
        (datetime(2026, 11, 1, 9, tzinfo=MIQUELON), 24, datetime(2026, 10, 31, 12, tzinfo=UTC)),
    ],
)
def test_clock_changes_do_not_move_the_lead_time(starts_at, hours, due):
    territory = make_territory(time_zone=starts_at.tzinfo.key, reminder_lead_times=[HOURS[hours]])
    organization = make_organization(territory=territory)
    make_afternoon(organization=organization, starts_at=starts_at)

    assert run(due - timedelta(seconds=1)) == []
    assert len(run(due)) == 1
    assert run(due + timedelta(hours=1)) == []


@pytest.mark.parametrize(
    ("starts_at", "leaves_at"),
    [
        # Six hours before is the night in which clocks change: at eight by the clocks of the morning.
        (datetime(2026, 3, 29, 10, tzinfo=PARIS), datetime(2026, 3, 29, 6, tzinfo=UTC)),
        (datetime(2026, 10, 25, 10, tzinfo=PARIS), datetime(2026, 10, 25, 7, tzinfo=UTC)),
        (datetime(2026, 3, 8, 10, tzinfo=MIQUELON), datetime(2026, 3, 8, 10, tzinfo=UTC)),
        (datetime(2026, 11, 1, 10, tzinfo=MIQUELON), datetime(2026, 11, 1, 11, tzinfo=UTC)),
        # Too early for that: an hour before, as time goes by.
        (datetime(2026, 3, 29, 8, tzinfo=PARIS), datetime(2026, 3, 29, 5, tzinfo=UTC)),
        (datetime(2026, 3, 29, 3, 30, tzinfo=PARIS), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
    ],
)
def test_in_the_night_of_a_change_an_sms_waits_for_the_morning(starts_at, leaves_at):
    organization = make_organization(territory=make_territory(time_zone=starts_at.tzinfo.key))
    make_afternoon(organization=organization, phone=MOBILE, starts_at=starts_at)

    run(starts_at.astimezone(UTC) - HOURS[6])

    assert reminders(channel=SMS).get().due_at == leaves_at


class TestAllItsLife:
    """Beat runs from the day before to the day after: what is written in all."""

    def written(self):
        for day in (TUESDAY, WEDNESDAY, THURSDAY):
            for hour in (3, 8, 10, 13, 16):
                run(paris(day, hour))
        return [(message.created_at, message.appointment_starts_at) for message in reminders(channel=MAIL)]

    def test_moved_before_its_reminder_the_old_never_the_new_once(self, movable):
        move(movable, paris(THURSDAY, 16), now=paris(WEDNESDAY, 9))
        assert self.written() == [(paris(THURSDAY, 10), paris(THURSDAY, 16))]

    def test_moved_after_its_reminder_the_new_once_more(self, movable):
        run(paris(WEDNESDAY, 10))
        move(movable, paris(THURSDAY, 9), now=paris(WEDNESDAY, 12))
        assert self.written() == [
            (paris(WEDNESDAY, 10), paris(WEDNESDAY, 16)),
            (paris(THURSDAY, 3), paris(THURSDAY, 9)),
        ]

    def test_moved_to_earlier_at_the_earlier_time(self, movable):
        move(movable, paris(WEDNESDAY, 14), now=paris(TUESDAY, 9))
        assert self.written() == [(paris(WEDNESDAY, 8), paris(WEDNESDAY, 14))]

    def test_moved_away_and_back_once(self, movable):
        run(paris(WEDNESDAY, 10))
        move(movable, paris(THURSDAY, 16), now=paris(WEDNESDAY, 11))
        movable.refresh_from_db()
        move(movable, AFTERNOON, now=paris(WEDNESDAY, 12))
        assert self.written() == [(paris(WEDNESDAY, 10), AFTERNOON)]

    def test_cancelled_none(self, movable):
        cancel_appointment(
            appointment=movable, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=CITIZEN, now=paris(TUESDAY, 9)
        )
        assert self.written() == []

    def test_several_lead_times_each_once_for_the_time_that_stands(self, movable):
        movable.motif.reminder_lead_times = [HOURS[24], HOURS[3]]
        movable.motif.save()
        run(paris(TUESDAY, 16))
        move(movable, paris(THURSDAY, 16), now=paris(WEDNESDAY, 9))
        assert self.written() == [
            (paris(TUESDAY, 16), AFTERNOON),
            (paris(WEDNESDAY, 16), paris(THURSDAY, 16)),
            (paris(THURSDAY, 13), paris(THURSDAY, 16)),
        ]


class TestSixHoursDown:
    def test_what_fell_due_meanwhile_leaves_by_mail_at_once_and_by_sms_in_the_morning(self):
        """Down from six in the evening: its reminder was due at seven, for nine the next morning."""
        organization = quiet(reminder_lead_times=[HOURS[14]])
        make_afternoon(organization=organization, phone=MOBILE, starts_at=paris(WEDNESDAY, 9))
        midnight = paris(WEDNESDAY, 0)

        assert len(run(midnight)) == 1

        assert reminders(channel=MAIL).get().due_at == midnight
        assert reminders(channel=SMS).get().due_at == paris(WEDNESDAY, 8)

    def test_what_was_written_by_day_and_found_in_the_night_waits_for_the_morning(self):
        """Written at seven in the evening, when no worker ran."""
        organization = quiet(reminder_lead_times=[HOURS[14]])
        make_afternoon(organization=organization, phone=MOBILE, starts_at=paris(WEDNESDAY, 9))
        run(paris(TUESDAY, 19))
        sms, mail = reminders(channel=SMS).get(), reminders(channel=MAIL).get()

        assert deliver(message_id=sms.pk, now=paris(WEDNESDAY, 1)) is False
        assert deliver(message_id=mail.pk, now=paris(WEDNESDAY, 1)) is True

        sms.refresh_from_db()
        assert (sms.status, sms.due_at) == (Message.Status.QUEUED, paris(WEDNESDAY, 8))
        assert deliver(message_id=sms.pk, now=paris(WEDNESDAY, 8)) is True

    def test_or_for_an_hour_before_what_starts_earlier(self):
        organization = quiet(reminder_lead_times=[HOURS[12]])
        make_afternoon(organization=organization, phone=MOBILE, starts_at=paris(WEDNESDAY, 7, 30))
        run(paris(TUESDAY, 19, 30))
        sms = reminders(channel=SMS).get()

        deliver(message_id=sms.pk, now=paris(WEDNESDAY, 1))

        sms.refresh_from_db()
        assert sms.due_at == paris(WEDNESDAY, 6, 30)

    def test_found_after_the_start_it_stays_here(self):
        make_afternoon(phone=MOBILE)
        run(paris(WEDNESDAY, 10))

        for message in reminders():
            assert deliver(message_id=message.pk, now=AFTERNOON) is False
        assert {message.status for message in reminders()} == {Message.Status.DROPPED}


@pytest.mark.parametrize("is_on", [True, False])
def test_what_nobody_is_to_be_told_of_is_not_looked_at_every_minute(is_on, django_assert_num_queries):
    """A whole organization without reminders costs as much as nothing due."""
    organization = make_organization()
    for _ in range(3):
        make_afternoon(organization=organization, phone=MOBILE)
    level = Level(organization.territory, organization)
    wanted = {(Message.Kind.REMINDER, channel): is_on for channel in Message.Channel}
    set_switches(level=level, wanted=wanted, seen=dict.fromkeys(wanted), agent=None, now=NOW)

    with django_assert_num_queries(12 if is_on else 3):
        assert len(run(paris(WEDNESDAY, 10))) == (6 if is_on else 0)


@pytest.mark.parametrize("why", ["STOP", "not in service"])
def test_nor_is_who_could_be_told_by_sms_alone_and_cannot(why, settings, django_assert_num_queries):
    appointment = make_afternoon(phone=MOBILE)
    citizen = appointment.participations.get().citizen
    type(citizen).objects.filter(pk=citizen.pk).update(email="")
    if why == "STOP":
        SmsStop.objects.create(territory=citizen.territory, phone=MOBILE, at=NOW)
    else:
        settings.LOCAL_OUTBOX = False

    with django_assert_num_queries(3):
        assert run(paris(WEDNESDAY, 10)) == []


@pytest.mark.django_db(transaction=True)
def test_beat_running_twice_at_once_writes_each_once():
    organization = make_organization()
    for _ in range(5):
        make_afternoon(organization=organization, phone=MOBILE)
    barrier = Barrier(2)

    def beat(_):
        try:
            barrier.wait()
            return run(paris(WEDNESDAY, 10))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ids = [pk for found in pool.map(beat, range(2)) for pk in found]

    assert reminders().count() == 10
    assert set(ids) == {message.pk for message in reminders()}
    # Both may have handed them over: each leaves once.
    for pk in ids:
        deliver(message_id=pk, now=paris(WEDNESDAY, 10))
    assert {(message.status, message.attempts) for message in reminders()} == {(Message.Status.SENT, 1)}


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
