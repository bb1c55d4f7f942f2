"""Placing and changing workshops, and registering for one as a citizen."""

from datetime import timedelta
from uuid import uuid4

import pytest

from notifications.models import Message
from notifications.services.reminders import queue_due_reminders
from organizations.models import Location, Motif
from scheduling.engine.intervals import Interval
from scheduling.exceptions import (
    AlreadyParticipating,
    AppointmentFull,
    AppointmentNotChangeable,
    OverlapNotConfirmed,
    RegistrationClosed,
    WorkshopRefused,
)
from scheduling.models import Appointment, AppointmentCalendar, AppointmentEvent, AppointmentStatus, FreeWindow
from scheduling.selectors.registrations import open_workshops
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointments import cancel_appointment
from scheduling.services.booking import Attendee, Details
from scheduling.services.participants import set_participant_status
from scheduling.services.registrations import register_citizen
from scheduling.services.workshops import create_workshops
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
    make_participation,
    make_workshop,
    paris,
)
from tests.scheduling.workshops import agent_of, change, seats_of

pytestmark = pytest.mark.django_db

NINE = Interval(paris(MONDAY, 9), paris(MONDAY, 10))


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, is_collective=True, duration=timedelta(hours=1), name="Atelier CV")


@pytest.fixture
def create(organization, motif):
    actor = Actor.of(make_agent(organization=organization))
    location = make_location(organization=organization)

    def create(calendar=None, *, details=None, **fields):
        asked = {"motif": motif, "periods": [NINE], "location_id": location.pk, "actor": actor, "now": NOW}
        calendar = calendar or make_calendar(organization=organization)
        return create_workshops(
            **asked | {"calendar_ids": [calendar.pk], "details": details or Details(seats=5)} | fields
        )

    return create


class TestPlacing:
    def test_takes_the_time_of_its_agents(self, create, organization):
        calendar = make_calendar(organization=organization)
        make_opening(calendar=calendar, organization=organization)

        create(calendar)

        windows = FreeWindow.objects.filter(calendar=calendar).values_list("starts_at", "ends_at")
        assert list(windows) == [(paris(MONDAY, 10), paris(MONDAY, 12))]

    def test_of_a_series_is_all_or_nothing(self, create, organization):
        calendar = make_calendar(organization=organization)
        make_appointment(organization=organization, calendar=calendar, starts_at=paris(TUESDAY, 9))
        periods = [NINE, Interval(paris(TUESDAY, 9), paris(TUESDAY, 10))]

        with pytest.raises(OverlapNotConfirmed):
            create(calendar, periods=periods)

        assert not Appointment.objects.collective().exists()

    def test_over_another_rdv_than_those_that_were_seen_is_refused(self, create, organization):
        """Who confirmed that it is outside the hours has confirmed nothing of an RDV that came meanwhile."""
        taken = make_calendar(organization=organization)
        make_appointment(organization=organization, calendar=taken)

        with pytest.raises(OverlapNotConfirmed):
            create(taken, is_overlap_confirmed=True, overlaps_seen=[])

        assert not Appointment.objects.collective().exists()

    def test_asked_again_with_the_same_key_gives_the_same(self, create, organization):
        calendar, key = make_calendar(organization=organization), uuid4()
        periods = [NINE, Interval(paris(TUESDAY, 9), paris(TUESDAY, 10))]

        first, again = (create(calendar, periods=periods, idempotency_key=key) for _ in range(2))

        assert first == again
        assert Appointment.objects.count() == 2

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"calendar_ids": []}, "au moins un agenda"),
            ({"details": Details(seats=0)}, "de 1 à 500 places"),
            ({"details": Details()}, "de 1 à 500 places"),
            ({"location_id": None}, "se tient sur place"),
        ],
    )
    def test_is_refused_without_what_makes_a_workshop(self, create, fields, why):
        with pytest.raises(WorkshopRefused, match=why):
            create(**fields)

    def test_is_refused_for_a_motif_of_one_person_or_an_archived_one(self, create, organization, motif):
        with pytest.raises(WorkshopRefused, match="n'est pas un motif collectif"):
            create(motif=make_motif(organization=organization))
        motif.archived_at = NOW
        with pytest.raises(WorkshopRefused, match="est archivé"):
            create()

    def test_tells_its_agents_except_who_placed_it(self, create, organization):
        others = make_calendar(organization=organization)

        create(others)

        assert [message.agent for message in Message.objects.all()] == [others.agent]


