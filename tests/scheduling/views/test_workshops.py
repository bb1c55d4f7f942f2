"""The list of workshops, a new one, what changes in one, and its cancellation."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from notifications.models import Message
from organizations.models import Membership
from scheduling.models import Appointment, AppointmentEvent, AppointmentStatus
from scheduling.services.appointment_edits import change_calendars
from scheduling.services.appointments import cancel_appointment
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_calendar,
    make_citizen,
    make_closure,
    make_location,
    make_motif,
    make_organization,
    make_participation,
    make_unit,
    make_workshop,
    paris,
)
from tests.scheduling.workshops import agent_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN)


@pytest.fixture
def client(client, agent):
    client.force_login(agent)
    return client


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Atelier CV", is_collective=True, duration=timedelta(hours=2))


@pytest.fixture
def location(organization):
    return make_location(organization=organization, name="Salle des fêtes")


def url(organization, name, *args):
    return reverse(f"scheduling:{name}", args=[organization.slug, *args])


def typed(motif, agent, location=None, **fields):
    return {
        "motif_choice": motif.pk,
        "title": "",
        "day": "2026-03-03",
        "start_time": "14h",
        "end_time": "",
        "weeks": "1",
        "seats": "8",
        "location": location.pk if location else "",
        "address": "",
        "video_url": "",
        "context_note": "",
        "calendars": [agent.calendar.pk],
        "idempotency_key": str(uuid4()),
    } | fields


def post(client, organization, fields):
    """As one does who reads that it is outside all hours, and confirms."""
    asked = client.post(url(organization, "workshop_add"), fields)
    if asked.status_code == 302:
        return asked
    return client.post(url(organization, "workshop_add"), fields | {"confirmed": asked.context["form"].fingerprint})


class TestAdding:
    def test_places_a_workshop_with_the_name_and_the_length_of_its_motif(
        self, client, organization, motif, agent, location
    ):
        response = post(client, organization, typed(motif, agent, location))

        workshop = Appointment.objects.get()
        assert response.url == url(organization, "appointment_detail", workshop.pk)
        assert (workshop.title, workshop.seats, workshop.location) == ("Atelier CV", 8, location)
        assert (workshop.starts_at, workshop.ends_at) == (paris(TUESDAY, 14), paris(TUESDAY, 16))

    def test_places_several_agents_and_a_place_of_that_day_only(self, client, organization, motif, agent):
        other = make_calendar(organization=organization)
        fields = {"address": "Parc de la Citadelle", "calendars": [agent.calendar.pk, other.pk], "end_time": "17h30"}

        post(client, organization, typed(motif, agent, **fields))

        workshop = Appointment.objects.get()
        assert set(workshop.calendars.all()) == {agent.calendar, other}
        assert (workshop.location, workshop.address) == (None, "Parc de la Citadelle")
        assert workshop.ends_at == paris(TUESDAY, 17, 30)

    def test_repeats_it_weekly_by_the_clock(self, client, organization, motif, agent, location):
        """The clocks go forward on 29 March."""
        post(client, organization, typed(motif, agent, location, weeks="5"))

        starts = Appointment.objects.order_by("starts_at").values_list("starts_at", flat=True)
        assert list(starts) == [paris(TUESDAY + timedelta(weeks=week), 14) for week in range(5)]

    def test_twice_by_one_form_is_once(self, client, organization, motif, agent, location):
        fields = typed(motif, agent, location, weeks="2")

        answers = [post(client, organization, fields) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [302, 302]
        assert Appointment.objects.count() == 2

    def test_over_another_rdv_asks_first(self, client, organization, motif, agent, location):
        make_appointment(organization=organization, calendar=agent.calendar, starts_at=paris(TUESDAY, 15))
        fields = typed(motif, agent, location)

        asked = client.post(url(organization, "workshop_add"), fields)

        assert asked.status_code == 422
        assert any("chevauche le rendez-vous de Camille" in said for said in asked.context["form"].warnings)
        assert Appointment.objects.collective().count() == 0

        fields["confirmed"] = asked.context["form"].fingerprint
        assert client.post(url(organization, "workshop_add"), fields).status_code == 302
        assert Appointment.objects.collective().count() == 1

    def test_says_once_what_is_so_of_all_its_sessions_and_names_those_that_differ(
        self, client, organization, motif, agent, location
    ):
        make_closure(organization=organization, first_day=TUESDAY, last_day=TUESDAY, label="Inventaire")

        asked = client.post(url(organization, "workshop_add"), typed(motif, agent, location, weeks="3"))

        assert asked.context["form"].warnings == [
            "Séance du 3\u00a0mars\u00a0: Le mardi 3\u00a0mars 2026 est un jour fermé (Fermeture\u00a0: Inventaire).",
            f"Toutes les séances\u00a0: Agenda «\u00a0{agent}\u00a0»\u00a0: hors de ses plages d'ouverture.",
        ]

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"motif_choice": ""}, "motif_choice"),
            ({"day": "31/02/2026"}, "day"),
            ({"start_time": "25h"}, "start_time"),
            ({"end_time": "13h"}, "end_time"),
            ({"seats": "0"}, "seats"),
            ({"seats": "501"}, "seats"),
            ({"seats": "x"}, "seats"),
            ({"weeks": "27"}, "weeks"),
            ({"calendars": []}, "calendars"),
            ({"location": ""}, "location"),
            ({"address": "Ailleurs"}, "address"),
            ({"video_url": "ftp://visio.example"}, "video_url"),
        ],
    )
    def test_says_what_is_wrong_beside_the_field(self, client, organization, motif, agent, location, wrong, field):
        response = client.post(url(organization, "workshop_add"), typed(motif, agent, location) | wrong)

        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert not Appointment.objects.exists()

    def test_on_the_night_that_lacks_the_hour_says_so_or_moves_on(self, client, organization, motif, agent, location):
        """29 March, 2 h 15 to 2 h 45 does not exist."""
        fields = typed(motif, agent, location, day="2026-03-29", start_time="2h15", end_time="3h10")

        response = client.post(url(organization, "workshop_add"), fields)

        assert response.status_code == 422
        assert "start_time" in response.context["form"].errors

    def test_of_the_whole_day_on_which_clocks_go_back_is_too_long(self, client, organization, motif, agent, location):
        fields = typed(motif, agent, location, day="2026-10-25", start_time="0h", end_time="24h")

        response = post(client, organization, fields)

        assert response.status_code == 422
        assert "end_time" in response.context["form"].errors

    def test_offers_only_collective_motifs_that_one_may_use(self, client, organization, motif):
        make_motif(organization=organization)
        make_motif(is_collective=True)
        of_another_service = make_motif(
            organization=organization, is_collective=True, units=[make_unit(territory=organization.territory)]
        )
        client.force_login(make_agent(organization=organization))

        offered = client.get(url(organization, "workshop_add")).context["form"].fields["motif_choice"].queryset

        assert list(offered) == [motif]
        assert of_another_service not in offered

    def test_costs_as_many_queries_as_noted(self, client, organization, motif, assert_query_count):
        with assert_query_count("workshop_add"):
            client.get(url(organization, "workshop_add"))
        workshop = make_workshop(motif=motif)
        with assert_query_count("workshop_edit"):
            client.get(url(organization, "workshop_edit", workshop.pk))

    def test_without_a_collective_motif_leads_to_one(self, client, organization):
        page = client.get(url(organization, "workshop_add")).text

        assert url(organization, "motif_add") in page


class TestTheList:
    def test_shows_seats_and_who_waits(self, client, organization, assert_query_count):
        workshop = make_workshop(organization=organization, seats=2, title="Budget")
        for _ in range(3):
            make_participation(workshop=workshop)

        with assert_query_count("workshop_list"):
            page = client.get(url(organization, "workshop_list"))

        assert "2/2 inscrits, 1 en attente" in page.text
        assert "Complet" in page.text

    def test_costs_no_more_with_more_of_them(self, client, organization, assert_query_count):
        for hour in (9, 11, 13):
            workshop = make_workshop(organization=organization, starts_at=paris(TUESDAY, hour))
            for _ in range(4):
                make_participation(workshop=workshop)

        with assert_query_count("workshop_list"):
            client.get(url(organization, "workshop_list"))

    def test_parts_those_to_come_from_the_others(self, client, organization):
        coming = make_workshop(organization=organization)
        past = make_workshop(organization=organization, starts_at=paris(MONDAY - timedelta(days=3), 9))
        cancelled = make_workshop(organization=organization, starts_at=paris(TUESDAY, 9))
        status = AppointmentStatus.CANCELLED_BY_AGENT
        cancel_appointment(appointment=cancelled, status=status, actor=agent_of(cancelled), now=NOW)

        def shown(query):
            return list(client.get(url(organization, "workshop_list") + query).context["page"])

        assert shown("") == [coming]
        assert shown("?passes=1") == [cancelled, past]

    def test_holds_only_what_the_member_may_see(self, client, organization):
        unit = make_unit(territory=organization.territory)
        hidden = make_motif(organization=organization, is_collective=True, units=[unit])
        make_workshop(motif=hidden)
        make_workshop()
        client.force_login(make_agent(organization=organization))

        assert list(client.get(url(organization, "workshop_list")).context["page"]) == []


class TestChanging:
    @pytest.fixture
    def workshop(self, organization, motif, agent, location):
        return make_workshop(motif=motif, calendar=agent.calendar, location=location, seats=2)

    def shown(self, client, organization, workshop, **fields):
        form = client.get(url(organization, "workshop_edit", workshop.pk)).context["form"]
        initial = form.initial
        return {
            "title": initial["title"],
            "seats": initial["seats"],
            "location": initial["location"].pk,
            "address": initial["address"],
            "video_url": initial["video_url"],
            "context_note": initial["context_note"],
            "calendars": [calendar.pk for calendar in initial["calendars"]],
        } | fields

    def post(self, client, organization, workshop, **fields):
        return client.post(
            url(organization, "workshop_edit", workshop.pk), self.shown(client, organization, workshop, **fields)
        )

    def test_gives_it_another_title_and_tells_nobody(self, client, organization, workshop):
        make_participation(workshop=workshop)
        Message.objects.all().delete()

        assert self.post(client, organization, workshop, title="Atelier lettre").status_code == 302

        workshop.refresh_from_db()
        assert workshop.title == "Atelier lettre"
        assert not Message.objects.exists()
        event = workshop.events.last()
        assert (event.kind, event.changes[0]["after"]) == (AppointmentEvent.Kind.EDITED, "Atelier lettre")

    def test_of_place_is_told_to_who_is_registered_and_who_waits(self, client, organization, workshop):
        for _ in range(3):
            make_participation(workshop=workshop)
        elsewhere = make_location(organization=organization)
        Message.objects.all().delete()

        self.post(client, organization, workshop, location=elsewhere.pk)

        told = Message.objects.filter(audience="citizen")
        assert told.count() == 3
        assert all(elsewhere.name in message.body for message in told)

    def test_of_seats_below_who_is_registered_is_refused_in_numbers(self, client, organization, workshop):
        for _ in range(2):
            make_participation(workshop=workshop)

        response = self.post(client, organization, workshop, seats="1")

        assert response.status_code == 422
        assert "2\u00a0personnes sont inscrites" in response.context["form"].errors["seats"][0]

    def test_of_agents_frees_who_leaves_and_asks_where_who_comes_is_taken(self, client, organization, workshop):
        other = make_calendar(organization=organization)
        make_appointment(organization=organization, calendar=other, starts_at=paris(MONDAY, 10))

        asked = self.post(client, organization, workshop, calendars=[other.pk])

        assert asked.status_code == 422
        fields = {"calendars": [other.pk], "confirmed": asked.context["form"].fingerprint}
        assert self.post(client, organization, workshop, **fields).status_code == 302
        assert list(workshop.calendars.all()) == [other]

    def test_by_two_on_an_older_page_takes_nothing_back(self, client, organization, workshop):
        """Registrations are no change; what the other one wrote is, and is not written over."""
        page = client.get(url(organization, "workshop_edit", workshop.pk)).context["form"]
        sent = self.shown(client, organization, workshop) | {"seen": page["seen"].value()}
        make_participation(workshop=workshop)
        address = url(organization, "workshop_edit", workshop.pk)
        assert client.post(address, sent | {"title": "Atelier lettre"}).status_code == 302

        response = client.post(address, sent | {"seats": "5"})

        assert response.status_code == 422
        assert "a changé pendant que vous le modifiiez" in response.content.decode()
        workshop.refresh_from_db()
        assert (workshop.title, workshop.seats) == ("Atelier lettre", 2)
        # A second click finds it done.
        assert client.post(address, sent | {"title": "Atelier lettre"}).status_code == 302

    def test_leaves_those_whom_one_may_not_see(self, client, organization, motif, location):
        pmi, social = (make_unit(territory=organization.territory) for _ in range(2))
        hidden = make_agent(organization=organization, units=[pmi]).calendar
        reader = make_agent(organization=organization, units=[social])
        workshop = make_workshop(motif=motif, calendar=hidden, location=location)
        both = [hidden.pk, reader.calendar.pk]
        change_calendars(appointment=workshop, calendar_ids=both, actor=agent_of(workshop), now=NOW)
        client.force_login(reader)

        response = self.post(client, organization, workshop, calendars=[])

        assert response.status_code == 302
        assert list(workshop.calendars.all()) == [hidden]
        page = client.get(url(organization, "workshop_edit", workshop.pk)).content.decode()
        assert f"Reste aussi avec&nbsp;: {hidden}" in page

    def test_is_over_once_it_is_cancelled(self, client, organization, workshop):
        status = AppointmentStatus.CANCELLED_BY_AGENT
        cancel_appointment(appointment=workshop, status=status, actor=agent_of(workshop), now=NOW)

        assert client.get(url(organization, "workshop_edit", workshop.pk)).status_code == 302

    def test_is_not_there_for_an_rdv_of_one_person(self, client, organization):
        appointment = make_appointment(organization=organization)

        assert client.get(url(organization, "workshop_edit", appointment.pk)).status_code == 404


class TestCancelling:
    def test_says_how_many_are_told_and_tells_them(self, client, organization):
        workshop = make_workshop(organization=organization, seats=2, title="Budget")
        for _ in range(3):
            make_participation(workshop=workshop, citizen=make_citizen(organization=organization))
        page = url(organization, "appointment_cancel", workshop.pk)

        assert "3\u00a0personnes sont prévenues" in client.get(page).text
        client.post(page, {"status": "cancelled_by_agent", "reason": ""})

        assert Message.objects.filter(kind=Message.Kind.CANCELLED_BY_AGENT, audience="citizen").count() == 3
