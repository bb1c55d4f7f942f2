"""A team chooses agents wherever agents are chosen; an empty one chooses nobody, and so does what is no team."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_closure,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_team,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization)


@pytest.fixture
def people(organization, motif):
    """Two agents and a desk who open the same hours for the same motif."""
    location = make_location(organization=organization)
    nora, luc = (make_agent(organization=organization, last_name=name) for name in ("Petit", "Roux"))
    desk = make_desk(organization=organization, location=location, motifs=[motif])
    for calendar in (nora.calendar, luc.calendar, desk.calendar):
        make_opening(calendar=calendar, motifs=[motif], location=location)
        make_unavailability(calendar=calendar, organization=organization, first_day=MONDAY + timedelta(days=1))
    return nora, luc, desk


@pytest.fixture
def team(organization, people):
    return make_team(territory=organization.territory, name="Secteur nord", agents=[people[0]])


@pytest.fixture
def admin(organization, client):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN, last_name="Admin")
    client.force_login(admin)
    return admin


def url(organization, name):
    return reverse(f"scheduling:{name}", args=[organization.slug])


def text(response):
    return response.content.decode().replace("&#x27;", "'").replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")


def empty_team(organization):
    return make_team(territory=organization.territory, name="Vide")


def foreign_team(organization):
    """Of another territory, with an agent of this organization in it."""
    return make_team(agents=[membership.agent for membership in Membership.objects.for_organization(organization)])


class TestTheSearch:
    def found(self, client, organization, motif, **asked):
        """Whose slots there are that week; None where the search refuses the filter."""
        response = client.get(url(organization, "slot_search"), {"motif": motif.pk, "du": MONDAY} | asked)
        results = response.context["results"]
        assert response.status_code == (200 if results else 422)
        return results and {row.who for _, rows in results.days for row in rows}

    def test_finds_the_slots_of_the_team(self, client, organization, motif, people, team, admin):
        assert self.found(client, organization, motif, equipe=team.pk) == {"Alix Petit"}

    def test_finds_those_of_the_team_among_the_agents_chosen(self, client, organization, motif, people, team, admin):
        nora, luc, _ = (who.calendar.pk for who in people)

        assert self.found(client, organization, motif, equipe=team.pk, agenda=[nora, luc]) == {"Alix Petit"}
        assert self.found(client, organization, motif, equipe=team.pk, agenda=[luc]) == set()

    def test_finds_nothing_of_an_empty_team_and_says_so(self, client, organization, motif, people, admin):
        nobody = empty_team(organization)
        assert self.found(client, organization, motif, equipe=nobody.pk) == set()

        page = text(client.get(url(organization, "slot_search"), {"motif": motif.pk, "equipe": nobody.pk}))
        assert "Aucun agent de l'équipe « Vide »" in page
        assert "Premier créneau" not in page

    def test_refuses_a_team_of_another_territory(self, client, organization, motif, people, admin):
        foreign = foreign_team(organization)

        assert self.found(client, organization, motif, equipe=foreign.pk) is None
        page = text(client.get(url(organization, "slot_search"), {"motif": motif.pk}))
        assert str(foreign) not in page

    def test_shows_only_calendars_that_one_may_see_anyway(self, client, organization, motif, people, team):
        """A plain agent of another service: the colleague's calendar stays hidden, in a team or not."""
        other = make_agent(organization=organization, units=[make_unit(territory=organization.territory)])
        client.force_login(other)

        assert self.found(client, organization, motif, equipe=team.pk) == set()

    def test_says_nothing_of_teams_where_there_is_none(self, client, organization, motif, people, admin):
        page = text(client.get(url(organization, "slot_search"), {"motif": motif.pk}))

        assert "Équipe" not in page

    def test_the_month_counts_the_slots_of_the_team(self, client, organization, motif, people, team, admin):
        def counted(**asked):
            asked = {"motif": motif.pk, "mois": "2026-03"} | asked
            response = client.get(url(organization, "slot_month"), asked)
            return sum(day.slots for week in response.context["month"].weeks for day in week if day and day.slots)

        assert counted(equipe=team.pk) == 6
        assert counted(equipe=empty_team(organization).pk) == 0
        response = client.get(
            url(organization, "slot_month"), {"motif": motif.pk, "equipe": foreign_team(organization).pk}
        )
        assert response.status_code == 302


