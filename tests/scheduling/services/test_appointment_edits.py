"""What an appointment says, on whose calendars it stands, and how a cancelled one comes back or has a double."""

from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from notifications.models import Message
from scheduling.engine.intervals import Interval
from scheduling.exceptions import (
    AppointmentChangedMeanwhile,
    AppointmentNotChangeable,
    EditedMeanwhile,
    LastCalendar,
    LengthDoesNotFit,
    OverlapNotConfirmed,
    PlacementRefused,
    SchedulingError,
    SlotTaken,
)
from scheduling.models import AppointmentEvent, AppointmentStatus, Calendar, Conflict
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointment_edits import Edit, change_calendars, edit_appointment
from scheduling.services.appointment_resumption import duplicate_appointment, resume_appointment
from scheduling.services.appointments import cancel_appointment
from scheduling.services.booking import Attendee
from scheduling.services.hand_moves import Consent, Destination, move_by_hand
from scheduling.services.nightly import roll_forward
from scheduling.services.participants import add_participant, set_participant_status
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db

Status = AppointmentStatus
Kind = AppointmentEvent.Kind


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(organization):
    return Actor.of(make_agent(organization=organization))


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization)


@pytest.fixture
def appointment(motif):
    """Monday 9 h, in an opening until noon."""
    opening = make_opening(motifs=[motif])
    appointment = make_appointment(motif=motif, calendar=opening.calendar, location=opening.location)
    Message.objects.all().delete()
    return appointment


@pytest.fixture(autouse=True)
def _windows_are_those_of_the_core(db):
    yield
    assert roll_forward(calendar_ids=Calendar.objects.values("pk"), now=NOW).drifted == 0


def edited(appointment, actor, *, seen=None, now=NOW, **fields):
    kept = {name: getattr(appointment, name) for name in Edit.__dataclass_fields__}
    return edit_appointment(
        appointment=appointment,
        edit=Edit(**kept | fields),
        seen=appointment.ics_sequence if seen is None else seen,
        actor=actor,
        now=now,
    )


def told():
    return {
        (message.kind, message.participation.citizen if message.participation else message.agent)
        for message in Message.objects.all()
    }


def last(appointment):
    return appointment.events.order_by("-pk").first()


