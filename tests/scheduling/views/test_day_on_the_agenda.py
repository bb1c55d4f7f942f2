"""The agenda says of the day what « Aujourd'hui » says: who is here, who came without an RDV, how full it is."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from organizations.models import Membership
from scheduling.models import Appointment, AppointmentStatus, Export
from scheduling.selectors.appointment_list import AppointmentFilter
from scheduling.selectors.exports import pieces_of
from scheduling.selectors.slots import Demand
from scheduling.services.actors import Actor
from scheduling.services.exports import request_export, write_export
from scheduling.services.visits import finish, mark_arrived, receive
from scheduling.services.walk_ins import register_walk_in
from tests.factories import (
    MONDAY,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_participation,
    make_unavailability,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

HALF_PAST_NINE = paris(MONDAY, 9, 30)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN)


@pytest.fixture
def client(client, agent, time_machine):
    time_machine.move_to(HALF_PAST_NINE, tick=False)
    client.force_login(agent)
    return client


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accès aux droits")


@pytest.fixture
def book(motif, agent):
    def book(hour, minute=0, *, day=MONDAY, name="Durand"):
        citizen = make_citizen(organization=motif.organization, last_name=name)
        return make_appointment(
            motif=motif, calendar=agent.calendar, citizen=citizen, starts_at=paris(day, hour, minute)
        )

    return book


@pytest.fixture
def walk_in(motif, agent):
    return register_walk_in(
        demand=Demand(motif),
        calendar=agent.calendar,
        location_id=None,
        actor=Actor.of(agent),
        now=paris(MONDAY, 9, 20),
        idempotency_key=uuid4(),
        citizen=make_citizen(organization=motif.organization, last_name="Passant"),
    )


def glance(appointment, **query):
    slug = appointment.organization.slug
    return reverse("scheduling:appointment_glance", args=[slug, appointment.pk], query=query)


def buttons(response):
    """What one press on each would send."""
    offered = [*(("act", act) for act in ("arrived", "not_arrived", "received", "waiting", "finished"))]
    offered += [("status", status) for status in ("fulfilled", "no_show", "booked")]
    return [value for name, value in offered if f'name="{name}" value="{value}"' in response.text]


class TestTheGrid:
    @pytest.fixture
    def event_of(self, client, agent):
        def event_of(appointment):
            address = reverse("scheduling:agenda_feed", args=[appointment.organization.slug])
            events = client.get(address, {"start": MONDAY, "end": TUESDAY, "agenda": agent.calendar.pk}).json()
            return next(event for event in events["events"] if event.get("id") == f"rdv-{appointment.pk}")

        return event_of

    def test_says_how_far_each_visit_is(self, book, agent, event_of):
        appointment, shown = book(10), []
        act = {"appointment": appointment, "actor": Actor.of(agent), "now": HALF_PAST_NINE}

        for step in (None, mark_arrived, receive, finish):
            if step is not None:
                step(**act)
            event = event_of(appointment)
            stage = next(name for name in event["classNames"] if name.startswith("status-"))
            shown.append((stage, event["extendedProps"]["status"], event["extendedProps"]["icon"]))

        assert shown == [
            ("status-upcoming", "à venir", "calendar-event"),
            ("status-arrived", "arrivé", "person-check"),
            ("status-in_progress", "en cours", "play-circle"),
            ("status-done", "terminé", "check-lg"),
        ]

    def test_nobody_who_is_being_received_is_dragged_away(self, book, agent, event_of):
        appointment = book(10)
        assert event_of(appointment)["startEditable"]

        receive(appointment=appointment, actor=Actor.of(agent), now=HALF_PAST_NINE)

        assert not event_of(appointment)["startEditable"]

    def test_says_who_came_without_an_appointment(self, walk_in, event_of):
        event = event_of(walk_in)

        assert event["extendedProps"]["status"] == "sans RDV, arrivé"
        assert event["extendedProps"]["label"].endswith("sans RDV, arrivé")


def test_the_list_of_the_agenda_says_both(client, organization, book, agent, walk_in):
    receive(appointment=book(10), actor=Actor.of(agent), now=HALF_PAST_NINE)

    page = client.get(reverse("scheduling:agenda", args=[organization.slug]), {"vue": "jour"}).text

    assert page.count("Sans RDV") == 1
    assert "En cours" in page
    assert "Arrivé" in page


class TestAtAGlance:
    def test_what_can_be_said_is_what_aujourdhui_lets_one_say(self, client, book):
        coming, late, yesterday, tomorrow = (
            book(10),
            book(9),
            book(9, day=MONDAY - timedelta(days=1)),
            book(9, day=TUESDAY),
        )

        assert buttons(client.get(glance(coming))) == ["arrived", "received"]
        assert buttons(client.get(glance(late))) == ["arrived", "received", "fulfilled", "no_show"]
        assert buttons(client.get(glance(yesterday))) == ["fulfilled", "no_show"]
        assert buttons(client.get(glance(tomorrow))) == []

    def test_each_press_leads_to_the_next_step_and_says_where_the_visit_stands(self, client, book, agent):
        address = glance(book(10), next="/o/x/agenda/")

        arrived = client.post(address, {"act": "arrived"})
        received = client.post(address, {"act": "received"})
        done = client.post(address, {"act": "finished"})

        assert buttons(arrived) == ["not_arrived", "received"]
        assert "Attend depuis" in arrived.text
        assert "next=%2Fo%2Fx%2Fagenda%2F" in arrived.text
        assert buttons(received) == ["waiting", "finished"]
        assert f"Avec {agent}" in received.text
        assert "Terminé" in done.text
        assert buttons(done) == ["booked"]
        assert Appointment.objects.get().status == AppointmentStatus.FULFILLED

    def test_a_refusal_is_said_there_and_nothing_else_happens(self, client, book, agent):
        appointment = book(10)
        receive(appointment=appointment, actor=Actor.of(make_agent()), now=HALF_PAST_NINE)

        answer = client.post(glance(appointment), {"act": "received"})
        unknown = client.post(glance(appointment), {"act": "vanished"})

        assert (answer.status_code, unknown.status_code) == (422, 422)
        assert "reçoit déjà cette personne" in answer.text

    def test_who_came_without_an_appointment_is_told_apart_and_never_absent(self, client, walk_in):
        page = client.get(glance(walk_in))

        assert "Sans RDV" in page.text
        assert buttons(page) == ["received"]

    def test_a_workshop_says_how_full_it_is_and_leads_to_its_participants(self, client, organization, agent):
        workshop = make_workshop(
            organization=organization, calendar=agent.calendar, seats=10, title="Budget", starts_at=paris(MONDAY, 14)
        )
        for number in range(7):
            citizen = make_citizen(organization=organization, last_name=f"Secret{number}", phone="+33612345678")
            make_participation(workshop=workshop, citizen=citizen)

        page = client.get(glance(workshop))

        assert "7/10 inscrits" in page.text
        assert (
            f"{reverse('scheduling:appointment_detail', args=[organization.slug, workshop.pk])}#workshop-people"
            in page.text
        )
        assert buttons(page) == []
        assert "06 12 34" not in page.text.replace("\u00a0", " ")
        assert reverse("scheduling:appointment_shift", args=[organization.slug, workshop.pk]) in page.text
        assert client.post(glance(workshop), {"act": "arrived"}).status_code == 422


def test_the_day_sheet_and_the_export_have_workshops_and_who_came_without_an_appointment(
    client, organization, agent, walk_in
):
    workshop = make_workshop(
        organization=organization, calendar=agent.calendar, seats=10, title="Budget", starts_at=paris(MONDAY, 14)
    )
    make_participation(workshop=workshop, citizen=make_citizen(organization=organization, last_name="Inscrite"))

    sheet = client.get(reverse("scheduling:day_sheet", args=[organization.slug])).text
    export = exported(agent, organization)

    assert "Sans RDV" in sheet
    assert "Budget" in sheet
    assert "1/10 inscrits" in sheet
    assert "INSCRITE" not in sheet
    assert [(row["Intitulé"], row["Usagers"], row["Sans rendez-vous"]) for row in export] == [
        (None, "Camille PASSANT", "oui"),
        ("Budget", "1/10 inscrits", None),
    ]


def exported(agent, organization):
    """The rows of the RDVs of everybody, as {heading: cell}."""
    export = request_export(
        membership=Membership.objects.of(agent, organization.slug),
        kind=Export.Kind.APPOINTMENTS,
        asked=AppointmentFilter(),
        description="tous les rendez-vous",
        now=HALF_PAST_NINE,
    )
    write_export(export_id=export.pk, now=HALF_PAST_NINE)
    headings, *rows = load_workbook(BytesIO(b"".join(pieces_of(export)))).active.values
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_who_came_without_an_appointment_is_never_to_settle(client, organization, agent, walk_in, book):
    """They are here, whatever the hours of the calendar say."""
    later = book(11)
    make_unavailability(calendar=agent.calendar, organization=organization, now=HALF_PAST_NINE)

    page = client.get(reverse("scheduling:conflict_list", args=[organization.slug]))

    assert [row.appointment for row in page.context["sheet"].rows] == [later]
