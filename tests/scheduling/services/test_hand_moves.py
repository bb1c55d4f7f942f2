"""Moving and stretching by hand: anywhere the agent wants, never over somebody whom nobody told them of."""

from datetime import timedelta

import pytest

from notifications.models import Message
from scheduling.engine.intervals import Interval
from scheduling.exceptions import (
    AppointmentChangedMeanwhile,
    AppointmentNotChangeable,
    OverlapNotConfirmed,
    PlacementRefused,
)
from scheduling.models import Appointment, AppointmentCalendar, AppointmentEvent, AppointmentStatus, Conflict
from scheduling.participation_links import link_token, participation_of
from scheduling.selectors.slots import Demand, offered_slots
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment, record_outcome
from scheduling.services.booking import Attendee, place_appointment
from scheduling.services.hand_moves import Consent, Destination, move_by_hand, stretch_appointment
from scheduling.services.participants import add_participant, set_participant_status
from scheduling.services.visits import mark_arrived, receive
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
    make_organization,
    paris,
)
from tests.scheduling import walks

pytestmark = pytest.mark.django_db

UNASKED = Consent()


@pytest.fixture(scope="module")
def motif(rows_of_the_module):
    return make_motif(organization=make_organization())


@pytest.fixture(scope="module")
def opening(motif):
    return make_opening(motifs=[motif])


@pytest.fixture(scope="module")
def actor(motif):
    return Actor.of(make_agent(organization=motif.organization))


@pytest.fixture(scope="module")
def appointment(motif, opening):
    return make_appointment(
        motif=motif, calendar=opening.calendar, location=opening.location, starts_at=paris(MONDAY, 10)
    )


@pytest.fixture
def move(appointment, actor):
    def move(hour, minute=0, *, day=MONDAY, of=appointment, now=NOW, consent=UNASKED, **changes):
        start = paris(day, hour, minute)
        period = Interval(start, start + (of.ends_at - of.starts_at))
        to = Destination.of(of, **{"period": period} | changes)
        return move_by_hand(appointment=of, to=to, actor=actor, now=now, consent=consent)

    return move


@pytest.fixture
def stretch(appointment, actor):
    def stretch(hour, minute=0, *, of=appointment, now=NOW, consent=UNASKED):
        return stretch_appointment(
            appointment=of, ends_at=paris(MONDAY, hour, minute), actor=actor, now=now, consent=consent
        )

    return stretch


def starts(motif):
    slots = offered_slots([Demand(motif)], start=NOW, end=NOW + timedelta(days=7), now=NOW)
    return [slot.starts_at.astimezone(NOW.tzinfo).strftime("%H:%M") for slot in slots]


def events(appointment):
    return list(appointment.events.order_by("pk").values_list("kind", flat=True))


def nothing_drifts():
    return walks.drift(NOW) == (set(), set()) and walks.conflict_drift(NOW) == {}


class TestLinks:
    def test_stay_good_where_nobody_is_told(self, appointment, move):
        """What is put into the past was told by those who were there."""
        part = appointment.participations.get()

        move(9, now=paris(MONDAY, 9, 45))

        assert participation_of(link_token(part), now=NOW) == part

    def test_of_who_has_left_stay_good(self, appointment, move, actor):
        newcomer = make_citizen(organization=appointment.organization)
        part = add_participant(appointment=appointment, attendee=Attendee(newcomer), actor=actor, now=NOW)
        left = AppointmentStatus.CANCELLED_BY_CITIZEN
        set_participant_status(participation=part, status=left, actor=actor, now=NOW)

        move(11)

        assert participation_of(link_token(part), now=NOW) == part


