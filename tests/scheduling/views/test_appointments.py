"""The page of an appointment, its outcome and its cancellation."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from notifications.models import Message
from organizations.models import Membership
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus
from scheduling.services.actors import CITIZEN, Actor
from scheduling.services.appointments import cancel_appointment
from scheduling.services.booking import Details
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_option,
    make_organization,
    make_territory_admin,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

Status = AppointmentStatus
Kind = AppointmentEvent.Kind
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
    return make_unit(territory=organization.territory, name="Service social")


@pytest.fixture
def motif(organization, social):
    return make_motif(organization=organization, units=[social], name="Accès aux droits")


@pytest.fixture
def agent(client, organization, social):
    agent = make_agent(organization=organization, units=[social], first_name="Alice", last_name="Delcourt")
    client.force_login(agent)
    return agent


@pytest.fixture
def appointment(motif, agent):
    return make_appointment(
        motif=motif, calendar=agent.calendar, starts_at=paris(MONDAY, 9), actor=Actor.of(agent), now=NOW
    )


@pytest.fixture
def upcoming(motif, agent):
    return make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(MONDAY + timedelta(days=1), 9, 30))


def address(name, appointment):
    return reverse(f"scheduling:appointment_{name}", args=[appointment.organization.slug, appointment.pk])


def words(response):
    text = response.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ").replace("&#x27;", "'")
    return " ".join(text.split())


class TestThePage:
    @pytest.mark.parametrize("name", ["detail", "glance"])
    def test_tells_how_to_reach_who_answers_for_a_relative(self, client, organization, motif, agent, name):
        responsible = make_citizen(
            organization=organization, first_name="Fatima", last_name="El Amrani", phone="+33612345678", email="f@e.fr"
        )
        child = make_citizen(organization=organization, first_name="Noé", email="", responsible=responsible)
        appointment = make_appointment(motif=motif, calendar=agent.calendar, citizen=child)

        text = words(client.get(address(name, appointment)))

        assert "06 12 34 56 78" in text
        assert "aucun message" not in text
        if name == "detail":
            assert "Responsable : Fatima EL AMRANI" in text
            assert "f@e.fr" in text

    def test_tells_everything_an_agent_needs(self, client, organization, motif, agent):
        citizen = make_citizen(
            organization=organization, first_name="Fatima", last_name="El Amrani", phone="+33612345678", email="f@e.fr"
        )
        appointment = make_appointment(
            motif=motif,
            option=make_option(motif=motif, name="Première demande"),
            calendar=agent.calendar,
            citizen=citizen,
            starts_at=paris(MONDAY, 14, 30),
            details=Details(context_note="Vient avec sa fille."),
        )
        participation = appointment.participations.get()
        participation.answers = [{"question": "Numéro d'allocataire", "answer": "1234567A"}]
        participation.save()

        text = words(client.get(address("detail", appointment)))

        for written in [
            "Fatima EL AMRANI",
            "06 12 34 56 78",
            "f@e.fr",
            "Lundi 2 mars 2026",
            "14 h 30 – 15 h",
            "Accès aux droits – Première demande",
            str(appointment.location),
            "Alice Delcourt",
            "Vient avec sa fille.",
            "Numéro d'allocataire",
            "1234567A",
            "À venir",
        ]:
            assert written in text

    def test_tells_the_history_in_words(self, client, agent, upcoming):
        cancel_appointment(
            appointment=upcoming, status=Status.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOON, reason="Malade"
        )

        text = words(client.get(address("detail", upcoming)))

        assert "Rendez-vous pris" in text
        assert "Annulé à la demande de l'usager" in text
        assert "lundi 2 mars à 12 h, par l'usager" in text
        assert "« Malade »" in text

    def test_tells_what_became_of_each_message(self, client, appointment):
        Message.objects.filter(appointment=appointment).update(
            status=Message.Status.FAILED, error="Boîte pleine", recipient="c@e.fr"
        )

        text = words(client.get(address("detail", appointment)))

        assert "Échec" in text
        assert "E-mail à c@e.fr" in text
        assert "Boîte pleine" in text

    def test_escapes_what_people_typed(self, client, organization, motif, agent):
        attack = "<img src=x onerror=alert(1)>"
        appointment = make_appointment(
            motif=motif,
            calendar=agent.calendar,
            citizen=make_citizen(organization=organization, first_name=attack),
            starts_at=paris(MONDAY, 15),
            details=Details(context_note=attack),
        )
        participation = appointment.participations.get()
        participation.answers = [{"question": attack, "answer": attack}]
        participation.save()

        assert "<img" not in client.get(address("detail", appointment)).content.decode()

    def test_offers_what_can_still_be_done(self, client, appointment, upcoming):
        begun, to_come = (words(client.get(address("detail", one))) for one in (appointment, upcoming))

        assert "Que s'est-il passé" in begun
        assert "Déplacer" not in begun
        assert "Que s'est-il passé" not in to_come
        assert "Déplacer" in to_come

    @pytest.mark.parametrize(
        ("who", "status"),
        [
            ("same service", 200),
            ("other service", 404),
            ("front desk", 200),
            ("admin", 200),
            ("territory admin", 200),
            ("other organization", 404),
            ("other territory", 404),
        ],
    )
    def test_exists_for_whom_it_concerns(self, client, organization, social, appointment, who, status):
        territory = organization.territory
        people = {
            "same service": lambda: make_agent(organization=organization, units=[social]),
            "other service": lambda: make_agent(organization=organization, units=[make_unit(territory=territory)]),
            "front desk": lambda: make_agent(organization=organization, is_front_desk=True),
            "admin": lambda: make_agent(organization=organization, role=Membership.Role.ADMIN),
            "territory admin": lambda: make_territory_admin(territory=territory),
            "other organization": lambda: make_agent(
                organization=make_organization(territory=territory), role=Membership.Role.ADMIN
            ),
            "other territory": lambda: make_territory_admin(territory=make_organization().territory),
        }
        client.force_login(people[who]())

        assert client.get(address("detail", appointment)).status_code == status

    def test_query_count_does_not_grow_with_people_and_events(
        self, client, organization, agent, upcoming, assert_query_count
    ):
        for number in range(3):
            AppointmentEvent.objects.create(
                organization=organization,
                appointment=upcoming,
                kind=Kind.EDITED,
                at=NOON + timedelta(minutes=number),
                actor_kind="agent",
                actor=agent,
            )
            upcoming.participations.create(
                organization=organization,
                territory=organization.territory,
                citizen=make_citizen(organization=organization),
                created_at=NOON,
            )
        with assert_query_count("appointment_detail"):
            response = client.get(address("detail", upcoming))

        assert "4 participants" in words(response)


class TestTheOutcome:
    def tell(self, client, appointment, status, **more):
        return client.post(address("outcome", appointment), {"status": status} | more)

    @pytest.mark.parametrize(
        ("before", "asked", "after", "event"),
        [
            (Status.BOOKED, Status.FULFILLED, Status.FULFILLED, Kind.FULFILLED),
            (Status.BOOKED, Status.NO_SHOW, Status.NO_SHOW, Kind.NO_SHOW),
            (Status.FULFILLED, Status.NO_SHOW, Status.NO_SHOW, Kind.NO_SHOW),
            (Status.NO_SHOW, Status.FULFILLED, Status.FULFILLED, Kind.FULFILLED),
            (Status.FULFILLED, Status.BOOKED, Status.BOOKED, Kind.OUTCOME_WITHDRAWN),
            (Status.NO_SHOW, Status.BOOKED, Status.BOOKED, Kind.OUTCOME_WITHDRAWN),
            (Status.FULFILLED, Status.FULFILLED, Status.FULFILLED, None),
            (Status.CANCELLED_BY_AGENT, Status.FULFILLED, Status.CANCELLED_BY_AGENT, None),
        ],
    )
    def test_is_said_corrected_and_withdrawn_with_a_trace(self, client, appointment, before, asked, after, event):
        Appointment.objects.filter(pk=appointment.pk).update(status=before)
        appointment.participations.update(status=before)
        known = appointment.events.count()

        response = self.tell(client, appointment, asked)

        appointment.refresh_from_db()
        assert response.status_code == 302
        assert appointment.status == after
        assert [one.kind for one in appointment.events.all()[known:]] == ([event] if event else [])

    def test_of_tomorrow_is_not_known_today(self, client, upcoming):
        self.tell(client, upcoming, Status.FULFILLED)

        upcoming.refresh_from_db()
        assert upcoming.status == Status.BOOKED

    def test_that_does_not_exist_is_refused(self, client, appointment):
        response = self.tell(client, appointment, Status.CANCELLED_BY_AGENT)

        appointment.refresh_from_db()
        assert response.status_code == 422
        assert appointment.status == Status.BOOKED

    def test_leads_back_to_a_page_of_ours_only(self, client, appointment):
        response = self.tell(client, appointment, Status.FULFILLED, next="https://evil.example/")

        assert response["Location"] == address("detail", appointment)

    def test_is_not_for_an_agent_of_another_service(self, client, organization, appointment):
        client.force_login(make_agent(organization=organization, units=[make_unit(territory=organization.territory)]))

        assert self.tell(client, appointment, Status.FULFILLED).status_code == 404
        appointment.refresh_from_db()
        assert appointment.status == Status.BOOKED

    def test_is_not_told_by_a_link(self, client, appointment):
        assert client.get(address("outcome", appointment)).status_code == 405


class TestTheCancellation:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (Status.CANCELLED_BY_CITIZEN, Kind.CANCELLED_BY_CITIZEN),
            (Status.CANCELLED_BY_AGENT, Kind.CANCELLED_BY_AGENT),
            (Status.UNSCHEDULED, Kind.UNSCHEDULED),
        ],
    )
    def test_says_by_whom_and_why(self, client, agent, upcoming, status, kind):
        client.post(address("cancel", upcoming), {"status": status, "reason": "Grève des bus"})

        upcoming.refresh_from_db()
        event = upcoming.events.last()
        assert upcoming.status == status
        assert (event.kind, event.actor, event.reason) == (kind, agent, "Grève des bus")

    def test_asks_first(self, client, upcoming):
        response = client.get(address("cancel", upcoming))

        upcoming.refresh_from_db()
        assert "1 personne est prévenue" in words(response)
        assert upcoming.status == Status.BOOKED

    def test_without_saying_by_whom_is_asked_again(self, client, upcoming):
        response = client.post(address("cancel", upcoming), {"status": "", "reason": "Grève des bus"})

        assert response.status_code == 422
        assert "Grève des bus" in response.content.decode()

    def test_twice_changes_nothing_more(self, client, upcoming):
        client.post(address("cancel", upcoming), {"status": Status.CANCELLED_BY_AGENT})
        again = client.post(address("cancel", upcoming), {"status": Status.CANCELLED_BY_CITIZEN}, follow=True)

        upcoming.refresh_from_db()
        assert "Ce rendez-vous est déjà annulé." in words(again)
        assert upcoming.status == Status.CANCELLED_BY_AGENT
        assert upcoming.events.filter(kind__startswith="cancelled").count() == 1

    def test_of_what_was_fulfilled_is_refused(self, client, appointment):
        Appointment.objects.filter(pk=appointment.pk).update(status=Status.FULFILLED)

        answer = client.post(address("cancel", appointment), {"status": Status.CANCELLED_BY_AGENT}, follow=True)

        assert "Ce rendez-vous ne peut plus être modifié." in words(answer)

    def test_of_last_weeks_appointment_is_still_possible(self, client, motif, agent):
        forgotten = make_appointment(
            motif=motif, calendar=agent.calendar, starts_at=paris(MONDAY - timedelta(days=7), 9)
        )

        client.post(address("cancel", forgotten), {"status": Status.CANCELLED_BY_CITIZEN})

        forgotten.refresh_from_db()
        assert forgotten.is_cancelled

    def test_is_not_for_an_agent_of_another_service(self, client, organization, upcoming):
        client.force_login(make_agent(organization=organization, units=[make_unit(territory=organization.territory)]))

        assert client.post(address("cancel", upcoming), {"status": Status.CANCELLED_BY_AGENT}).status_code == 404

    def test_query_count(self, client, upcoming, assert_query_count):
        with assert_query_count("appointment_cancel"):
            client.get(address("cancel", upcoming))