class TestChanging:
    @pytest.fixture
    def workshop(self, motif):
        return make_workshop(motif=motif)

    def test_nothing_writes_nothing(self, workshop):
        before = workshop.events.count()

        change(workshop)

        assert workshop.events.count() == before

    def test_of_agents_gives_the_time_back_and_takes_that_of_others(self, workshop, organization):
        old, new = workshop.calendars.get(), make_calendar(organization=organization)
        for calendar in (old, new):
            make_opening(calendar=calendar, organization=organization)

        change(workshop, calendar_ids=[new.pk])

        free = {
            calendar: list(FreeWindow.objects.filter(calendar=calendar).values_list("starts_at", flat=True))
            for calendar in (old, new)
        }
        assert free == {old: [paris(MONDAY, 9)], new: [paris(MONDAY, 10)]}

    def test_of_agents_over_another_rdv_must_be_confirmed(self, workshop, organization):
        taken = make_calendar(organization=organization)
        make_appointment(organization=organization, calendar=taken)

        with pytest.raises(OverlapNotConfirmed):
            change(workshop, calendar_ids=[taken.pk])
        change(workshop, calendar_ids=[taken.pk], is_overlap_confirmed=True)

        assert AppointmentCalendar.objects.get(appointment=workshop).is_overlap_confirmed

    def test_of_place_raises_the_version_that_calendars_of_others_go_by(self, workshop, organization):
        before = workshop.ics_sequence

        change(workshop, location=make_location(organization=organization))

        workshop.refresh_from_db()
        assert workshop.ics_sequence > before
        event = workshop.events.last()
        assert (event.kind, event.changes[0]["label"]) == (AppointmentEvent.Kind.EDITED, "Lieu")

    def test_of_place_sends_no_calendar_file_to_who_waits(self, workshop, organization):
        for _ in range(4):
            make_participation(workshop=workshop)
        Message.objects.all().delete()

        change(workshop, location=make_location(organization=organization))

        told = Message.objects.filter(audience="citizen").order_by("pk")
        assert [message.kind for message in told] == [*[Message.Kind.BOOKED] * 3, Message.Kind.WAITING]
        assert [bool(message.calendar_file) for message in told] == [True, True, True, False]

    def test_is_refused_once_it_is_cancelled(self, workshop):
        status = AppointmentStatus.CANCELLED_BY_AGENT
        cancel_appointment(appointment=workshop, status=status, actor=agent_of(workshop), now=NOW)

        with pytest.raises(AppointmentNotChangeable):
            change(workshop, title="Autre")


class TestReminders:
    LEAD = timedelta(hours=24)

    @pytest.fixture
    def workshop(self, motif):
        motif.reminder_lead_times = [self.LEAD]
        motif.save()
        return make_workshop(motif=motif, seats=1, starts_at=paris(MONDAY + timedelta(days=7), 9))

    def reminded(self, workshop, *, now=None):
        queue_due_reminders(now=now or workshop.starts_at - self.LEAD)
        reminders = Message.objects.filter(kind=Message.Kind.REMINDER).order_by("pk")
        return [message.participation for message in reminders]

    def test_go_to_who_is_registered_and_not_to_who_waits(self, workshop):
        registered, _ = make_participation(workshop=workshop), make_participation(workshop=workshop)

        assert self.reminded(workshop) == [registered]

    def test_do_not_go_to_who_got_a_seat_inside_the_lead_time(self, workshop):
        registered, waiting = make_participation(workshop=workshop), make_participation(workshop=workshop)
        late = workshop.starts_at - timedelta(hours=3)
        status = AppointmentStatus.CANCELLED_BY_CITIZEN
        set_participant_status(participation=registered, status=status, actor=CITIZEN, now=late)

        assert seats_of(workshop) == {1: waiting}
        assert self.reminded(workshop, now=late) == []