class TestMoving:
    def test_frees_the_old_time_and_takes_the_new(self, motif, appointment, move):
        moved = move(11, 15)

        assert (moved.starts_at, moved.ends_at) == (paris(MONDAY, 11, 15), paris(MONDAY, 11, 45))
        assert starts(motif) == ["09:00", "09:30", "10:00", "10:30"]
        assert nothing_drifts()

    def test_goes_where_nothing_is_open_and_is_kept_there(self, appointment, move, actor):
        move(15)

        conflict = Conflict.objects.get()
        assert (conflict.reasons, conflict.kept_by) == (["outside"], actor.agent)
        assert nothing_drifts()

    def test_to_another_day_forgets_that_somebody_has_come_and_within_the_day_does_not(self, appointment, move, actor):
        arrived_at = paris(MONDAY, 8, 50)
        mark_arrived(appointment=appointment, actor=actor, now=arrived_at)

        assert move(11, now=arrived_at).arrived_at == arrived_at
        move(11, day=TUESDAY, now=arrived_at)

        appointment.refresh_from_db()
        assert appointment.arrived_at is None

    def test_is_refused_while_somebody_is_being_received(self, appointment, move, actor):
        receive(appointment=appointment, actor=actor, now=paris(MONDAY, 8, 50))

        with pytest.raises(AppointmentNotChangeable, match="en cours"):
            move(11, now=paris(MONDAY, 8, 55))

    def test_goes_to_a_colleague_with_its_hour(self, motif, appointment, move):
        colleague = make_calendar(organization=motif.organization)

        moved = move(10, calendar_ids=[colleague.pk])

        assert list(moved.calendars.order_by("pk")) == [colleague]
        assert starts(motif) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]

    def test_takes_another_place(self, motif, appointment, move):
        annex = make_location(organization=motif.organization)

        assert move(10, location_id=annex.pk).location == annex

    def test_is_written_down_with_where_it_was_and_told(self, appointment, move, actor):
        move(11)

        event = appointment.events.get(kind=AppointmentEvent.Kind.MOVED)
        assert (event.previous_starts_at, event.actor) == (paris(MONDAY, 10), actor.agent)
        assert Message.objects.filter(kind=Message.Kind.MOVED).exists()

    def test_replaces_the_links_sent_before(self, appointment, move):
        before = appointment.participations.get().link_version

        move(11)

        assert appointment.participations.get().link_version == before + 1

    def test_to_where_it_is_changes_nothing(self, appointment, move):
        move(11)
        again = move(11, consent=Consent(sequence=appointment.ics_sequence))  # A second click, from the old screen.

        assert events(again) == ["booked", "moved"]

    def test_may_be_taken_back(self, motif, appointment, move):
        moved = move(11)
        move(10, of=moved, consent=Consent(sequence=moved.ics_sequence))

        appointment.refresh_from_db()
        assert appointment.starts_at == paris(MONDAY, 10)
        assert starts(motif) == ["09:00", "09:30", "10:30", "11:00", "11:30"]

    def test_of_several_calendars_keeps_them_all(self, motif, opening, actor, move):
        second = make_calendar(organization=motif.organization)
        both = place_appointment(
            motif=motif,
            period=Interval(paris(MONDAY, 9), paris(MONDAY, 9, 30)),
            calendar_ids=[opening.calendar_id, second.pk],
            attendees=[Attendee(make_citizen(organization=motif.organization))],
            actor=actor,
            now=NOW,
        )

        assert set(move(14, of=both).calendars.order_by("pk")) == {opening.calendar, second}
        third = make_calendar(organization=motif.organization)
        replaced = move(14, of=both, calendar_ids=[third.pk, second.pk])
        assert set(replaced.calendars.order_by("pk")) == {second, third}
        with pytest.raises(PlacementRefused):
            move(15, of=both, calendar_ids=[second.pk])
        assert nothing_drifts()


class TestOverAnother:
    @pytest.fixture
    def other(self, motif, opening):
        return make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 11))

    def test_is_refused_until_confirmed_then_marked(self, appointment, other, move):
        with pytest.raises(OverlapNotConfirmed):
            move(11, 15)

        move(11, 15, consent=Consent(is_overlap_confirmed=True, overlaps_seen=[other.pk]))

        marked = AppointmentCalendar.objects.filter(is_overlap_confirmed=True)
        assert [row.appointment for row in marked] == [appointment]

    def test_somebody_who_came_after_the_question_was_not_confirmed(self, motif, opening, appointment, other, move):
        make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 11, 30))

        with pytest.raises(OverlapNotConfirmed):
            move(11, 15, consent=Consent(is_overlap_confirmed=True, overlaps_seen=[other.pk]))

    def test_away_from_it_is_no_overlap_any_longer(self, appointment, other, move):
        moved = move(11, consent=Consent(is_overlap_confirmed=True))
        move(9, of=moved)

        assert not AppointmentCalendar.objects.filter(is_overlap_confirmed=True).exists()


