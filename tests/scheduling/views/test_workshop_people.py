"""The page of a workshop: registering, the queue, who leaves, who came, the list to sign."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from organizations.models import Citizen, Membership
from scheduling.models import AppointmentStatus, Participation
from scheduling.services.participants import set_participant_status
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_organization,
    make_participation,
    make_workshop,
    paris,
)
from tests.scheduling.workshops import agent_of, seats_of, statuses_of

pytestmark = pytest.mark.django_db

YESTERDAY = NOW - timedelta(days=1)
BEGUN = paris(MONDAY, 9, 30)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def client(client, organization, time_machine):
    time_machine.move_to(BEGUN, tick=False)
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
    return client


@pytest.fixture
def before(time_machine):
    """The day before: nobody has come yet."""
    return lambda: time_machine.move_to(YESTERDAY, tick=False)


@pytest.fixture
def workshop(organization):
    return make_workshop(organization=organization, seats=2, title="Budget", now=YESTERDAY)


@pytest.fixture
def url(organization, workshop):
    return lambda name: reverse(f"scheduling:{name}", args=[organization.slug, workshop.pk])


def register(workshop, number, **fields):
    return [make_participation(workshop=workshop, now=YESTERDAY, **fields) for _ in range(number)]


class TestRegistering:
    def sent(self, **fields):
        return {"idempotency_key": str(uuid4()), "notify_by_email": "on", "notify_by_sms": "on"} | fields

    def test_somebody_known_takes_two_presses(self, client, organization, workshop, url, before):
        before()
        zoe = make_citizen(organization=organization, first_name="Zoé", last_name="Durand")

        found = client.get(f"{url('appointment_join')}?q=durand", headers={"HX-Request": "true"}).text
        assert f"usager={zoe.pk}" in found
        response = client.post(f"{url('appointment_join')}?usager={zoe.pk}", self.sent(existing=zoe.pk))

        assert response.url == url("appointment_detail")
        assert seats_of(workshop)[1].citizen == zoe

    def test_somebody_new_is_written_down_in_place(self, client, workshop, url):
        response = client.post(
            url("appointment_join"), self.sent(first_name="Ali", last_name="Ba", phone="", email="ali@example.org")
        )

        assert response.status_code == 302
        assert seats_of(workshop)[1].citizen == Citizen.objects.get(last_name="Ba")

    def test_offers_the_queue_when_it_is_full(self, client, organization, workshop, url, before):
        before()
        register(workshop, 2)
        zoe = make_citizen(organization=organization)
        page = client.get(f"{url('appointment_join')}?usager={zoe.pk}").text
        assert "L'atelier est complet" in page
        assert "Mettre en liste d'attente" in page

        client.post(url("appointment_join"), self.sent(existing=zoe.pk, wait="1"))

        assert [each.citizen for each in workshop.participations.waiting()] == [zoe]

    def test_that_became_full_meanwhile_keeps_what_was_typed_and_offers_the_queue(self, client, workshop, url):
        register(workshop, 2)
        typed = self.sent(first_name="Ali", last_name="Ba", phone="", email="ali@example.org")

        response = client.post(url("appointment_join"), typed)

        assert response.status_code == 422
        assert 'value="Ali"' in response.text
        assert "Mettre en liste d'attente" in response.text
        assert not Citizen.objects.filter(last_name="Ba").exists()

    def test_into_the_queue_takes_the_seat_that_was_freed_meanwhile(self, client, organization, workshop, url):
        zoe = make_citizen(organization=organization)

        client.post(url("appointment_join"), self.sent(existing=zoe.pk, wait="1"))

        assert seats_of(workshop)[1].citizen == zoe

    def test_twice_by_one_form_is_once(self, client, organization, workshop, url):
        sent = self.sent(existing=make_citizen(organization=organization).pk)

        for _ in range(2):
            client.post(url("appointment_join"), sent)

        assert Participation.objects.count() == 1


class TestThePage:
    def test_shows_who_is_registered_who_waits_and_who_left(self, client, workshop, url, assert_query_count):
        people = register(workshop, 4)
        act = {"actor": agent_of(workshop), "now": YESTERDAY}
        set_participant_status(participation=people[3], status=AppointmentStatus.CANCELLED_BY_CITIZEN, **act)

        with assert_query_count("appointment_detail of a workshop"):
            page = client.get(url("appointment_detail"))

        assert "2/2 inscrits, 1 en attente" in page.text
        shown = page.context["people"]
        assert set(shown.registered) == set(people[:2])
        assert shown.waiting == [people[2]]
        assert shown.gone == [people[3]]

    def test_costs_no_more_with_more_people(self, client, organization, url, assert_query_count):
        workshop = make_workshop(organization=organization, seats=8, now=YESTERDAY)
        register(workshop, 10)

        with assert_query_count("appointment_detail of a workshop"):
            client.get(reverse("scheduling:appointment_detail", args=[organization.slug, workshop.pk]))

    def test_without_anybody_leads_to_the_first_registration(self, client, workshop, url):
        page = client.get(url("appointment_detail")).text

        assert "Personne n'est inscrit" in page
        assert url("appointment_join") in page

    def test_offers_no_other_date(self, client, url):
        assert url("appointment_move") not in client.get(url("appointment_detail")).text


class TestLeaving:
    def test_says_who_has_the_seat_now(self, client, organization, workshop, before):
        before()
        people = register(workshop, 3)
        page = reverse("scheduling:participant_cancel", args=[organization.slug, people[0].pk])
        assert "La première personne de la liste d'attente prend la place" in client.get(page).text

        response = client.post(page, {"status": "cancelled_by_citizen", "reason": ""}, follow=True)

        assert f"La place va à {people[2].citizen}, qui attendait." in response.text
        assert seats_of(workshop) == {1: people[2], 2: people[1]}


class TestPresence:
    def test_is_one_press_for_each_and_can_be_taken_back(self, client, workshop, url):
        there, absent = register(workshop, 2)

        for person, status in ((there, "fulfilled"), (absent, "no_show"), (absent, "booked"), (absent, "no_show")):
            client.post(url("workshop_presence"), {"participation": person.pk, "status": status})

        assert statuses_of(workshop) == ["fulfilled", "no_show"]

    def test_of_all_is_one_press(self, client, workshop, url):
        register(workshop, 3)

        client.post(url("workshop_presence"), {"status": "fulfilled"})

        assert statuses_of(workshop) == ["fulfilled", "fulfilled", "booked"]

    def test_is_counted(self, client, workshop, url):
        there, absent = register(workshop, 2)
        client.post(url("workshop_presence"), {"participation": absent.pk, "status": "no_show"})

        swapped = client.post(
            url("workshop_presence"),
            {"participation": there.pk, "status": "fulfilled"},
            headers={"HX-Request": "true"},
        )

        assert "<html" not in swapped.text
        assert ">1\u00a0présent</span>" in swapped.text
        assert ">1\u00a0absent</span>" in swapped.text
        assert "à renseigner" not in swapped.text

    def test_is_not_asked_before_the_day(self, client, workshop, url, before):
        register(workshop, 1)
        before()

        assert "Tous présents" not in client.get(url("appointment_detail")).text
        client.post(url("workshop_presence"), {"status": "fulfilled"})
        assert statuses_of(workshop) == ["booked"]

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"status": "cancelled_by_agent"},
            {"status": "no_show"},
            {"status": "fulfilled", "participation": "x"},
            {"status": "fulfilled", "participation": "9" * 30},
        ],
    )
    def test_of_nobody_or_of_another_kind_changes_nothing(self, client, workshop, url, sent):
        register(workshop, 2)

        assert client.post(url("workshop_presence"), sent).status_code == 302
        assert statuses_of(workshop) == ["booked", "booked"]

    def test_of_somebody_in_another_workshop_changes_nothing(self, client, organization, workshop, url):
        elsewhere = make_workshop(organization=organization, now=YESTERDAY)
        (stranger,) = register(elsewhere, 1)

        client.post(url("workshop_presence"), {"participation": stranger.pk, "status": "fulfilled"})

        assert statuses_of(elsewhere) == ["booked"]

    def test_is_not_for_an_rdv_of_one_person(self, client, organization):
        appointment = make_appointment(organization=organization)
        address = reverse("scheduling:workshop_presence", args=[organization.slug, appointment.pk])

        assert client.post(address, {"status": "fulfilled"}).status_code == 404


class TestLettingIn:
    def test_gives_the_seat_of_who_did_not_come_after_all(self, client, workshop, url):
        people = register(workshop, 3)
        act = {"actor": agent_of(workshop), "now": BEGUN}
        set_participant_status(participation=people[0], status=AppointmentStatus.CANCELLED_BY_CITIZEN, **act)
        assert "Faire entrer" in client.get(url("appointment_detail")).text

        client.post(url("workshop_seat"), {"participation": people[2].pk})

        assert seats_of(workshop) == {1: people[2], 2: people[1]}

    def test_is_refused_when_it_is_full(self, client, workshop, url):
        waiting = register(workshop, 3)[2]

        response = client.post(url("workshop_seat"), {"participation": waiting.pk}, follow=True)

        assert "plus de place dans ce rendez-vous" in response.text
        assert list(workshop.participations.waiting()) == [waiting]


def test_the_list_to_sign_holds_who_is_registered_by_name_and_the_queue_below(
    client, organization, workshop, url, assert_query_count
):
    for first_name, last_name in (("Zoé", "Petit"), ("Ali", "Ba"), ("Inès", "Colin")):
        citizen = make_citizen(organization=organization, first_name=first_name, last_name=last_name)
        register(workshop, 1, citizen=citizen)

    with assert_query_count("workshop_sheet"):
        page = client.get(url("workshop_sheet")).text

    assert page.index("BA Ali") < page.index("PETIT Zoé") < page.index("Liste d'attente") < page.index("COLIN Inès")