class TestEditing:
    def test_says_from_what_to_what_and_tells_nobody_of_what_is_not_theirs(self, appointment, agent):
        edited(appointment, agent, title="Bilan", context_note="Vient avec sa fille.")

        appointment.refresh_from_db()
        assert (appointment.title, appointment.context_note) == ("Bilan", "Vient avec sa fille.")
        assert [(change["label"], change["before"], change["after"]) for change in last(appointment).changes] == [
            ("Intitulé", "", "Bilan"),
            ("Note pour les agents", "", "Vient avec sa fille."),
        ]
        assert told() == set()

    def test_another_place_is_told_to_those_who_take_part_and_to_whose_time_it_is(self, appointment, agent):
        annexe = make_location(organization=appointment.organization, name="Annexe")
        before = appointment.location.name

        edited(appointment, agent, location=annexe)

        citizen, calendar_agent = appointment.participations.get().citizen, appointment.calendars.get().agent
        assert told() == {(Message.Kind.BOOKED, citizen), (Message.Kind.EDITED, calendar_agent)}
        assert all("Annexe" in message.body for message in Message.objects.order_by("pk"))
        assert [(c["before"], c["after"]) for c in last(appointment).changes] == [(before, "Annexe")]

    @pytest.mark.parametrize(
        ("kind", "change"),
        [
            ("phone", {"phone": "+33612345678"}),
            ("video", {"video_url": "https://visio.example/1"}),
            ("home", {"address": "1 rue X"}),
        ],
    )
    def test_so_are_a_number_a_link_and_an_address(self, organization, agent, kind, change):
        appointment = make_appointment(motif=make_motif(organization=organization, location_kind=kind))
        Message.objects.all().delete()

        edited(appointment, agent, **change)

        assert {each for each, _ in told()} == {Message.Kind.BOOKED, Message.Kind.EDITED}

    def test_afterwards_nobody_is_told(self, appointment, agent):
        edited(appointment, agent, location=None, address="12 rue des Lilas", now=paris(MONDAY, 10))

        assert told() == set()

    def test_the_same_again_is_no_news(self, appointment, agent):
        edited(appointment, agent)

        assert last(appointment).kind == Kind.BOOKED

    def test_somebody_elses_change_is_not_overwritten_in_silence(self, appointment, agent):
        seen = appointment.ics_sequence
        edited(appointment, agent, title="Bilan")

        with pytest.raises(EditedMeanwhile):
            edited(appointment, agent, seen=seen, title="Autre chose")

    def test_an_option_brings_its_length_where_there_is_room(self, appointment, agent):
        long = make_option(motif=appointment.motif, duration=timedelta(hours=1), name="Passeport")

        edited(appointment, agent, option=long)

        appointment.refresh_from_db()
        assert appointment.ends_at == paris(MONDAY, 10)
        assert appointment.appointment_calendars.get().ends_at == paris(MONDAY, 10)
        assert [change["label"] for change in last(appointment).changes] == ["Option", "Durée"]
        demand = Demand(appointment.motif)
        starts = {
            slot.starts_at for slot in offered_slots([demand], start=paris(MONDAY, 9), end=paris(MONDAY, 11), now=NOW)
        }
        assert min(starts) == paris(MONDAY, 10)

    @pytest.mark.parametrize("what", ["appointment", "absence"])
    def test_and_is_refused_where_there_is_none(self, appointment, agent, what):
        calendar = appointment.calendars.get()
        if what == "appointment":
            make_appointment(motif=appointment.motif, calendar=calendar, starts_at=paris(MONDAY, 9, 30))
        else:
            make_unavailability(
                calendar=calendar, organization=appointment.organization, start_time=time(9, 30), end_time=time(10)
            )
        long = make_option(motif=appointment.motif, duration=timedelta(hours=1))

        with pytest.raises(LengthDoesNotFit, match="Déplacez-le"):
            edited(appointment, agent, option=long)

    def test_more_persons_than_a_day_has_time_for_are_refused(self, organization, agent):
        motif = make_motif(organization=organization, duration=timedelta(hours=2), max_persons=20)

        with pytest.raises(PlacementRefused, match="une journée au plus"):
            edited(make_appointment(motif=motif), agent, persons=13)

    def test_more_persons_take_more_time_and_fewer_give_it_back(self, appointment, agent):
        appointment.motif.max_persons = 3
        appointment.motif.save()
        appointment = edited(appointment, agent, persons=3)
        assert appointment.ends_at == paris(MONDAY, 10, 30)

        appointment = edited(appointment, agent, persons=1)
        assert appointment.ends_at == paris(MONDAY, 9, 30)

    def test_what_was_stretched_by_hand_stays_as_long_as_it_is(self, motif, agent):
        appointment = make_appointment(motif=motif, duration=timedelta(minutes=50))

        appointment = edited(appointment, agent, option=make_option(motif=motif, duration=timedelta(hours=1)))

        assert appointment.ends_at - appointment.starts_at == timedelta(minutes=50)

    def test_a_cancelled_one_is_resumed_first(self, appointment, agent):
        cancel_appointment(appointment=appointment, status=Status.CANCELLED_BY_AGENT, actor=agent, now=NOW)

        with pytest.raises(AppointmentNotChangeable, match="Reprenez-le"):
            edited(appointment, agent, title="Bilan")


