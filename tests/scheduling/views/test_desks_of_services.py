"""A desk belongs to the services that manage it: their agents change it and keep its hours, others never meet it."""

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Desk, Membership
from scheduling.models import Opening, Unavailability
from scheduling.permissions import can_manage_calendar
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_unavailability,
    make_unit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def pmi(organization):
    return make_unit(territory=organization.territory, name="PMI")


@pytest.fixture
def motif(organization, pmi):
    return make_motif(organization=organization, units=[pmi], name="Vaccination")


@pytest.fixture
def desk(organization, pmi, motif):
    desk = make_desk(organization=organization, units=[pmi], motifs=[motif], name="Salle des vaccins")
    make_opening(calendar=desk.calendar, motifs=[motif], location=desk.location, title="Séance du lundi")
    make_unavailability(calendar=desk.calendar, organization=organization, title="Ménage", first_day=MONDAY)
    return desk


@pytest.fixture
def people(organization, pmi):
    other = make_unit(territory=organization.territory, name="Social")
    return {
        "agent of its service": make_agent(organization=organization, units=[pmi]),
        "agent of another service": make_agent(organization=organization, units=[other]),
        "agent without service": make_agent(organization=organization),
        "front desk": make_agent(organization=organization, is_front_desk=True),
        "front desk of its service": make_agent(organization=organization, is_front_desk=True, units=[pmi]),
        "administrator": make_agent(organization=organization, role=Membership.Role.ADMIN),
    }


MANAGES = {"agent of its service", "front desk of its service", "administrator"}
ONLY_SEES = {"front desk"}
NEVER_MEETS = {"agent of another service", "agent without service"}


def url(name, organization, *args, **query):
    return reverse(f"scheduling:{name}", args=[organization.slug, *args], query=query)


def text(response):
    page = response.content.decode()
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


@pytest.mark.parametrize("person", [*sorted(MANAGES | ONLY_SEES | NEVER_MEETS)])
class TestWhoMeetsADesk:
    def test_in_lists_and_in_what_is_chosen_from(self, client, organization, desk, motif, people, person):
        client.force_login(people[person])
        pages = {
            "desk_list": "Salle des vaccins",
            "agenda": "Salle des vaccins",
            "opening_list": "Séance du lundi",
            "unavailability_list": "Ménage",
        }

        shown = {name for name, words in pages.items() if words in text(client.get(url(name, organization)))}

        assert shown == (set() if person in NEVER_MEETS else set(pages))

    def test_in_the_search_of_a_slot(self, client, organization, desk, people, person):
        """A motif of every service, served at a desk of one."""
        everybodys = make_motif(organization=organization)
        make_opening(calendar=desk.calendar, motifs=[everybodys], location=desk.location, first_day=MONDAY)
        client.force_login(people[person])

        for name in ("slot_search", "slot_explanation"):
            page = client.get(url(name, organization, motif=everybodys.pk, agenda=desk.calendar.pk), follow=True)
            assert ("Salle des vaccins" in text(page)) == (person not in NEVER_MEETS)

    def test_on_the_pages_of_the_desk_itself(self, client, organization, desk, people, person):
        client.force_login(people[person])
        meant = 200 if person in MANAGES else 403 if person in ONLY_SEES else 404

        assert client.get(url("desk_edit", organization, desk.pk)).status_code == meant
        assert client.get(url("desk_archive", organization, desk.pk)).status_code == meant
        refused_or_done = client.post(url("desk_archive", organization, desk.pk)).status_code
        assert refused_or_done == (302 if meant == 200 else meant)
        assert client.post(url("desk_unarchive", organization, desk.pk)).status_code == refused_or_done
        page = text(client.get(url("desk_list", organization)))
        assert (url("desk_edit", organization, desk.pk) in page) == (person in MANAGES)

    def test_on_the_pages_of_its_hours(self, client, organization, desk, people, person):
        client.force_login(people[person])
        meant = 200 if person in MANAGES else 403 if person in ONLY_SEES else 404

        for name, model in (("opening", Opening), ("unavailability", Unavailability)):
            for page in ("edit", "delete"):
                path = url(f"{name}_{page}", organization, model.objects.get(calendar=desk.calendar).pk)
                assert client.get(path).status_code == meant

    def test_in_the_forms_that_open_and_close_hours(self, client, organization, desk, people, person):
        client.force_login(people[person])

        for name in ("opening_add", "unavailability_add"):
            form = client.get(url(name, organization)).context["form"]
            assert (desk.calendar in form.fields["calendar"].queryset) == (person in MANAGES)

    def test_in_the_rdvs_to_settle(self, client, organization, desk, motif, people, person):
        make_appointment(motif=motif, calendar=desk.calendar, location=desk.location)
        client.force_login(people[person])

        page = text(client.get(url("conflict_list", organization, agenda=desk.calendar.pk)))

        assert ("Salle des vaccins" in page) == (person not in NEVER_MEETS)


