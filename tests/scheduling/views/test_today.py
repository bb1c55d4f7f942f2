"""« Aujourd'hui »: the day of one calendar, what waits for an outcome, what was not delivered."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from notifications.models import Message
from organizations.models import Membership
from scheduling.models import AppointmentStatus
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment, record_outcome
from scheduling.services.participants import set_participant_status
from tests.factories import (
    MONDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_closure,
    make_desk,
    make_motif,
    make_opening,
    make_organization,
    make_participation,
    make_territory_admin,
    make_unavailability,
    make_unit,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

NOON = paris(MONDAY, 12)
FRIDAY_BEFORE = MONDAY - timedelta(days=3)


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
    return make_motif(
        organization=organization, units=[social], name="Accès aux droits", duration=timedelta(minutes=45)
    )


@pytest.fixture
def agent(client, organization, social):
    agent = make_agent(organization=organization, units=[social])
    client.force_login(agent)
    return agent


@pytest.fixture
def book(motif, agent):
    def book(day, hour, minute=0, *, name="Durand", calendar=None, **fields):
        citizen = make_citizen(organization=motif.organization, last_name=name)
        return make_appointment(
            motif=motif,
            calendar=calendar or agent.calendar,
            citizen=citizen,
            starts_at=paris(day, hour, minute),
            **fields,
        )

    return book


def today(client, organization, **asked):
    return client.get(reverse("scheduling:today", args=[organization.slug]), asked)


def text_of(response):
    return " ".join(response.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ").split())


class TestTheDay:
    def test_lists_what_is_over_what_is_on_and_what_comes(self, client, organization, book):
        book(MONDAY, 14, name="Suivante")
        book(MONDAY, 11, 30, name="Presente")
        book(MONDAY, 9, name="Passee")
        book(MONDAY + timedelta(days=1), 9, name="Demain")

        response = today(client, organization)

        phases = [(entry.appointment.people, entry.phase) for entry in response.context["today"].entries]
        assert phases == [
            ("Camille PASSEE", "past"),
            ("Camille PRESENTE", "current"),
            ("Camille SUIVANTE", "next"),
        ]
        assert "3 rendez-vous, le prochain à 14 h" in text_of(response)

    def test_says_that_an_appointment_should_be_over(self, client, organization, book):
        book(MONDAY, 11)

        assert "Devait finir à 11 h 45" in text_of(today(client, organization))

    def test_shows_a_cancelled_appointment_as_such(self, client, organization, agent, book):
        appointment = book(MONDAY, 15)
        cancel_appointment(
            appointment=appointment,
            status=AppointmentStatus.CANCELLED_BY_CITIZEN,
            actor=Actor.of(agent),
            now=NOON,
        )

        response = today(client, organization)

        assert "Annulé par l'usager" in text_of(response).replace("&#x27;", "'")
        assert response.context["today"].next_entry is None

    def test_shows_unavailabilities_among_the_appointments(self, client, organization, agent):
        make_unavailability(calendar=agent.calendar, organization=organization, title="Réunion d'équipe")

        assert "Réunion d&#x27;équipe" in today(client, organization).content.decode()

    def test_says_why_the_day_is_closed(self, client, organization, agent):
        make_closure(organization=organization, label="Inventaire")

        assert "Fermeture : Inventaire" in text_of(today(client, organization))

    def test_shows_what_another_organization_booked_as_hours_only(self, client, organization, agent):
        elsewhere = make_organization(territory=organization.territory, name="Ailleurs")
        make_appointment(
            motif=make_motif(organization=elsewhere, name="Motif secret"),
            calendar=agent.calendar,
            citizen=make_citizen(organization=elsewhere, last_name="Secrete"),
            starts_at=paris(MONDAY, 16),
        )

        text = text_of(today(client, organization))

        assert "Occupé" in text
        assert "SECRETE" not in text
        assert "Motif secret" not in text

    def test_escapes_names(self, client, organization, book):
        book(MONDAY, 14, name="<script>alert(1)</script>")

        content = today(client, organization).content.decode()

        assert "<script>alert" not in content.lower()
        assert "&lt;SCRIPT&gt;ALERT" in content

    def test_is_the_organizations_day_wherever_the_server_stands(self, client):
        far_away = make_organization(time_zone_override="Pacific/Noumea")  # It is 22 h of the same Monday there.
        admin = make_agent(organization=far_away, role=Membership.Role.ADMIN)
        make_appointment(
            organization=far_away, calendar=admin.calendar, starts_at=timezone.now() - timedelta(hours=13, minutes=30)
        )
        client.force_login(admin)

        assert "8 h 30" in text_of(today(client, far_away))


class TestAnEmptyDay:
    def test_without_opening_leads_to_opening_one(self, client, organization, agent):
        content = today(client, organization).content.decode()

        assert "Ouvrir une plage" in content

    def test_with_an_opening_leads_to_the_search(self, client, organization, agent, motif):
        make_opening(calendar=agent.calendar, motifs=[motif])

        assert "Des créneaux sont ouverts" in today(client, organization).content.decode()

    def test_of_an_administrator_of_the_territory_says_where_the_calendars_are(self, client, organization):
        client.force_login(make_territory_admin(territory=organization.territory))

        assert "Aucun agenda à vous ici" in today(client, organization).content.decode()


class TestTheChoice:
    def test_offers_a_desk_to_the_service_that_manages_it(self, client, organization, agent, social, book):
        desk = make_desk(organization=organization, units=[social], name="Guichet de la mairie")
        book(MONDAY, 14, name="Auguichet", calendar=desk.calendar)

        response = today(client, organization, agenda=desk.calendar.pk)

        assert "Camille AUGUICHET" in response.content.decode()

    def test_does_not_offer_colleagues(self, client, organization, agent, social):
        colleague = make_agent(organization=organization, units=[social], last_name="Collegue")

        response = today(client, organization, agenda=colleague.calendar.pk)

        assert response.context["today"].calendar == agent.calendar
        assert "Collegue" not in response.content.decode()

    def test_does_not_offer_a_desk_of_another_service(self, client, organization, agent):
        pmi = make_unit(territory=organization.territory)
        desk = make_desk(organization=organization, units=[pmi], name="Guichet PMI")

        response = today(client, organization, agenda=desk.calendar.pk)

        assert "Guichet PMI" not in response.content.decode()


class TestWhatWaitsForAnOutcome:
    def test_lists_the_days_before_with_the_latest_first(self, client, organization, book):
        old, recent = book(FRIDAY_BEFORE - timedelta(days=1), 9), book(FRIDAY_BEFORE, 9)
        book(MONDAY, 9)  # Today's stand in the day itself.

        response = today(client, organization)

        assert response.context["today"].awaiting == [recent, old]

    def test_leaves_out_what_has_an_outcome(self, client, organization, agent, book):
        record_outcome(
            appointment=book(FRIDAY_BEFORE, 9), status=AppointmentStatus.FULFILLED, actor=Actor.of(agent), now=NOON
        )

        assert "Tout est renseigné" in today(client, organization).content.decode()

    def test_is_told_in_one_press_and_taken_back_in_another(self, client, organization, book):
        appointment = book(FRIDAY_BEFORE, 9)
        here = reverse("scheduling:today", args=[organization.slug])
        outcome = reverse("scheduling:appointment_outcome", args=[organization.slug, appointment.pk])

        answer = client.post(outcome, {"status": "fulfilled", "next": here}, follow=True)
        appointment.refresh_from_db()

        assert answer.request["PATH_INFO"] == here
        assert appointment.status == AppointmentStatus.FULFILLED
        assert answer.context["today"].awaiting == [appointment]
        assert "Annuler ce choix" in answer.content.decode()

        client.post(outcome, {"status": "booked", "next": here})
        appointment.refresh_from_db()

        assert appointment.status == AppointmentStatus.BOOKED

    def test_swaps_the_day_for_a_script(self, client, organization, book):
        appointment = book(MONDAY, 9)
        here = reverse("scheduling:today", args=[organization.slug])
        outcome = reverse("scheduling:appointment_outcome", args=[organization.slug, appointment.pk])

        answer = client.post(outcome, {"status": "no_show", "next": here}, headers={"HX-Request": "true"}, follow=True)

        assert answer.content.decode().strip().startswith('<div id="today"')
        assert "Absence non excusée" in answer.content.decode()


class TestFailedMessages:
    def fail_messages_of(self, appointment):
        Message.objects.filter(appointment=appointment).delete()
        return Message.objects.create(
            territory=appointment.organization.territory,
            organization=appointment.organization,
            appointment=appointment,
            participation=appointment.participations.get(),
            audience=Message.Audience.CITIZEN,
            kind=Message.Kind.BOOKED,
            channel=Message.Channel.SMS,
            recipient="+33612345678",
            body="RDV",
            status=Message.Status.FAILED,
            error="Numéro non attribué",
            created_at=NOON,
            due_at=NOON,
        )

    def test_are_shown_while_the_appointment_is_to_come(self, client, organization, book):
        self.fail_messages_of(book(MONDAY, 15, name="Injoignable"))

        text = text_of(today(client, organization))

        assert "Messages non remis" in text
        assert "SMS à 06 12 34 56 78" in text
        assert "Numéro non attribué" in text

    def test_of_the_past_are_no_longer_shown(self, client, organization, book):
        self.fail_messages_of(book(FRIDAY_BEFORE, 15))

        assert "Messages non remis" not in today(client, organization).content.decode()

    def test_of_another_service_are_not_shown(self, client, organization, agent):
        pmi = make_unit(territory=organization.territory)
        motif = make_motif(organization=organization, units=[pmi])
        self.fail_messages_of(make_appointment(motif=motif, starts_at=paris(MONDAY, 15)))

        assert "Messages non remis" not in today(client, organization).content.decode()


@pytest.mark.parametrize("many", [1, 6])
def test_query_count_does_not_grow_with_rows(client, organization, agent, social, book, many, assert_query_count):
    make_desk(organization=organization, units=[social])
    for number in range(many):
        book(MONDAY, 9 + number)
        book(FRIDAY_BEFORE, 9 + number)
        TestFailedMessages().fail_messages_of(book(MONDAY + timedelta(days=1), 9 + number))
        make_opening(calendar=agent.calendar, organization=organization)

    with assert_query_count("today"):
        response = today(client, organization)

    assert len(response.context["today"].entries) == many


class TestOfSeveralPeople:
    """One came, so that the whole is honoured, and of somebody else nobody has said anything."""

    @pytest.fixture
    def several(self, book):
        appointment = book(FRIDAY_BEFORE, 9, name="Venue")
        make_participation(workshop=appointment, citizen=make_citizen(organization=appointment.organization))
        return appointment

    @pytest.fixture
    def workshop(self, organization, social, agent):
        """Of two seats: one person came, of the other nothing was said, a third waited."""
        workshop = make_workshop(
            motif=make_motif(organization=organization, units=[social], is_collective=True),
            calendar=agent.calendar,
            seats=2,
            title="Tenir son budget",
            starts_at=paris(FRIDAY_BEFORE, 14),
            now=paris(FRIDAY_BEFORE, 8),
        )
        for _ in range(3):
            make_participation(workshop=workshop, now=paris(FRIDAY_BEFORE, 8))
        return workshop

    def came(self, appointment, *numbers):
        people = list(appointment.participations.order_by("pk"))
        for number in numbers:
            actor = Actor.of(appointment.created_by)
            set_participant_status(
                participation=people[number], status=AppointmentStatus.FULFILLED, actor=actor, now=NOON
            )

    def test_stays_to_be_said_until_everybody_has_an_outcome(self, client, organization, agent, several, workshop):
        self.came(several, 0)
        self.came(workshop, 0)

        page = today(client, organization)

        assert page.context["today"].awaiting_count == 2
        assert page.text.replace("\u00a0", " ").count("1 personne reste à renseigner") == 2
        detail = reverse("scheduling:appointment_detail", args=[organization.slug, several.pk])
        assert f"{detail}#rdv-people" in page.text
        self.came(several, 1)
        self.came(workshop, 1)
        assert today(client, organization).context["today"].awaiting_count == 0

    def test_is_said_in_the_day_as_well(self, client, organization, agent, book):
        appointment = book(MONDAY, 9)
        make_participation(workshop=appointment, citizen=make_citizen(organization=organization))
        self.came(appointment, 0)

        assert "à renseigner</p>" in today(client, organization).text

    def test_costs_no_more_queries_with_more_of_them(self, client, organization, agent, book):
        def cost(hour):
            appointment = book(FRIDAY_BEFORE, hour)
            make_participation(workshop=appointment, citizen=make_citizen(organization=organization))
            self.came(appointment, 0)
            with CaptureQueriesContext(connection) as queries:
                page = today(client, organization)
            return page.context["today"].awaiting_count, len(queries)

        (few, first), _, (many, last) = (cost(hour) for hour in (8, 9, 10))

        assert (few, many) == (1, 3)
        assert first == last
