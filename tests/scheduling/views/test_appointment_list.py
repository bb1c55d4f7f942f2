"""The list of RDVs: what each filter lets through, in which order, how many, and for whom."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import Appointment, AppointmentStatus, CreatedBy
from scheduling.selectors.appointment_list import PER_PAGE
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment, record_outcome
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_desk,
    make_location,
    make_motif,
    make_organization,
    make_team,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db

S = AppointmentStatus


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


def address(organization, **query):
    return reverse("scheduling:appointment_list", args=[organization.slug], query=query)


def listed(client, organization, **query):
    return list(client.get(address(organization, **query)).context["page"])


def at(organization, days=0, hour=9, *, status=None, **fields):
    """An RDV so many days from Monday; with what came of it."""
    appointment = make_appointment(
        organization=organization,
        starts_at=paris(MONDAY + timedelta(days=days), hour),
        now=NOW - timedelta(60),
        **fields,
    )
    actor = Actor.of(appointment.created_by)
    if status in (S.FULFILLED, S.NO_SHOW):
        record_outcome(appointment=appointment, status=status, actor=actor, now=NOW)
    elif status:
        cancel_appointment(appointment=appointment, status=status, actor=actor, now=NOW)
    return appointment


class TestThePeriod:
    def test_begins_today_where_the_address_names_none(self, client, admin, organization):
        at(organization, -1)
        later, today = at(organization, 3), at(organization, 0)

        assert listed(client, organization) == [today, later]

    def test_is_all_of_time_once_it_is_emptied_and_the_latest_come_first(self, client, admin, organization):
        past, coming = at(organization, -30), at(organization, 30)

        assert listed(client, organization, du="", au="") == [coming, past]

    def test_ends_with_its_last_day_by_the_clocks_of_the_organization(self, client, admin, organization):
        last = at(organization, 1, 23)
        at(organization, 2, 0)

        assert listed(client, organization, du=MONDAY, au=TUESDAY) == [last]

    def test_is_not_today_for_one_citizen(self, client, admin, organization):
        citizen = make_citizen(organization=organization)
        past = at(organization, -9, citizen=citizen)
        at(organization, -9)

        response = client.get(address(organization, usager=citizen.pk))

        assert list(response.context["page"]) == [past]
        assert str(citizen) in response.content.decode()


class TestAFilter:
    def test_by_agent_or_desk_takes_several(self, client, admin, organization):
        desk = make_desk(organization=organization)
        own = at(organization, calendar=admin.calendar)
        at_desk = at(organization, hour=10, calendar=desk.calendar)
        at(organization)

        assert listed(client, organization, agenda=admin.calendar.pk) == [own]
        both = f"{address(organization)}?agenda={admin.calendar.pk}&agenda={desk.calendar.pk}"
        assert list(client.get(both).context["page"]) == [own, at_desk]

    def test_by_team_is_its_agents_and_the_named_ones_among_them(self, client, admin, organization):
        colleague = make_agent(organization=organization)
        team = make_team(territory=organization.territory, agents=[admin, colleague])
        own = at(organization, calendar=admin.calendar)
        theirs = at(organization, hour=10, calendar=colleague.calendar)
        at(organization, calendar=make_desk(organization=organization).calendar)

        assert listed(client, organization, equipe=team.pk) == [own, theirs]
        assert listed(client, organization, equipe=team.pk, agenda=admin.calendar.pk) == [own]
        assert listed(client, organization, equipe=make_team(territory=organization.territory).pk) == []

    def test_by_a_team_of_another_territory_is_nobody(self, client, admin, organization):
        at(organization, calendar=admin.calendar)
        stranger = make_team(territory=make_organization().territory, agents=[admin])

        assert listed(client, organization, equipe=stranger.pk) == []

    def test_by_motif_service_and_place(self, client, admin, organization):
        unit = make_unit(territory=organization.territory)
        motif, place = make_motif(organization=organization, units=[unit]), make_location(organization=organization)
        wanted = at(organization, motif=motif, location=place)
        at(organization)

        assert listed(client, organization, motif=motif.pk) == [wanted]
        assert listed(client, organization, service=unit.pk) == [wanted]
        assert listed(client, organization, lieu=place.pk) == [wanted]
        assert listed(client, organization, motif=motif.pk, service=unit.pk, lieu=place.pk) == [wanted]

    def test_by_what_is_typed_finds_names_and_phones(self, client, admin, organization):
        zoe = make_citizen(organization=organization, first_name="Zoë", last_name="Lefèvre", phone="+33612345678")
        hers = at(organization, citizen=zoe)
        at(organization)

        assert listed(client, organization, q="lefev zoe") == [hers]
        assert listed(client, organization, q="06 12 34") == [hers]
        assert listed(client, organization, q="personne") == []

    def test_by_status_knows_the_two_that_the_clock_makes(self, client, admin, organization):
        coming, begun = at(organization, 2), at(organization, -2)
        honoured = at(organization, -3, status=S.FULFILLED)
        cancelled = at(organization, 4, status=S.CANCELLED_BY_AGENT)
        ever = {"du": "", "au": ""}

        assert listed(client, organization, statut="upcoming", **ever) == [coming]
        assert listed(client, organization, statut="awaiting_outcome", **ever) == [begun]
        assert listed(client, organization, statut="fulfilled", **ever) == [honoured]
        several = f"{address(organization, **ever)}&statut=upcoming&statut=cancelled_by_agent"
        assert list(client.get(several).context["page"]) == [cancelled, coming]

    @pytest.mark.parametrize("name", ["agenda", "equipe", "motif", "service", "lieu", "usager"])
    def test_on_what_is_not_there_shows_nobody(self, client, admin, organization, name):
        at(organization)

        assert listed(client, organization, **{name: 987654321}) == []

    @pytest.mark.parametrize(
        "name", ["agenda", "equipe", "motif", "service", "lieu", "statut", "du", "au", "tri", "page"]
    )
    def test_that_cannot_be_read_lets_everything_through(self, client, admin, organization, name):
        appointment = at(organization)

        assert listed(client, organization, **{name: "²'--"}) == [appointment]


def test_counters_are_of_the_filter_without_its_status(client, admin, organization):
    motif = make_motif(organization=organization)
    at(organization, 2, motif=motif)
    at(organization, -2, motif=motif)
    at(organization, -3, motif=motif, status=S.NO_SHOW)
    for days in (1, 2):
        at(organization, days, motif=motif, status=S.UNSCHEDULED)
    at(organization, 2)

    context = client.get(address(organization, motif=motif.pk, statut="no_show", du="", au="")).context

    counts = {state: number for state, _, number, _ in context["states"]}
    assert (context["number"], context["total"]) == (1, 5)
    assert counts == dict.fromkeys(counts, 0) | {"upcoming": 1, "awaiting_outcome": 1, "no_show": 1, "unscheduled": 2}


class TestTheOrder:
    @pytest.fixture
    def three(self, organization):
        """First by date, by motif, by agent and by status are four different ones, or turned round."""
        agents = [make_agent(organization=organization, last_name=name) for name in ("Caron", "Alix", "Brun")]
        motifs = [make_motif(organization=organization, name=name) for name in ("B", "C", "A")]
        statuses = [S.UNSCHEDULED, S.FULFILLED, None]
        return [
            at(organization, days, calendar=agent.calendar, motif=motif, status=status)
            for days, agent, motif, status in zip((-3, -2, -1), agents, motifs, statuses, strict=True)
        ]

    @pytest.mark.parametrize(
        ("order", "expected"),
        [("date", (0, 1, 2)), ("motif", (2, 0, 1)), ("agent", (1, 2, 0)), ("statut", (2, 1, 0))],
    )
    def test_goes_both_ways(self, client, admin, organization, three, order, expected):
        ever = {"du": "", "au": ""}

        assert listed(client, organization, tri=order, **ever) == [three[n] for n in expected]
        assert listed(client, organization, tri=f"-{order}", **ever) == [three[n] for n in reversed(expected)]

    def test_by_agent_keeps_an_rdv_of_two_on_one_row(self, client, admin, organization):
        colleague = make_agent(organization=organization)
        shared = at(organization, calendar=admin.calendar)
        shared.appointment_calendars.create(
            organization=organization, calendar=colleague.calendar, starts_at=shared.starts_at, ends_at=shared.ends_at
        )

        assert listed(client, organization, tri="agent") == [shared]

    def test_is_turned_round_by_the_column_that_sorts(self, client, admin, organization):
        at(organization)

        content = client.get(address(organization, tri="motif")).content.decode()

        assert 'aria-sort="ascending"' in content
        assert "tri=-motif" in content
        assert "tri=agent" in content


class TestWho:
    @pytest.fixture
    def of_a_service(self, organization):
        unit = make_unit(territory=organization.territory)
        return unit, at(organization, motif=make_motif(organization=organization, units=[unit]))

    def seen_by(self, client, agent, organization, **query):
        client.force_login(agent)
        return listed(client, organization, **query)

    def test_sees_what_their_service_holds(self, client, organization, of_a_service):
        unit, appointment = of_a_service
        agents = {
            "same service": make_agent(organization=organization, units=[unit]),
            "front desk": make_agent(organization=organization, is_front_desk=True),
            "admin": make_agent(organization=organization, role=Membership.Role.ADMIN),
        }
        for agent in agents.values():
            assert self.seen_by(client, agent, organization) == [appointment]

    def test_sees_nothing_of_another_service_by_any_filter(self, client, organization, of_a_service):
        _, appointment = of_a_service
        stranger = make_agent(organization=organization, units=[make_unit(territory=organization.territory)])
        citizen = appointment.participations.get().citizen
        for query in (
            {"agenda": appointment.calendars.get().pk},
            {"motif": appointment.motif_id},
            {"lieu": appointment.location_id},
            {"usager": citizen.pk},
            {"q": citizen.last_name},
            {"statut": "upcoming"},
        ):
            response_rows = self.seen_by(client, stranger, organization, **query)
            assert response_rows == [], query

    def test_sees_nothing_of_another_organization_on_the_calendar_of_a_shared_agent(self, client, admin, organization):
        elsewhere = make_organization(territory=organization.territory)
        at(elsewhere, calendar=admin.calendar)

        assert listed(client, organization, agenda=admin.calendar.pk) == []

    def test_is_not_told_who_a_citizen_of_others_is(self, client, admin, organization):
        stranger = make_citizen(organization=make_organization(), last_name="Introuvable")

        content = client.get(address(organization, usager=stranger.pk)).content.decode()

        assert "INTROUVABLE" not in content
        assert "Usager inconnu" in content


def test_costs_the_same_queries_however_many_rows(client, admin, organization, assert_query_count):
    motif = make_motif(organization=organization, units=[make_unit(territory=organization.territory)])
    at(organization)
    with assert_query_count("appointment_list"):
        client.get(address(organization))
    for days in range(1, 8):
        at(organization, days, motif=motif, status=S.CANCELLED_BY_CITIZEN if days % 2 else None)
    with assert_query_count("appointment_list"):
        client.get(address(organization))
    with assert_query_count("appointment_list by agent"):
        client.get(address(organization, tri="-agent"))


def test_pages_keep_the_filters(client, admin, organization):
    motif = make_motif(organization=organization)
    Appointment.objects.bulk_create(
        Appointment(
            organization=organization,
            motif=motif,
            starts_at=NOW + timedelta(minutes=number),
            ends_at=NOW + timedelta(minutes=number + 5),
            created_by_kind=CreatedBy.AGENT,
            created_at=NOW,
            placed_at=NOW,
        )
        for number in range(PER_PAGE + 1)
    )

    first = client.get(address(organization, motif=motif.pk))
    second = client.get(address(organization, motif=motif.pk, page=2))

    assert (len(first.context["page"]), len(second.context["page"])) == (PER_PAGE, 1)
    assert f"motif={motif.pk}&amp;page=2" in first.content.decode()
    assert "1 à 50 sur 51" in first.content.decode()


def test_a_swap_is_the_list_alone(client, admin, organization):
    at(organization)

    whole = client.get(address(organization)).content.decode()
    part = client.get(address(organization), headers={"HX-Request": "true"}).content.decode()

    assert "<html" in whole
    assert part.lstrip().startswith('<section id="appointment-results"')


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"du": "", "au": ""}, "Les rendez-vous que vous prendrez"),
        ({}, "Chercher à toutes les dates"),
        ({"du": "", "au": "", "q": "personne"}, "Retirer les filtres"),
    ],
)
def test_an_empty_list_says_what_to_do(client, admin, organization, query, words):
    assert words in client.get(address(organization, **query)).content.decode()