class TestRegisteringAsACitizen:
    @pytest.fixture
    def workshop(self, motif):
        return make_workshop(motif=motif, seats=1)

    def register(self, workshop, *, now=NOW, **fields):
        workshop = Appointment.objects.select_related("motif__organization__territory").get(pk=workshop.pk)
        attendee = Attendee(fields.pop("citizen", None) or make_citizen(organization=workshop.organization))
        return register_citizen(workshop=workshop, attendee=attendee, now=now, **fields)

    def test_takes_a_seat(self, workshop):
        registered = self.register(workshop)

        assert seats_of(workshop) == {1: registered}
        assert workshop.events.last().actor_kind == "citizen"

    def test_is_refused_when_it_is_full_unless_they_wait(self, workshop):
        self.register(workshop)

        with pytest.raises(AppointmentFull):
            self.register(workshop)
        assert self.register(workshop, may_wait=True).is_waiting

    def test_twice_is_refused_and_by_one_request_is_once(self, workshop):
        citizen, key = make_citizen(organization=workshop.organization), uuid4()

        first, again = (self.register(workshop, citizen=citizen, idempotency_key=key) for _ in range(2))

        assert first == again
        with pytest.raises(AlreadyParticipating):
            self.register(workshop, citizen=citizen)

    @pytest.mark.parametrize(
        "closed",
        [
            {"booking_audience": Motif.BookingAudience.AGENTS},
            {"booking_audience": Motif.BookingAudience.PRESCRIBERS},
            {"minimum_delay": timedelta(hours=3)},
            {"maximum_delay": timedelta(hours=1), "maximum_delay_months": None},
            {"archived_at": NOW},
        ],
    )
    def test_is_refused_where_it_is_not_open(self, workshop, motif, closed):
        """It is seven o'clock, the workshop at nine."""
        if "maximum_delay" in closed:
            closed = closed | {"minimum_delay": timedelta(0)}
        Motif.objects.filter(pk=motif.pk).update(**closed)

        with pytest.raises(RegistrationClosed):
            self.register(workshop)

    @pytest.mark.parametrize("hidden", [{"is_visible_on_portal": False}, {"closed_at": NOW}])
    def test_is_refused_in_a_place_that_the_portal_does_not_show(self, workshop, hidden):
        Location.objects.filter(pk=workshop.location_id).update(**hidden)

        with pytest.raises(RegistrationClosed):
            self.register(workshop)

    def test_is_refused_once_it_has_begun(self, workshop):
        with pytest.raises(RegistrationClosed):
            self.register(workshop, now=paris(MONDAY, 9))


class TestOffered:
    def offered(self, *motifs):
        motifs = Motif.objects.filter(pk__in=[motif.pk for motif in motifs]).select_related("organization__territory")
        return open_workshops(motifs, now=NOW)

    def test_are_those_inside_the_delays_in_order_of_time_with_the_seats_that_are_left(self, motif):
        later = make_workshop(motif=motif, starts_at=paris(TUESDAY, 9))
        sooner = make_workshop(motif=motif, starts_at=paris(MONDAY, 11))
        make_workshop(motif=motif, starts_at=paris(MONDAY, 7, 15))
        make_workshop(motif=motif, starts_at=paris(MONDAY + timedelta(days=200), 9))
        full = make_workshop(motif=motif, starts_at=paris(TUESDAY, 14), seats=1)
        for _ in range(2):
            make_participation(workshop=full)

        offered = self.offered(motif)

        assert [(each.workshop, each.free, each.next_rank) for each in offered] == [
            (sooner, 3, 1),
            (later, 3, 1),
            (full, 0, 2),
        ]

    def test_a_seat_that_has_just_been_left_is_for_who_waits(self, motif):
        workshop = make_workshop(motif=motif, seats=1)
        for _ in range(2):
            make_participation(workshop=workshop)
        # As long as nobody has moved up, which the services do at once.
        workshop.participations.filter(seat=1).update(seat=None, status="cancelled_by_citizen")

        assert [each.free for each in self.offered(motif)] == [0]

    @pytest.mark.parametrize("hidden", [{"is_visible_on_portal": False}, {"closed_at": NOW}])
    def test_are_none_where_the_portal_shows_no_place(self, motif, hidden):
        workshop = make_workshop(motif=motif)
        Location.objects.filter(pk=workshop.location_id).update(**hidden)

        assert self.offered(motif) == []

    def test_are_none_of_a_motif_of_one_person(self, organization, django_assert_num_queries):
        motifs = [make_motif(organization=organization)]

        with django_assert_num_queries(0):
            assert open_workshops(motifs, now=NOW) == []

    def test_cost_no_more_with_more_of_them(self, motif, django_assert_num_queries):
        for hour in (9, 11, 13):
            make_participation(workshop=make_workshop(motif=motif, starts_at=paris(TUESDAY, hour)))
        motifs = list(Motif.objects.filter(pk=motif.pk).select_related("organization__territory"))

        with django_assert_num_queries(1):
            assert len(open_workshops(motifs, now=NOW)) == 3
