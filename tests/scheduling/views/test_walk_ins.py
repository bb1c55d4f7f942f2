"""« Sans RDV »: the page on which somebody is put in the queue of a desk, or of the agent's own calendar."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Citizen
from scheduling.models import Appointment
from tests.factories import (
    MONDAY,
    make_agent,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_option,
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
def desk(motif, social):
    return make_desk(organization=motif.organization, units=[social], motifs=[motif], name="Guichet A")


@pytest.fixture
def agent(client, organization, social):
    agent = make_agent(organization=organization, units=[social])
    client.force_login(agent)
    return agent


@pytest.fixture
def page(client, organization, agent):
    address = reverse("scheduling:walk_in_add", args=[organization.slug])

    def page(**asked):
        return client.get(address, asked)

    def send(asked=None, **typed):
        typed = {"idempotency_key": uuid4(), "last_name": "Benali", "first_name": "Nadia"} | typed
        return client.post(f"{address}?{'&'.join(f'{k}={v}' for k, v in (asked or {}).items())}", typed)

    page.send = send
    return page


def text_of(response):
    text = response.content.decode().replace("&#x27;", "'").replace("&nbsp;", " ").replace("\u00a0", " ")
    return " ".join(text.split())


class TestWhere:
    def test_offers_the_desks_one_sees_and_ones_own_calendar_at_every_place(self, page, desk, organization, agent):
        make_location(organization=organization, name="Zone")
        make_location(organization=organization, name="Fermé", closed_at=NOON)
        pmi = make_unit(territory=organization.territory)
        make_desk(organization=organization, units=[pmi], location=desk.location, name="Guichet PMI")
        make_desk(organization=organization, location=desk.location, name="Archivé", archived_at=NOON)

        found = [counter.name for counter in page().context["counters"]]

        assert found == [f"Guichet A – {desk.location}", f"{agent} – {desk.location}", f"{agent} – Zone"]

    @pytest.mark.parametrize("asked", ["agenda", "lieu", "ou"])
    def test_is_taken_from_the_address(self, page, desk, motif, organization, asked):
        other = make_desk(
            organization=organization, motifs=[motif], location=make_location(organization=organization, name="Autre")
        )
        values = {
            "agenda": other.calendar.pk,
            "lieu": other.location_id,
            "ou": f"{other.calendar.pk}-{other.location_id}",
        }

        assert page(**{asked: values[asked]}).context["counter"].calendar == other.calendar

    def test_is_on_ones_own_calendar_where_it_opens_today(self, page, organization, agent, motif):
        make_location(organization=organization, name="Avant")
        opening = make_opening(calendar=agent.calendar, motifs=[motif])

        assert page(agenda=agent.calendar.pk).context["counter"].location == opening.location

    def test_of_a_desk_of_another_service_is_none(self, page, organization, desk):
        pmi = make_unit(territory=organization.territory)
        other = make_desk(organization=organization, units=[pmi])

        assert page(agenda=other.calendar.pk).context["counter"].calendar == desk.calendar

    def test_says_so_where_there_is_nowhere(self, client):
        bare = make_organization()
        client.force_login(make_territory_admin(territory=bare.territory))
        address = reverse("scheduling:walk_in_add", args=[bare.slug])

        assert "Nulle part où attendre" in text_of(client.get(address))
        assert "Nulle part où attendre" in text_of(client.post(address))
        assert not Appointment.objects.exists()


class TestWhatFor:
    def test_is_what_is_done_on_site_and_what_the_desk_serves_an_option_being_a_choice(
        self, page, desk, motif, organization, social
    ):
        option = make_option(motif=motif, name="CNI")
        make_motif(organization=organization, name="Ailleurs")
        phone = make_motif(organization=organization, name="Appel", location_kind="phone")
        make_motif(organization=organization, name="Atelier", is_collective=True)
        desk.motifs.add(phone)

        assert list(page(agenda=desk.calendar.pk).context["form"].demands) == [f"{motif.pk}-{option.pk}"]

    def test_is_chosen_already_where_there_is_no_choice(self, page, desk, motif):
        assert "checked" in page(agenda=desk.calendar.pk).content.decode()

    def test_says_so_where_there_is_nothing(self, client, page):
        organization = make_organization()
        make_desk(organization=organization)
        client.force_login(make_agent(organization=organization))

        response = client.get(reverse("scheduling:walk_in_add", args=[organization.slug]))

        assert "Aucun motif sur place" in text_of(response)

    def test_a_follow_up_is_for_the_referent_of_somebody_known(self, page, organization, agent):
        make_location(organization=organization)
        follow_up = make_motif(organization=organization, is_follow_up=True)
        citizen = make_citizen(organization=organization)
        own = {"agenda": agent.calendar.pk, "usager": citizen.pk}

        assert page.send(own, what=follow_up.pk).status_code == 422
        citizen.referents.add(agent)
        assert page.send(own, what=follow_up.pk).status_code == 302

    def test_more_people_than_a_day_has_time_for_are_refused(self, page, desk, motif):
        motif.duration, motif.max_persons = timedelta(hours=2), 20
        motif.save()

        assert page.send(what=motif.pk, persons=13).status_code == 422
        assert page.send(what=motif.pk, persons=12).status_code == 302

    def test_more_people_than_the_motif_receives_are_refused(self, page, desk, motif):
        motif.max_persons = 2
        motif.save()

        assert page.send(what=motif.pk, persons=3).status_code == 422
        assert page.send(what=motif.pk, persons=2).status_code == 302
        assert Appointment.objects.get().persons == 2


class TestWho:
    def test_somebody_new_gets_a_record_and_a_place_in_the_queue(self, page, desk, motif, social):
        answer = page.send(what=motif.pk)

        walk_in = Appointment.objects.get()
        room = reverse("scheduling:waiting_room", args=[motif.organization.slug], query={"lieu": desk.location_id})
        assert answer["Location"] == room
        assert (walk_in.people, walk_in.stage, walk_in.is_walk_in) == ("Nadia BENALI", "arrived", True)
        assert walk_in.citizens.get().accesses.get().unit == social

    def test_somebody_known_is_searched_and_chosen(self, page, desk, motif):
        citizen = make_citizen(organization=motif.organization, last_name="Lefèvre")

        assert "Camille LEFÈVRE" in text_of(page(q="lefev"))
        assert page.send({"usager": citizen.pk}, what=motif.pk, last_name="", first_name="").status_code == 302
        assert Appointment.objects.get().citizens.get() == citizen

    def test_nobody_is_anonymous_and_what_was_typed_stays(self, page, desk, motif):
        answer = page.send(what=motif.pk, last_name="", first_name="Nadia", context_note="Vient pour sa mère")

        assert answer.status_code == 422
        assert "Indiquez le nom" in text_of(answer)
        assert "Vient pour sa mère" in text_of(answer)
        assert 'value="Nadia"' in answer.content.decode()
        assert not Appointment.objects.exists()

    def test_a_likely_duplicate_is_asked_about_and_taken_or_not(self, page, desk, motif):
        known = make_citizen(organization=motif.organization, first_name="Nadia", last_name="Benali")

        answer = page.send(what=motif.pk)
        assert answer.status_code == 422
        assert "Prendre cette fiche" in text_of(answer)

        page.send(what=motif.pk, existing=known.pk)
        assert Appointment.objects.get().citizens.get() == known
        page.send(what=motif.pk, create_anyway=1)
        assert Citizen.objects.filter(last_name="Benali").count() == 2

    def test_a_record_that_one_may_not_see_does_not_exist(self, page, desk, motif, organization):
        hidden = make_citizen(organization=organization, units=[make_unit(territory=organization.territory)])

        assert page(usager=hidden.pk).status_code == 404
        assert page.send({}, what=motif.pk, existing=hidden.pk).status_code == 404
        assert not Appointment.objects.exists()

    def test_pressed_twice_stands_in_the_queue_once(self, page, desk, motif):
        key = uuid4()

        for _ in range(2):
            assert page.send(what=motif.pk, idempotency_key=key).status_code == 302

        assert Appointment.objects.count() == Citizen.objects.count() == 1

    def test_is_told_only_where_that_was_asked(self, page, desk, motif):
        page.send(what=motif.pk, phone="06 12 34 56 78")
        page.send(what=motif.pk, last_name="Autre", email="autre@example.org", is_told="on")

        told = [row.messages.count() for row in Appointment.objects.order_by("pk")]
        assert told == [0, 1]


class TestWhatOthersShow:
    @pytest.fixture
    def walk_in(self, motif, desk, agent, page):
        page.send(what=motif.pk)
        return Appointment.objects.get()

    @pytest.mark.parametrize("name", ["appointment_list", "day_sheet", "today"])
    def test_that_they_came_without_an_appointment(self, client, organization, walk_in, desk, name):
        page = client.get(reverse(f"scheduling:{name}", args=[organization.slug]), {"agenda": desk.calendar.pk})

        assert "Nadia BENALI" in page.content.decode()
        assert "Sans RDV</span>" in page.content.decode()

    def test_the_same_on_its_own_page_and_in_the_record(self, client, organization, walk_in):
        detail = client.get(reverse("scheduling:appointment_detail", args=[organization.slug, walk_in.pk]))
        record = client.get(reverse("scheduling:citizen_detail", args=[organization.slug, walk_in.citizens.get().pk]))

        assert "Venu sans rendez-vous" in text_of(detail)
        assert "Sans RDV" in text_of(detail)
        assert "Sans RDV" in text_of(record)


def test_query_count_does_not_grow_with_rows(page, desk, motif, organization, agent, assert_query_count):
    for number in range(6):
        other = make_motif(organization=organization, units=motif.units.all())
        make_option(motif=other)
        desk.motifs.add(other)
        make_desk(organization=organization, motifs=[other])
        make_citizen(organization=organization, last_name=f"Martin{number}")

    with assert_query_count("walk_in_add"):
        response = page(agenda=desk.calendar.pk, q="martin")

    assert len(response.context["form"].demands) == 7
