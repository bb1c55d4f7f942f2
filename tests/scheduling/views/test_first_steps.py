"""The first steps of an organization: each shows what is done, writes once, and refuses in words."""

from datetime import time

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Desk, Invitation, Location, Membership, Motif, ServiceUnit
from organizations.motif_library import BY_NAME
from scheduling.models import Opening
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory_admin,
    make_unit,
)

pytestmark = pytest.mark.django_db

PAGES = ["first_admin", "first_units", "first_motifs", "first_location", "first_hours", "first_trial"]


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization(name="Mairie d'Arras")


@pytest.fixture
def owner(organization, client):
    """Administers the territory, signed in; no member of the organization yet."""
    agent = make_territory_admin(territory=organization.territory)
    client.force_login(agent)
    return agent


@pytest.fixture
def admin(organization, client):
    agent = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(agent)
    return agent


def url(organization, name):
    return reverse(f"scheduling:{name}", args=[organization.slug])


def done(client, organization):
    steps = client.get(url(organization, "first_steps")).context["progress"].steps
    return [step.name for step in steps if step.is_done]


class TestTheList:
    def test_follows_what_is_there(self, client, organization, owner):
        assert done(client, organization) == []
        make_agent(organization=organization, role=Membership.Role.ADMIN)
        make_unit(territory=organization.territory)
        motif, location = make_motif(organization=organization), make_location(organization=organization)
        assert done(client, organization) == ["first_admin", "first_units", "first_motifs", "first_location"]
        opening = make_opening(organization=organization, motifs=[motif], location=location)
        make_appointment(motif=motif, calendar=opening.calendar, location=location)
        assert done(client, organization) == PAGES

    def test_does_not_count_what_is_over_archived_or_a_sisters(self, client, organization, owner):
        sister = make_organization(territory=organization.territory)
        make_opening(organization=sister)
        make_motif(organization=organization, archived_at=NOW)
        make_location(organization=organization, closed_at=NOW)

        assert done(client, organization) == []

    def test_costs_the_same_whatever_there_is(self, client, organization, admin, assert_query_count):
        for _ in range(3):
            make_opening(organization=organization)
        with assert_query_count("first_steps"):
            client.get(url(organization, "first_steps"))


class TestTheAdministrator:
    def test_may_be_oneself_once(self, client, organization, owner):
        for _ in range(2):
            client.post(url(organization, "first_admin"), {"who": "moi"})

        assert Membership.objects.get(organization=organization, agent=owner).is_admin

    def test_of_somebody_who_was_a_plain_agent_there_becomes_administrator(self, client, organization):
        owner = make_territory_admin(territory=organization.territory)
        Membership.objects.create(organization=organization, agent=owner)
        client.force_login(owner)

        client.post(url(organization, "first_admin"), {"who": "moi"})

        assert Membership.objects.get(organization=organization, agent=owner).is_admin

    def test_may_be_invited(self, client, organization, owner):
        response = client.post(url(organization, "first_admin"), {"who": "autre", "email": " Paul@Arras.example "})

        assert response.status_code == 302
        assert Invitation.objects.get().email == "paul@arras.example"
        assert Invitation.objects.get().role == Membership.Role.ADMIN

    @pytest.mark.parametrize("email", ["", "paul", "a@b@c", "x" * 300 + "@a.example"])
    def test_needs_an_address_to_be_invited(self, client, organization, owner, email):
        response = client.post(url(organization, "first_admin"), {"who": "autre", "email": email})

        assert response.status_code == 422
        assert not Invitation.objects.exists()


class TestServices:
    def test_are_added_once_whatever_their_case(self, client, organization, owner):
        make_unit(territory=organization.territory, name="état civil")

        client.post(
            url(organization, "first_units"), {"usual": ["État civil", "Logement"], "others": "Piscine\n\npiscine"}
        )

        names = ServiceUnit.objects.for_territory(organization.territory).values_list("name", flat=True)
        assert sorted(names) == ["Logement", "Piscine", "état civil"]

    def test_none_at_all_is_refused(self, client, organization, owner):
        assert client.post(url(organization, "first_units"), {"others": " \n"}).status_code == 422

    def test_are_the_territorys_to_add(self, client, organization, admin):
        response = client.post(url(organization, "first_units"), {"usual": ["Logement"]})

        assert response.status_code == 200
        assert not ServiceUnit.objects.exists()


class TestMotifs:
    def test_come_from_the_library_with_their_options(self, client, organization, owner):
        chosen = ["Carte d'identité ou passeport", "Point téléphonique"]

        client.post(url(organization, "first_motifs"), {"motifs": chosen, "audience": "everyone"})

        card, phone = (Motif.objects.get(organization=organization, name=name) for name in chosen)
        assert [str(option) for option in card.options.all()] == ["Carte d'identité", "Passeport"]
        assert phone.location_kind == Motif.LocationKind.PHONE
        assert card.booking_audience == Motif.BookingAudience.EVERYONE

    def test_that_are_there_are_not_offered_again(self, client, organization, owner):
        make_motif(organization=organization, name="domiciliation")

        response = client.post(url(organization, "first_motifs"), {"motifs": ["Domiciliation"], "audience": "everyone"})

        assert response.status_code == 422
        assert Motif.objects.count() == 1

    def test_are_all_possible(self, client, organization, owner):
        client.post(url(organization, "first_motifs"), {"motifs": list(BY_NAME), "audience": "agents"})

        assert Motif.objects.filter(organization=organization).count() == len(BY_NAME)
        for motif in Motif.objects.all():
            motif.full_clean()

    def test_a_service_of_another_territory_is_no_choice(self, client, organization, owner):
        make_unit(territory=organization.territory)
        answer = client.post(
            url(organization, "first_motifs"),
            {"motifs": ["Domiciliation"], "audience": "everyone", "unit": make_unit().pk},
        )

        assert answer.status_code == 422