class TestCalendars:
    def change(self, appointment, calendars, actor, **confirmed):
        return change_calendars(
            appointment=appointment,
            calendar_ids={calendar.pk for calendar in calendars},
            actor=actor,
            now=NOW,
            **confirmed,
        )

    def test_an_agent_who_joins_is_told_and_their_time_is_taken(self, appointment, agent):
        own, other = appointment.calendars.get(), make_opening(motifs=[appointment.motif]).calendar

        self.change(appointment, [own, other], agent)

        assert told() == {(Message.Kind.BOOKED, other.agent)}
        (change,) = last(appointment).changes
        assert (change["label"], change["added"]) == ("Agendas", [other.pk])
        taken = offered_slots(
            [Demand(appointment.motif)],
            start=paris(MONDAY, 9),
            end=paris(MONDAY, 9, 30),
            now=NOW,
            calendar_ids=[other.pk],
        )
        assert taken == []

        self.change(appointment, [other], agent)
        assert set(appointment.calendars.all()) == {other}

    def test_one_who_is_not_free_is_named_and_added_when_confirmed(self, appointment, agent):
        own, busy = appointment.calendars.get(), make_calendar(organization=appointment.organization)
        make_appointment(motif=appointment.motif, calendar=busy)

        with pytest.raises(OverlapNotConfirmed, match=str(busy)):
            self.change(appointment, [own, busy], agent)
        self.change(appointment, [own, busy], agent, is_overlap_confirmed=True)

        assert appointment.appointment_calendars.get(calendar=busy).is_overlap_confirmed
        # Outside the openings of a calendar without any: noted as accepted, not as something to settle.
        row = appointment.appointment_calendars.get(calendar=busy)
        assert Conflict.objects.get(appointment_calendar=row).kept_at == NOW

    def test_whoever_moves_it_by_hand_from_an_older_screen_learns_that_it_has_others_now(self, appointment, agent):
        own, other = appointment.calendars.get(), make_opening(motifs=[appointment.motif]).calendar
        consent = Consent(sequence=appointment.ics_sequence)
        to = Destination.of(appointment, period=Interval(paris(MONDAY, 10), paris(MONDAY, 10, 30)))

        self.change(appointment, [other], agent)

        with pytest.raises(AppointmentChangedMeanwhile):
            move_by_hand(appointment=appointment, to=to, actor=agent, now=NOW, consent=consent)
        assert set(appointment.calendars.all()) == {other}
        assert to.calendar_ids == {own.pk}

    def test_over_another_rdv_than_the_one_that_was_seen_is_not_confirmed(self, appointment, agent):
        own, busy = appointment.calendars.get(), make_calendar(organization=appointment.organization)
        make_appointment(motif=appointment.motif, calendar=busy)

        with pytest.raises(OverlapNotConfirmed):
            self.change(appointment, [own, busy], agent, is_overlap_confirmed=True, overlaps_seen=[])

    def test_the_last_one_stays(self, appointment, agent):
        with pytest.raises(LastCalendar):
            self.change(appointment, [], agent)


class TestResuming:
    def cancelled(self, appointment, status=Status.CANCELLED_BY_CITIZEN, actor=CITIZEN):
        cancel_appointment(appointment=appointment, status=status, actor=actor, now=NOW)
        Message.objects.all().delete()
        return appointment

    def test_gives_back_time_people_and_messages(self, appointment, agent):
        resume_appointment(appointment=self.cancelled(appointment), actor=agent, now=NOW)
        resume_appointment(appointment=appointment, actor=agent, now=NOW)

        appointment.refresh_from_db()
        participation = appointment.participations.get()
        assert (appointment.status, participation.status) == (Status.BOOKED, Status.BOOKED)
        calendar_agent = appointment.calendars.get().agent
        assert told() == {(Message.Kind.BOOKED, participation.citizen), (Message.Kind.BOOKED, calendar_agent)}
        assert [event.kind for event in appointment.events.all()].count(Kind.RESUMED) == 1

    def test_leaves_out_who_had_left_before(self, appointment, agent):
        newcomer = make_citizen(organization=appointment.organization)
        part = add_participant(appointment=appointment, attendee=Attendee(newcomer), actor=agent, now=NOW)
        set_participant_status(participation=part, status=Status.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW)

        resume_appointment(appointment=self.cancelled(appointment), actor=agent, now=NOW)

        part.refresh_from_db()
        assert part.status == Status.CANCELLED_BY_CITIZEN
        assert newcomer not in {who for _, who in told()}

    def test_asks_when_its_time_was_taken(self, appointment, agent):
        self.cancelled(appointment)
        make_appointment(motif=appointment.motif, calendar=appointment.calendars.get())

        with pytest.raises(OverlapNotConfirmed):
            resume_appointment(appointment=appointment, actor=agent, now=NOW)
        resume_appointment(appointment=appointment, actor=agent, now=NOW, is_overlap_confirmed=True)

        assert appointment.appointment_calendars.get().is_overlap_confirmed

    def test_is_refused_on_a_calendar_out_of_use(self, appointment, agent):
        self.cancelled(appointment)
        appointment.calendars.get().agent.memberships.all().delete()

        with pytest.raises(AppointmentNotChangeable, match="plus en service"):
            resume_appointment(appointment=appointment, actor=agent, now=NOW)