class TestIsRefused:
    def test_once_somebody_changed_it(self, appointment, move):
        seen = Consent(sequence=appointment.ics_sequence)
        move(9)

        with pytest.raises(AppointmentChangedMeanwhile):
            move(11, consent=seen)

    def test_once_it_has_begun(self, appointment, move):
        with pytest.raises(AppointmentNotChangeable):
            move(11, now=paris(MONDAY, 10))

    def test_once_cancelled_or_with_an_outcome(self, motif, appointment, move, stretch, actor):
        record_outcome(appointment=appointment, status=AppointmentStatus.NO_SHOW, actor=actor, now=NOW)
        with pytest.raises(AppointmentNotChangeable):
            move(11)
        with pytest.raises(AppointmentNotChangeable):
            stretch(11)
        record_outcome(appointment=appointment, status=AppointmentStatus.BOOKED, actor=actor, now=NOW)
        cancel_appointment(appointment=appointment, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=actor, now=NOW)

        with pytest.raises(AppointmentNotChangeable):
            move(11)
        with pytest.raises(AppointmentNotChangeable):
            stretch(11)


class TestStretching:
    def test_takes_the_time_it_needs_and_tells_nobody(self, motif, appointment, stretch):
        told = Message.objects.count()

        stretched = stretch(11)

        assert (stretched.starts_at, stretched.ends_at) == (paris(MONDAY, 10), paris(MONDAY, 11))
        assert starts(motif) == ["09:00", "09:30", "11:00", "11:30"]
        assert Message.objects.count() == told
        assert nothing_drifts()

    def test_gives_back_what_it_does_not_need(self, motif, appointment, stretch):
        stretch(10, 15)

        assert "10:15" in starts(motif)
        assert nothing_drifts()

    def test_is_written_down_in_words_and_leaves_the_links_alone(self, appointment, stretch):
        before = appointment.participations.get().link_version

        stretch(11)

        event = appointment.events.get(kind=AppointmentEvent.Kind.EDITED)
        assert event.reason.replace("\u00a0", " ") == "Fin à 11 h au lieu de 10 h 30"
        assert appointment.participations.get().link_version == before

    def test_of_the_same_again_changes_nothing(self, appointment, stretch):
        stretch(11)
        stretch(11)

        assert events(appointment) == ["booked", "edited"]

    def test_over_the_next_one_has_to_be_confirmed(self, motif, opening, appointment, stretch):
        other = make_appointment(motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 10, 30))

        with pytest.raises(OverlapNotConfirmed):
            stretch(11)
        stretch(11, consent=Consent(is_overlap_confirmed=True, overlaps_seen=[other.pk]))
        assert AppointmentCalendar.objects.get(is_overlap_confirmed=True).appointment == appointment
        stretch(10, 30)
        assert not AppointmentCalendar.objects.filter(is_overlap_confirmed=True).exists()

    def test_while_it_takes_place_but_not_afterwards(self, appointment, stretch):
        stretch(11, now=paris(MONDAY, 10, 20))
        with pytest.raises(AppointmentNotChangeable):
            stretch(12, now=paris(MONDAY, 11))

    def test_never_ends_before_it_begins_nor_the_day_after_next(self, appointment, stretch, actor):
        with pytest.raises(PlacementRefused):
            stretch(10)
        with pytest.raises(PlacementRefused):
            stretch_appointment(appointment=appointment, ends_at=paris(TUESDAY, 10, 5), actor=actor, now=NOW)

    def test_once_somebody_changed_it_is_refused(self, appointment, move, stretch):
        seen = Consent(sequence=appointment.ics_sequence)
        move(9)

        with pytest.raises(AppointmentChangedMeanwhile):
            stretch(11, consent=seen)


def test_a_past_one_may_be_placed_afterwards(motif, opening, appointment, actor):
    placed = make_appointment(
        motif=motif, calendar=opening.calendar, starts_at=paris(MONDAY, 9), actor=actor, now=paris(MONDAY, 11)
    )

    assert placed.is_awaiting_outcome(paris(MONDAY, 11))
    assert list(Appointment.objects.order_by("starts_at")) == [placed, appointment]
