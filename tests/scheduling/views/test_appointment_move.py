"""Moving an appointment through the slots of its motif."""

import contextlib
from datetime import time, timedelta

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse

from scheduling.engine.intervals import Interval
from scheduling.exceptions import SlotTaken
from scheduling.models import Appointment, AppointmentCalendar, AppointmentEvent
from scheduling.services.actors import Actor
from scheduling.services.appointments import move_appointment
from scheduling.services.windows import refresh_windows
from tests.factories import (
    FRIDAY,
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

NEXT_MONDAY = MONDAY + timedelta(days=7)


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def social(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def location(organization):
    return make_location(organization=organization)


@pytest.fixture
def motif(organization, social):
    return make_motif(organization=organization, units=[social], duration=timedelta(minutes=60))


@pytest.fixture
def agent(client, organization, social):
    agent = make_agent(organization=organization, units=[social], first_name="Alice", last_name="Delcourt")
    client.force_login(agent)
    return agent


@pytest.fixture
def colleague(organization, social):
    return make_agent(organization=organization, units=[social], first_name="Karim", last_name="Benhaddou")


@pytest.fixture
def appointment(motif, agent, location):
    return make_appointment(motif=motif, calendar=agent.calendar, location=location, starts_at=paris(TUESDAY, 15))


@pytest.fixture
def open_hours(motif, location):
    def open_hours(agent, day, start, end):
        return make_opening(
            calendar=agent.calendar,
            motifs=[motif],
            location=location,
            first_day=day,
            start_time=time(start),
            end_time=time(end),
        )

    return open_hours


def address(appointment):
    return reverse("scheduling:appointment_move", args=[appointment.organization.slug, appointment.pk])


def chosen(starts_at, location, agent):
    return {
        "starts_at": starts_at.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "location": location.pk,
        "calendar": agent.calendar.pk,
    }


def add_calendar(appointment, calendar):
    """One more agent for an appointment that stands."""
    AppointmentCalendar.objects.create(
        organization=appointment.organization,
        appointment=appointment,
        calendar=calendar,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
    )
    refresh_windows(calendars=[calendar], period=Interval(appointment.starts_at, appointment.ends_at), now=NOW)


def offered(response):
    return [
        (day["day"], group["label"], [(slot["starts_at"], slot["note"]) for slot in group["slots"]])
        for day in response.context["days"]
        for group in day["groups"]
    ]


def test_the_own_agents_slots_come_first_then_those_of_colleagues(client, appointment, agent, colleague, open_hours):
    open_hours(agent, FRIDAY, 9, 11)
    open_hours(colleague, FRIDAY, 10, 12)

    assert offered(client.get(address(appointment))) == [
        (FRIDAY, "Alice Delcourt", [(paris(FRIDAY, 9), ""), (paris(FRIDAY, 10), "")]),
        (FRIDAY, "Autres agendas", [(paris(FRIDAY, 11), "Karim Benhaddou")]),
    ]


def test_an_empty_week_leads_to_the_next_one_with_slots(client, appointment, agent, open_hours):
    open_hours(agent, NEXT_MONDAY, 9, 11)

    empty = client.get(address(appointment))
    there = client.get(address(appointment), {"semaine": empty.context["week_with_slots"].isoformat()})

    assert empty.context["week_with_slots"] == NEXT_MONDAY
    assert [start for start, _ in offered(there)[0][2]] == [paris(NEXT_MONDAY, 9), paris(NEXT_MONDAY, 10)]


def test_without_any_slot_the_page_says_so(client, appointment):
    assert "Aucune plage d&#x27;ouverture" in client.get(address(appointment)).content.decode() or (
        "Aucune plage d'ouverture" in client.get(address(appointment)).content.decode()
    )


def test_a_slot_is_confirmed_and_the_appointment_is_there(client, appointment, agent, location, open_hours):
    open_hours(agent, FRIDAY, 9, 11)
    slot = chosen(paris(FRIDAY, 10), location, agent)

    question = client.get(address(appointment), slot).content.decode().replace("\u00a0", " ")
    answer = client.post(address(appointment), slot)

    appointment.refresh_from_db()
    assert "vendredi 6 mars 2026 à 10 h" in question
    assert answer.status_code == 302
    assert appointment.starts_at == paris(FRIDAY, 10)
    assert appointment.events.last().kind == AppointmentEvent.Kind.MOVED
    assert appointment.events.last().previous_starts_at == paris(TUESDAY, 15)


def test_it_can_go_to_a_colleague(client, appointment, colleague, location, open_hours):
    open_hours(colleague, FRIDAY, 9, 11)

    client.post(address(appointment), chosen(paris(FRIDAY, 9), location, colleague))

    assert list(appointment.calendars.all()) == [colleague.calendar]


def test_a_taken_slot_is_refused_with_the_nearest_ones(client, appointment, motif, agent, location, open_hours):
    open_hours(agent, FRIDAY, 9, 11)
    make_appointment(motif=motif, calendar=agent.calendar, location=location, starts_at=paris(FRIDAY, 10))

    answer = client.post(address(appointment), chosen(paris(FRIDAY, 10), location, agent))

    appointment.refresh_from_db()
    assert answer.status_code == 422
    assert [slot["starts_at"] for slot in answer.context["nearest"]] == [paris(FRIDAY, 9)]
    assert appointment.starts_at == paris(TUESDAY, 15)


def test_a_colleague_of_another_service_is_no_choice(client, organization, appointment, location, open_hours):
    stranger = make_agent(organization=organization, units=[make_unit(territory=organization.territory)])
    open_hours(stranger, FRIDAY, 9, 11)

    page = client.get(address(appointment))
    answer = client.post(address(appointment), chosen(paris(FRIDAY, 9), location, stranger))

    assert offered(page) == []
    assert answer.status_code == 422


def test_what_has_begun_is_not_moved(client, appointment):
    with time_machine.travel(paris(TUESDAY, 15, 10), tick=False):
        answers = [client.get(address(appointment)), client.post(address(appointment), {})]

    assert {answer.status_code for answer in answers} == {302}


@pytest.mark.parametrize("week", ["", "n'importe quoi", "9999-12-31", "0001-01-01", "2026-02-30"])
def test_a_spoilt_week_shows_that_of_the_appointment(client, appointment, week):
    assert client.get(address(appointment), {"semaine": week}).context["monday"] == MONDAY


@pytest.mark.parametrize("colleagues", [1, 4])
def test_query_count_does_not_grow_with_slots(
    client, organization, social, appointment, agent, open_hours, colleagues, assert_query_count
):
    open_hours(agent, FRIDAY, 9, 11)
    for _ in range(colleagues):
        open_hours(make_agent(organization=organization, units=[social]), FRIDAY, 9, 16)

    with assert_query_count("appointment_move"):
        client.get(address(appointment))


class TestOfSeveralCalendars:
    """It keeps them all: what is offered is what all have free, on the slots of any."""

    @pytest.fixture
    def appointment(self, appointment, colleague):
        add_calendar(appointment, colleague.calendar)
        return appointment

    def test_a_start_at_which_one_is_busy_is_not_offered(
        self, client, motif, appointment, agent, colleague, open_hours
    ):
        open_hours(agent, FRIDAY, 9, 12)
        make_unavailability(
            calendar=colleague.calendar,
            organization=appointment.organization,
            first_day=FRIDAY,
            start_time=time(9),
            end_time=time(9, 15),
        )
        make_appointment(motif=motif, calendar=colleague.calendar, starts_at=paris(FRIDAY, 11))

        assert offered(client.get(address(appointment))) == [
            (FRIDAY, "Karim Benhaddou et Alice Delcourt", [(paris(FRIDAY, 10), "")])
        ]

    def test_hours_of_somebody_else_are_none_of_them(self, client, organization, social, appointment, open_hours):
        third = make_agent(organization=organization, units=[social])
        open_hours(third, FRIDAY, 9, 10)

        response = client.get(address(appointment))

        assert offered(response) == []
        assert response.context["week_with_slots"] is None

    def test_the_next_week_is_one_where_all_are_free(self, client, appointment, agent, colleague, open_hours):
        for week in (1, 11):
            open_hours(agent, FRIDAY + timedelta(weeks=week), 9, 11)
        make_unavailability(
            calendar=colleague.calendar, organization=appointment.organization, first_day=FRIDAY + timedelta(weeks=1)
        )

        response = client.get(address(appointment))

        assert response.context["week_with_slots"] == MONDAY + timedelta(weeks=11)
        assert offered(client.get(address(appointment), {"semaine": MONDAY + timedelta(weeks=11)}))

    def test_the_confirmation_names_them_all_and_a_refusal_offers_what_all_have(
        self, client, motif, appointment, agent, colleague, location, open_hours
    ):
        open_hours(agent, FRIDAY, 9, 13)
        make_appointment(motif=motif, calendar=colleague.calendar, starts_at=paris(FRIDAY, 10))
        asked = chosen(paris(FRIDAY, 10), location, agent)

        assert "Avec Karim Benhaddou et Alice Delcourt" in client.get(address(appointment), asked).content.decode()
        refused = client.post(address(appointment), asked)

        assert refused.status_code == 422
        hours = [slot["starts_at"] for slot in refused.context["nearest"]]
        assert hours == [paris(FRIDAY, 9), paris(FRIDAY, 11)]

    def test_what_is_offered_is_what_the_service_accepts(
        self, client, motif, appointment, agent, colleague, location, open_hours
    ):
        open_hours(agent, FRIDAY, 8, 18)
        other = make_motif(organization=motif.organization, pause=timedelta(minutes=20))
        for hour, calendar in [(9, agent.calendar), (11, colleague.calendar), (14, colleague.calendar)]:
            make_appointment(motif=other, calendar=calendar, starts_at=paris(FRIDAY, hour))
        shown = {at for _, _, slots in offered(client.get(address(appointment))) for at, _ in slots}

        accepted = set()
        for quarter in range(8 * 12, 18 * 12):
            at = paris(FRIDAY, quarter // 12, quarter % 12 * 5)
            with contextlib.suppress(SlotTaken), transaction.atomic():
                move_appointment(
                    appointment=Appointment.objects.get(pk=appointment.pk),
                    starts_at=at,
                    location_id=location.pk,
                    actor=Actor.of(agent),
                    now=NOW,
                    for_agent=True,
                )
                accepted.add(at)
                transaction.set_rollback(True)

        assert shown == accepted
        assert len(shown) == 7


class TestOfAFollowUp:
    def test_stays_with_its_agent_or_goes_to_a_referent(
        self, client, organization, social, motif, appointment, agent, colleague, open_hours
    ):
        motif.is_follow_up = True
        motif.save()
        third = make_agent(organization=organization, units=[social])
        open_hours(agent, FRIDAY, 9, 10)
        open_hours(colleague, FRIDAY, 11, 12)
        open_hours(third, FRIDAY, 14, 15)

        def starts():
            return [at for _, _, slots in offered(client.get(address(appointment))) for at, _ in slots]

        assert starts() == [paris(FRIDAY, 9)]
        appointment.participations.get().citizen.referents.add(colleague)
        assert starts() == [paris(FRIDAY, 9), paris(FRIDAY, 11)]

    def test_does_not_go_to_anybody_else_whatever_the_form_says(
        self, client, motif, appointment, colleague, open_hours
    ):
        motif.is_follow_up = True
        motif.save()
        open_hours(colleague, FRIDAY, 11, 12)
        typed = {
            "starts_at": "2026-03-06T11:00:00+0100",
            "location": appointment.location.pk,
            "calendar": colleague.calendar.pk,
        }

        assert client.post(address(appointment), typed).status_code == 422
        appointment.participations.get().citizen.referents.add(colleague)
        assert client.post(address(appointment), typed).status_code == 302
        assert appointment.calendars.get() == colleague.calendar


def test_a_colleague_that_the_member_sees_takes_the_start_that_a_hidden_one_has_too(
    client, organization, appointment, colleague, open_hours
):
    """The hidden calendar comes first by its id."""
    unseen = make_unit(territory=organization.territory)
    make_opening(
        calendar=make_agent(organization=organization, units=[unseen]).calendar,
        motifs=[appointment.motif],
        location=appointment.location,
        first_day=FRIDAY,
        end_time=time(10),
    )
    open_hours(colleague, FRIDAY, 9, 10)

    assert offered(client.get(address(appointment))) == [
        (FRIDAY, "Autres agendas", [(paris(FRIDAY, 9), "Karim Benhaddou")])
    ]


def test_an_empty_week_leads_past_the_windows_too(client, appointment, agent, open_hours):
    open_hours(agent, FRIDAY + timedelta(weeks=40), 9, 10)

    assert client.get(address(appointment)).context["week_with_slots"] == MONDAY + timedelta(weeks=40)