class TestDuplicating:
    def test_keeps_everything_but_the_time(self, appointment, agent):
        part = appointment.participations.get()
        part.answers, part.notify_by_sms = [{"question": "Q ?", "answer": "R"}], False
        part.save()
        appointment.context_note = "Vient avec sa fille."
        appointment.save()
        (calendar,) = appointment.calendars.all()
        asked = {
            "appointment": appointment,
            "starts_at": paris(MONDAY, 10),
            "location_id": appointment.location_id,
            "calendar_ids": [calendar.pk],
            "actor": agent,
            "now": NOW,
            "idempotency_key": uuid4(),
        }

        new = duplicate_appointment(**asked)

        assert duplicate_appointment(**asked) == new
        assert (new.starts_at, new.context_note) == (paris(MONDAY, 10), "Vient avec sa fille.")
        copied = new.participations.get()
        assert (copied.citizen, copied.answers, copied.notify_by_sms) == (part.citizen, part.answers, False)
        assert (Message.Kind.BOOKED, part.citizen) in told()

    def test_one_of_several_agents_needs_them_all(self, appointment, agent):
        own, other = appointment.calendars.get(), make_calendar(organization=appointment.organization)
        change_calendars(appointment=appointment, calendar_ids={own.pk, other.pk}, actor=agent, now=NOW)
        make_appointment(motif=appointment.motif, calendar=other, starts_at=paris(MONDAY, 10))
        asked = {
            "appointment": appointment,
            "location_id": appointment.location_id,
            "calendar_ids": [own.pk, other.pk],
            "actor": agent,
            "now": NOW,
            "idempotency_key": uuid4(),
        }

        taken, outside_all_openings, off_the_grid = paris(MONDAY, 10), paris(MONDAY, 15), paris(MONDAY, 11, 10)
        for starts_at in (taken, outside_all_openings, off_the_grid):
            with pytest.raises(SlotTaken):
                duplicate_appointment(**asked, starts_at=starts_at)
        new = duplicate_appointment(**asked, starts_at=paris(MONDAY, 11))
        assert duplicate_appointment(**asked, starts_at=paris(MONDAY, 11)) == new

        assert set(new.calendars.all()) == {own, other}

    def test_a_slot_that_is_gone_is_refused_with_the_nearest(self, appointment, agent):
        with pytest.raises(SlotTaken) as refusal:
            duplicate_appointment(
                appointment=appointment,
                starts_at=paris(TUESDAY, 10),
                location_id=appointment.location_id,
                calendar_ids=[appointment.calendars.get().pk],
                actor=agent,
                now=NOW,
            )

        assert refusal.value.nearest


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def at_once(self, *acts):
        barrier = Barrier(len(acts))

        def run(act):
            try:
                barrier.wait()
                return act()
            except SchedulingError as refusal:
                return type(refusal)
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def test_one_time_is_resumed_or_taken_never_both(self, appointment, agent):
        cancel_appointment(appointment=appointment, status=Status.CANCELLED_BY_AGENT, actor=agent, now=NOW)
        (calendar,) = appointment.calendars.all()
        citizen, location = make_citizen(organization=appointment.organization), appointment.location

        results = self.at_once(
            lambda: resume_appointment(appointment=appointment, actor=agent, now=NOW),
            lambda: make_appointment(
                motif=appointment.motif, calendar=calendar, citizen=citizen, location=location, actor=agent
            ),
        )

        assert results.count(OverlapNotConfirmed) == 1
        assert calendar.appointment_calendars.filter(is_occupying=True).count() == 1

    def test_two_who_edit_at_once_do_not_overwrite_each_other(self, appointment, agent):
        seen = appointment.ics_sequence

        results = self.at_once(
            lambda: edited(appointment, agent, seen=seen, title="Bilan"),
            lambda: edited(appointment, agent, seen=seen, title="Suivi"),
        )

        assert results.count(EditedMeanwhile) == 1
        assert appointment.events.filter(kind="edited").count() == 1