class TestTheAgenda:
    def chosen(self, client, organization, **asked):
        response = client.get(url(organization, "agenda"), asked)
        assert response.status_code == 200
        return [str(calendar) for calendar in response.context["choice"].chosen]

    def test_shows_the_calendars_of_the_team_side_by_side(self, client, organization, people, team, admin):
        team.agents.add(people[1])

        assert self.chosen(client, organization, equipe=team.pk) == ["Alix Petit", "Alix Roux"]
        assert self.chosen(client, organization, equipe=team.pk, agenda=people[1].calendar.pk) == ["Alix Roux"]
        assert "Secteur nord" in text(client.get(url(organization, "agenda")))

    def test_shows_nobody_of_an_empty_team_and_leads_on(self, client, organization, people, admin):
        nobody = empty_team(organization)
        assert self.chosen(client, organization, equipe=nobody.pk) == []

        page = text(client.get(url(organization, "agenda"), {"equipe": nobody.pk}))
        assert "Personne de cette équipe" in page
        assert "agenda-grid" not in page

    def test_shows_nobody_of_a_team_of_another_territory(self, client, organization, people, admin):
        foreign = foreign_team(organization)

        assert self.chosen(client, organization, equipe=foreign.pk) == []
        assert "Cette équipe n'existe pas" in text(client.get(url(organization, "agenda"), {"equipe": foreign.pk}))

    def test_shows_only_calendars_that_one_may_see_anyway(self, client, organization, people, team):
        other = make_agent(organization=organization, units=[make_unit(territory=organization.territory)])
        team.agents.add(other)
        client.force_login(other)

        assert self.chosen(client, organization, equipe=team.pk) == [str(other)]


@pytest.mark.parametrize("name", ["opening_list", "unavailability_list"])
class TestTheLists:
    def shown(self, client, organization, name, **asked):
        response = client.get(url(organization, name), asked)
        assert response.status_code == 200
        return {str(row.calendar) for row in response.context["page"]}

    def test_show_those_of_the_team(self, client, organization, people, team, admin, name):
        assert len(self.shown(client, organization, name)) == 3
        assert self.shown(client, organization, name, equipe=team.pk) == {"Alix Petit"}

    def test_show_nothing_of_an_empty_team_or_of_another_territorys(self, client, organization, people, admin, name):
        for team in (empty_team(organization), foreign_team(organization)):
            assert self.shown(client, organization, name, equipe=team.pk) == set()
            assert self.shown(client, organization, name, equipe="x") == set()


class TestWhatIsToBeSettled:
    @pytest.fixture
    def conflicts(self, organization, motif, people):
        for hour, agent in enumerate(people[:2], start=9):
            make_appointment(motif=motif, calendar=agent.calendar, starts_at=paris(MONDAY + timedelta(days=2), hour))
        make_closure(organization=organization, first_day=MONDAY, last_day=MONDAY + timedelta(days=3))

    def shown(self, client, organization, **asked):
        response = client.get(url(organization, "conflict_list"), asked)
        assert response.status_code == 200
        return {str(row.appointment.calendars.get()) for row in response.context["sheet"].rows}

    def test_is_what_the_team_has(self, client, organization, people, team, admin, conflicts):
        luc = people[1].calendar.pk

        assert self.shown(client, organization) == {"Alix Petit", "Alix Roux"}
        assert self.shown(client, organization, equipe=team.pk) == {"Alix Petit"}
        assert self.shown(client, organization, equipe=team.pk, agenda=luc) == set()

    def test_is_nothing_of_an_empty_team_or_of_another_territorys(self, client, organization, admin, conflicts):
        for team in (empty_team(organization), foreign_team(organization)):
            assert self.shown(client, organization, equipe=team.pk) == set()