class TestHours:
    @pytest.fixture
    def typed(self, organization):
        return {
            "calendar": "",
            "desk_name": "Guichet 1",
            "location": make_location(organization=organization).pk,
            "motifs": [make_motif(organization=organization).pk],
            "weekdays": [0, 3],
            "hours": "9h-12h\n13h30-17h",
            "first_day": MONDAY.isoformat(),
        }

    def test_open_a_new_desk(self, client, organization, owner, typed):
        response = client.post(url(organization, "first_hours"), typed)

        assert response.status_code == 302
        desk = Desk.objects.get(organization=organization)
        openings = Opening.objects.filter(calendar=desk.calendar).order_by("start_time")
        assert [(o.start_time, o.end_time, o.rrule) for o in openings] == [
            (time(9), time(12), "FREQ=WEEKLY;BYDAY=MO,TH"),
            (time(13, 30), time(17), "FREQ=WEEKLY;BYDAY=MO,TH"),
        ]
        assert [motif.pk for motif in desk.motifs.all()] == typed["motifs"]

    def test_open_a_desk_beside_one_of_that_name_of_a_sister(self, client, organization, owner, typed):
        place, sister = Location.objects.get(pk=typed["location"]), make_organization(territory=organization.territory)
        place.shared_with.add(sister)
        make_desk(organization=sister, location=place, name=typed["desk_name"])

        assert client.post(url(organization, "first_hours"), typed).status_code == 302
        assert Desk.objects.filter(organization=organization, name=typed["desk_name"]).exists()

    def test_open_ones_own_calendar(self, client, organization, admin, typed):
        client.post(url(organization, "first_hours"), typed | {"calendar": admin.calendar.pk})

        assert Opening.objects.filter(calendar=admin.calendar).count() == 2
        assert not Desk.objects.exists()

    @pytest.mark.parametrize("calendar", ["desk", "own"])
    def test_sent_twice_open_once(self, client, organization, admin, typed, calendar):
        sent = typed | {"calendar": admin.calendar.pk if calendar == "own" else ""}

        statuses = [client.post(url(organization, "first_hours"), sent).status_code for _ in range(2)]

        assert statuses == [302, 422]
        assert Opening.objects.count() == 2

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("hours", ""),
            ("hours", " \n "),
            ("hours", "9-12"),
            ("hours", "12h-9h"),
            ("hours", "9h-12h\n11h-13h"),
            ("hours", "9h-9h10"),
            ("weekdays", []),
            ("weekdays", ["6"]),
            ("motifs", []),
            ("location", ""),
            ("desk_name", "  "),
            ("first_day", "31/02/2026"),
            ("first_day", "2026-02-02"),
            ("first_day", "2090-01-01"),
        ],
    )
    def test_that_cannot_be_are_refused_and_nothing_is_lost(self, client, organization, owner, typed, field, value):
        response = client.post(url(organization, "first_hours"), typed | {field: value})

        assert response.status_code == 422
        assert not Opening.objects.exists()
        assert not Desk.objects.exists()
        if field != "desk_name":
            assert 'value="Guichet 1"' in response.content.decode()

    def test_of_other_organizations_are_no_choice(self, client, organization, owner, typed):
        sister = make_organization(territory=organization.territory)
        foreign = {
            "location": make_location(organization=sister).pk,
            "motifs": [make_motif(organization=sister).pk],
            "calendar": make_agent(organization=sister).calendar.pk,
        }

        for name, value in foreign.items():
            assert client.post(url(organization, "first_hours"), typed | {name: value}).status_code == 422
        assert not Opening.objects.exists()


def test_a_trial_that_comes_too_soon_leads_to_what_is_missing(client, organization, owner):
    page = client.get(url(organization, "first_trial")).content.decode()

    assert "Étape suivante&nbsp;: administrateur" in page
    assert "Prendre un rendez-vous d'essai" not in page


def test_a_trial_said_to_be_done_that_has_not_come_is_told_so(client, organization, admin):
    make_location(organization=organization)
    make_opening(organization=organization, motifs=[make_motif(organization=organization)], rrule="FREQ=DAILY")

    assert "encore arrivé" not in client.get(url(organization, "first_trial")).content.decode()
    assert "encore arrivé" in client.get(url(organization, "first_trial"), {"fait": "1"}).content.decode()


def test_each_step_leads_to_the_next_that_waits(client, organization, owner):
    steps = [
        ("first_admin", {"who": "moi"}, "first_motifs"),
        ("first_motifs", {"motifs": ["Domiciliation"], "audience": "everyone"}, "first_location"),
        ("first_location", {"name": "Hôtel de ville"}, "first_hours"),
    ]
    for name, typed, following in steps:
        assert client.post(url(organization, name), typed)["Location"] == url(organization, following)
    assert Location.objects.get().organization == organization


@pytest.mark.parametrize("page", PAGES)
def test_every_page_answers_from_the_beginning(client, organization, owner, page):
    assert client.get(url(organization, page)).status_code == 200


class TestTheTerritory:
    def test_shows_how_far_each_organization_has_come(self, client, organization, owner, assert_query_count):
        for name in ("Agglomération", "Centre social"):
            make_opening(organization=make_organization(territory=organization.territory, name=name))
        make_opening(organization=make_organization())
        path = reverse("scheduling:territory_overview", args=[organization.territory.slug])

        with assert_query_count("territory_overview"):
            rows = client.get(path).context["rows"]

        assert [(str(one), progress.done) for one, progress in rows] == [
            ("Agglomération", 3),
            ("Centre social", 3),
            ("Mairie d'Arras", 0),
        ]
