"""The waiting room of a place: who waits and since when, who is received by whom, and the presses that change it."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import AppointmentStatus
from scheduling.selectors.slots import Demand
from scheduling.selectors.waiting_room import MOST_DONE, MOST_EXPECTED
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment, record_outcome
from scheduling.services.visits import finish, mark_arrived, receive
from scheduling.services.walk_ins import register_walk_in
from tests.factories import (
    MONDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_organization,
    make_territory_admin,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

NOON = paris(MONDAY, 12)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def social(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def motif(organization, social):
    return make_motif(organization=organization, units=[social], name="Accès aux droits")


@pytest.fixture
def place(organization):
    return make_location(organization=organization, name="Maison des solidarités")


@pytest.fixture
def agent(client, organization, social):
    agent = make_agent(organization=organization, units=[social], first_name="Alix", last_name="Durand")
    client.force_login(agent)
    return agent


@pytest.fixture
def book(motif, place, agent):
    def book(hour, minute=0, *, name, **fields):
        return make_appointment(
            **{"motif": motif, "location": place, "calendar": agent.calendar, "is_overlap_confirmed": True} | fields,
            citizen=make_citizen(organization=motif.organization, last_name=name),
            starts_at=paris(MONDAY, hour, minute),
        )

    return book


@pytest.fixture
def open_room(client, organization, place):
    def open_room(**asked):
        return client.get(reverse("scheduling:waiting_room", args=[organization.slug]), {"lieu": place.pk} | asked)

    return open_room


def text_of(response):
    text = response.content.decode().replace("&#x27;", "'").replace("&nbsp;", " ").replace("\u00a0", " ")
    return " ".join(text.split())


def names(appointments):
    return [appointment.people.removeprefix("Camille ") for appointment in appointments]


class TestTheRoom:
    def test_tells_who_waits_the_longest_first_who_is_received_expected_and_done(self, open_room, book, agent):
        actor = Actor.of(agent)
        mark_arrived(appointment=book(12, 30, name="Recente"), actor=actor, now=paris(MONDAY, 11, 57))
        mark_arrived(appointment=book(13, name="Ancienne"), actor=actor, now=paris(MONDAY, 11, 22))
        receive(appointment=book(11, 30, name="Recue"), actor=actor, now=paris(MONDAY, 11, 40))
        gone = receive(appointment=book(9, name="Partie"), actor=actor, now=paris(MONDAY, 9))
        finish(appointment=gone, actor=actor, now=paris(MONDAY, 9, 25))
        book(11, 48, name="Retard")
        book(15, name="Attendue")

        response = open_room()

        room, text = response.context["room"], text_of(response)
        assert names(room.waiting) == ["ANCIENNE", "RECENTE"]
        assert names(room.received) == ["RECUE"]
        assert names(room.expected) == ["RETARD", "ATTENDUE"]
        assert names(room.done) == ["PARTIE"]
        assert "38 min</span>" in text
        assert "Avec Alix Durand depuis 11 h 40" in text
        assert "En retard de 12 min" in text
        assert "1 en retard" in text
        assert "Reçu de 9 h à 9 h 25 par Alix Durand" in text

    def test_is_of_the_place_and_the_day(self, open_room, book, organization):
        book(14, name="Ailleurs", location=make_location(organization=organization))
        appointment = book(14, name="Annulee")
        cancel_appointment(
            appointment=appointment,
            status=AppointmentStatus.CANCELLED_BY_AGENT,
            actor=Actor.of(make_agent()),
            now=NOON,
        )
        make_appointment(
            motif=appointment.motif, location=appointment.location, starts_at=paris(MONDAY + timedelta(days=1), 9)
        )

        assert open_room().context["room"].is_empty

    def test_shows_what_one_may_see_and_no_more(self, client, open_room, organization, book, place, motif):
        pmi = make_unit(territory=organization.territory)
        secret = make_motif(organization=organization, units=[pmi], name="Motif secret")
        colleague = make_agent(organization=organization, units=[pmi])
        book(14, name="Secrete", motif=secret, calendar=colleague.calendar)
        book(14, name="Connue")

        assert "SECRETE" not in text_of(open_room())
        client.force_login(make_agent(organization=organization, is_front_desk=True))
        assert {"SECRETE", "CONNUE"} <= set(names(open_room().context["room"].expected))

    def test_of_another_tenant_is_not_there(self, client, open_room, organization):
        stranger = make_appointment(starts_at=paris(MONDAY, 14))
        client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))

        response = open_room(lieu=stranger.location_id)

        assert stranger.people not in response.content.decode()
        assert response.context["room"].location != stranger.location

    def test_is_by_itself_where_most_are_expected(self, client, organization, book):
        busy = make_location(organization=organization, name="Zone active")
        book(14, name="Une", location=busy)

        response = client.get(reverse("scheduling:waiting_room", args=[organization.slug]))

        assert response.context["room"].location == busy

    def test_is_cut_where_it_is_long_and_says_so(self, open_room, book, agent):
        for number in range(MOST_EXPECTED + 2):
            book(14 + number // 12, number % 12 * 5, name=f"Attendue{number}")
        for number in range(MOST_DONE + 1):
            appointment = book(8, number, name=f"Partie{number}")
            record_outcome(appointment=appointment, status=AppointmentStatus.FULFILLED, actor=Actor.of(agent), now=NOON)

        text = text_of(open_room())

        assert "Et 2 autres plus tard dans la journée" in text
        assert "Et 1 autre avant" in text

    def test_without_a_place_says_what_it_is(self, client):
        bare = make_organization()
        client.force_login(make_territory_admin(territory=bare.territory))

        response = client.get(reverse("scheduling:waiting_room", args=[bare.slug]))

        assert "Aucun lieu ouvert" in text_of(response)

    def test_of_nobody_leads_on(self, open_room, agent):
        assert "Personne aujourd'hui" in text_of(open_room())

    def test_escapes_names(self, open_room, book):
        book(14, name="<script>alert(1)</script>")

        assert "<script>alert" not in open_room().content.decode().lower()

    @pytest.mark.parametrize("many", [1, 5])
    def test_query_count_does_not_grow_with_rows(self, open_room, book, agent, many, assert_query_count, place, motif):
        desk = make_desk(location=place, units=motif.units.all())
        for number in range(many):
            book(14 + number, name=f"Attendue{number}")
            mark_arrived(appointment=book(13, name=f"Arrivee{number}"), actor=Actor.of(agent), now=NOON)
            receive(appointment=book(11, name=f"Recue{number}"), actor=Actor.of(make_agent()), now=NOON)
            register_walk_in(
                demand=Demand(motif),
                calendar=desk.calendar,
                location_id=place.pk,
                citizen=make_citizen(organization=motif.organization),
                actor=Actor.of(agent),
                idempotency_key=uuid4(),
                now=NOON,
            )

        with assert_query_count("waiting_room"):
            response = open_room()

        assert len(response.context["room"].waiting) == many * 2


class TestAPress:
    @pytest.fixture
    def press(self, client, organization, place):
        here = reverse("scheduling:waiting_room", args=[organization.slug], query={"lieu": place.pk})

        def press(appointment, act, **headers):
            address = reverse("scheduling:appointment_visit", args=[organization.slug, appointment.pk])
            return client.post(address, {"act": act, "next": here}, headers=headers, follow=True)

        return press

    @pytest.mark.parametrize(
        ("acts", "stage"),
        [
            (["arrived"], "arrived"),
            (["arrived", "not_arrived"], ""),
            (["received"], "in_progress"),
            (["received", "waiting"], "arrived"),
            (["arrived", "received", "finished"], "done"),
        ],
    )
    def test_takes_a_person_on_or_back_and_comes_back_here(self, book, press, acts, stage):
        appointment = book(14, name="Une")

        for act in acts:
            answer = press(appointment, act)

        appointment.refresh_from_db()
        assert appointment.stage == stage
        assert answer.context["room"].location == appointment.location

    def test_swaps_the_room_for_a_script(self, book, press):
        answer = press(book(14, name="Une"), "arrived", **{"HX-Request": "true"})

        assert answer.content.decode().strip().startswith('<div id="waiting-room"')
        assert "Attend depuis" in answer.content.decode()

    def test_that_is_refused_says_why_and_stays_to_be_read(self, book, press):
        appointment = book(14, name="Une")
        receive(appointment=appointment, actor=Actor.of(make_agent(first_name="Bea", last_name="Prem")), now=NOON)

        answer = press(appointment, "received", **{"HX-Request": "true"})

        assert "Bea Prem reçoit déjà cette personne, depuis 12 h" in text_of(answer)
        assert 'hx-swap-oob="innerHTML:#day-messages"' in answer.content.decode()

    def test_that_does_not_exist_changes_nothing(self, book, press):
        appointment = book(14, name="Une")

        assert "Cette action n'existe pas" in text_of(press(appointment, "fly"))
        appointment.refresh_from_db()
        assert appointment.stage == ""

    def test_on_the_page_of_the_appointment_is_there_on_its_day(self, client, book, organization):
        appointment = book(14, name="Une")

        page = client.get(reverse("scheduling:appointment_detail", args=[organization.slug, appointment.pk]))
        assert 'value="arrived"' in page.content.decode()
        with time_machine.travel(NOON + timedelta(days=1), tick=False):
            page = client.get(reverse("scheduling:appointment_detail", args=[organization.slug, appointment.pk]))
        assert 'value="arrived"' not in page.content.decode()


class TestToday:
    @pytest.fixture
    def today(self, client, organization, agent):
        def today(**asked):
            return client.get(reverse("scheduling:today", args=[organization.slug]), asked)

        return today

    def test_tells_who_waits_since_when_who_is_late_and_who_is_received(self, today, book, agent):
        actor = Actor.of(agent)
        mark_arrived(appointment=book(13, name="Attend"), actor=actor, now=paris(MONDAY, 11, 40))
        receive(appointment=book(14, name="Recue"), actor=actor, now=paris(MONDAY, 11, 50))
        book(11, 45, name="Retard")

        response = today()

        text = text_of(response)
        assert "1 en cours, 1 en retard, 3 rendez-vous" in text
        assert "1 en attente" in text
        assert "depuis 20 min" in text
        assert "En retard de 15 min" in text
        assert names(response.context["today"].received) == ["RECUE"]

    def test_has_the_walk_ins_of_the_calendar_and_the_way_to_more(self, today, motif, agent, place):
        register_walk_in(
            demand=Demand(motif),
            calendar=agent.calendar,
            location_id=place.pk,
            citizen=make_citizen(organization=motif.organization, last_name="Venue"),
            actor=Actor.of(agent),
            idempotency_key=uuid4(),
            now=NOON,
        )

        content = today().content.decode()

        assert "Camille VENUE" in content
        assert "Sans RDV</span>" in content
        assert reverse("scheduling:walk_in_add", args=[motif.organization.slug]) in content

    def test_has_a_desk_with_the_same_presses(self, today, book, place, social):
        desk = make_desk(location=place, units=[social])
        appointment = book(14, name="Guichetiere", calendar=desk.calendar)

        content = today(agenda=desk.calendar.pk).content.decode()

        assert f'id="visit-{appointment.pk}"' in content

    def test_offers_no_absence_for_a_walk_in_of_another_day(self, today, motif, agent, place):
        register_walk_in(
            demand=Demand(motif),
            calendar=agent.calendar,
            location_id=place.pk,
            citizen=make_citizen(organization=motif.organization, last_name="Hier"),
            actor=Actor.of(agent),
            idempotency_key=uuid4(),
            now=NOON - timedelta(days=3),
        )

        content = today().content.decode()

        assert "Camille HIER" in content
        assert 'value="no_show"' not in content