class TestADeskOfNoService:
    def test_is_everybodys_to_see_and_its_hours_to_keep_but_administrators_change_it(
        self, client, organization, people
    ):
        desk = make_desk(organization=organization, name="Accueil")
        for person, agent in people.items():
            client.force_login(agent)
            assert "Accueil" in text(client.get(url("desk_list", organization)))
            assert can_manage_calendar(agent.memberships.get(), desk.calendar)
            status = client.get(url("desk_edit", organization, desk.pk)).status_code
            assert status == (200 if person == "administrator" else 403)


def test_only_administrators_add_a_desk(client, organization, people):
    client.force_login(people["agent of its service"])

    assert client.get(url("desk_add", organization)).status_code == 403
    assert "Ajouter un guichet" not in text(client.get(url("desk_list", organization)))
    assert "Un administrateur de l'organisation ajoute les guichets" in text(client.get(url("desk_list", organization)))


class TestAnAgentOfTheServiceWhoEditsIt:
    @pytest.fixture(autouse=True)
    def _agent(self, client, people):
        client.force_login(people["agent of its service"])

    def typed(self, desk, **fields):
        return {"name": desk.name, "kind": desk.kind, "location": desk.location_id} | fields

    def test_sees_each_motif_with_the_options_that_come_along(self, client, organization, desk, motif):
        make_option(motif=motif, name="Rougeole")
        make_option(motif=motif, name="Variole", archived_at=NOW)

        page = text(client.get(url("desk_edit", organization, desk.pk)))

        assert 'Vaccination <span class="row-note">Rougeole</span>' in page

    def test_never_takes_away_what_it_serves_for_another_service(self, client, organization, desk, motif):
        social = make_unit(territory=organization.territory)
        theirs = make_motif(organization=organization, units=[social], name="Aide sociale")
        new = make_motif(organization=organization)
        desk.motifs.add(theirs)

        page = text(client.get(url("desk_edit", organization, desk.pk)))
        assert "Servis aussi, pour d'autres services : Aide sociale." in page
        client.post(url("desk_edit", organization, desk.pk), self.typed(desk, motifs=[new.pk]))

        assert set(desk.motifs.order_by("pk")) == {theirs, new}

    @pytest.mark.parametrize("whose", ["of another service", "of a sister organization"])
    def test_cannot_make_it_serve_a_motif_that_is_not_theirs(self, client, organization, desk, whose):
        owner = organization if "service" in whose else make_organization(territory=organization.territory)
        forged = make_motif(organization=owner, units=[make_unit(territory=organization.territory)])

        response = client.post(url("desk_edit", organization, desk.pk), self.typed(desk, motifs=[forged.pk]))

        assert response.status_code == 422
        assert "motifs" in response.context["form"].errors

    def test_does_not_say_who_manages_it(self, client, organization, desk, pmi, motif):
        other = make_unit(territory=organization.territory)
        renamed = self.typed(desk, name="Salle 2", motifs=[motif.pk], units=[other.pk])

        assert "units" not in client.get(url("desk_edit", organization, desk.pk)).context["form"].fields
        client.post(url("desk_edit", organization, desk.pk), renamed)

        desk = Desk.objects.get(pk=desk.pk)
        assert (desk.name, list(desk.units.order_by("pk"))) == ("Salle 2", [pmi])


@pytest.mark.parametrize("count", [1, 9])
def test_the_form_costs_the_same_for_one_motif_and_for_many(client, organization, people, assert_query_count, count):
    desk = make_desk(organization=organization)
    for _ in range(count):
        make_option(motif=make_motif(organization=organization))
    client.force_login(people["administrator"])

    with assert_query_count("desk_edit"):
        client.get(url("desk_edit", organization, desk.pk))


@pytest.mark.parametrize("count", [1, 5])
def test_the_list_of_a_front_desk_costs_the_same_for_one_desk_and_for_many(
    client, organization, pmi, people, assert_query_count, count
):
    """It sees desks whose hours are not its own to keep: that is asked once."""
    for _ in range(count):
        desk = make_desk(organization=organization, units=[pmi])
        make_opening(
            calendar=desk.calendar,
            motifs=[make_motif(organization=organization)],
            location=make_location(organization=organization),
        )
    client.force_login(people["front desk"])

    with assert_query_count("opening_list of a front desk"):
        client.get(url("opening_list", organization))
