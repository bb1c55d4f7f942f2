"""What an agent is told before they place an RDV by hand: each thing that stands against it."""

from datetime import time, timedelta
from uuid import uuid4

import pytest

from organizations.models import Membership
from scheduling.engine.intervals import Interval
from scheduling.models import AppointmentStatus
from scheduling.selectors.placement_warnings import Placement, placement_warnings, stretch_warnings
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.holds import take_hold
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_closure,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def unit(organization):
    return make_unit(territory=organization.territory)


@pytest.fixture
def motif(organization, unit):
    return make_motif(organization=organization, units=[unit], name="Accès aux droits")


@pytest.fixture
def agent(organization, unit):
    return make_agent(organization=organization, units=[unit], first_name="Alice", last_name="Delcourt")


@pytest.fixture
def opening(agent, motif):
    return make_opening(calendar=agent.calendar, motifs=[motif])


@pytest.fixture
def warnings(organization, agent, motif, opening):
    """What is said of half an hour from an hour of Monday on, on Alice's calendar."""

    def warnings(hour, minute=0, *, day=MONDAY, now=NOW, asks=agent, minutes=30, **fields):
        start = paris(day, hour, minute)
        placement = Placement(
            **{
                "motif": motif,
                "period": Interval(start, start + timedelta(minutes=minutes)),
                "calendars": [agent.calendar],
                "location_id": opening.location_id,
            }
            | fields
        )
        found = placement_warnings(membership_of(asks, organization), placement, now=now)
        warnings.overlaps = found.overlaps
        return [sentence.replace("\u00a0", " ") for sentence in found.sentences]

    return warnings


def membership_of(agent, organization):
    return Membership.objects.of(agent, organization.slug)


def test_of_a_free_time_inside_the_hours_nothing(warnings):
    assert warnings(9) == []
    assert warnings.overlaps == frozenset()


def test_of_a_time_outside_the_hours(warnings):
    assert warnings(11, 45) == ["Agenda « Alice Delcourt » : hors de ses plages d'ouverture."]
    assert warnings(14) == ["Agenda « Alice Delcourt » : hors de ses plages d'ouverture."]


def test_of_hours_at_another_place(warnings, organization):
    elsewhere = make_location(organization=organization)

    assert warnings(9, location_id=elsewhere.pk) == [
        "Agenda « Alice Delcourt » : ses plages d'ouverture sont alors dans un autre lieu."
    ]


def test_of_an_unavailability_with_its_title_and_hours(warnings, organization, agent):
    make_unavailability(
        calendar=agent.calendar, organization=organization, title="Formation", start_time=time(9), end_time=time(10)
    )

    assert warnings(9, 45) == ["Agenda « Alice Delcourt » : indisponibilité « Formation » de 9 h à 10 h."]
    assert warnings(10) == []


def test_of_an_unavailability_entered_elsewhere_without_its_title(warnings, organization, agent):
    elsewhere = make_organization(territory=organization.territory)
    make_unavailability(calendar=agent.calendar, organization=elsewhere, title="Chirurgie")

    assert warnings(9) == ["Agenda « Alice Delcourt » : indisponibilité de 9 h à 12 h."]


def test_of_a_closed_day(warnings, organization):
    make_closure(organization=organization)

    assert warnings(9) == ["Le lundi 2 mars 2026 est un jour fermé (Fermeture : Inventaire)."]


def test_of_the_past(warnings):
    assert warnings(9, now=paris(MONDAY, 9, 5)) == ["Cette heure est passée."]
    assert warnings(9, now=paris(TUESDAY, 8)) == ["Le lundi 2 mars 2026 est passé."]


class TestAnotherAppointment:
    @pytest.fixture
    def other(self, motif, agent, organization):
        citizen = make_citizen(organization=organization, first_name="Fatima", last_name="Benali")
        return make_appointment(motif=motif, calendar=agent.calendar, citizen=citizen, starts_at=paris(MONDAY, 10))

    def test_that_overlaps_is_named_with_its_hours(self, warnings, other):
        assert warnings(10, 15) == [
            "Agenda « Alice Delcourt » : chevauche le rendez-vous de Fatima BENALI (10 h – 10 h 30)."
        ]
        assert warnings.overlaps == {other.pk}

    def test_that_touches_is_not_in_the_way(self, warnings, other):
        assert warnings(9, 30) == []
        assert warnings(10, 30) == []

    def test_that_is_cancelled_is_not_in_the_way(self, warnings, other):
        cancel_appointment(appointment=other, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW)

        assert warnings(10) == []

    def test_is_not_in_its_own_way(self, warnings, other):
        assert warnings(10, 15, appointment=other) == []

    def test_of_somebody_elses_service_is_hours_and_nothing_else(self, warnings, organization, agent):
        pmi = make_unit(territory=organization.territory)
        hidden = make_motif(organization=organization, units=[pmi], name="Vaccins")
        reader = make_agent(organization=organization, units=list(agent.memberships.get().units.order_by("pk")))
        make_appointment(motif=hidden, calendar=agent.calendar, starts_at=paris(MONDAY, 10))

        assert warnings(10, asks=reader) == [
            "Agenda « Alice Delcourt » : chevauche un autre rendez-vous (10 h – 10 h 30)."
        ]

    def test_whose_pause_is_not_over(self, warnings, organization, agent):
        slow = make_motif(organization=organization, pause=timedelta(minutes=15))
        citizen = make_citizen(organization=organization, first_name="Fatima", last_name="Benali")
        make_appointment(motif=slow, calendar=agent.calendar, citizen=citizen, starts_at=paris(MONDAY, 10))

        assert warnings(10, 30) == [
            "Agenda « Alice Delcourt » : tombe dans la pause de 15 min après le rendez-vous de Fatima BENALI"
            " (10 h – 10 h 30)."
        ]
        assert warnings.overlaps == frozenset()

    def test_that_leaves_no_room_for_the_pause(self, warnings, organization, other):
        slow = make_motif(organization=organization, pause=timedelta(minutes=15))

        assert warnings(9, 30, motif=slow) == [
            "Agenda « Alice Delcourt » : la pause de 15 min qui suit empiète sur le rendez-vous de Fatima BENALI"
            " (10 h – 10 h 30)."
        ]


def test_of_a_slot_that_a_visitor_holds(warnings, motif, opening):
    take_hold(
        demand=Demand(motif),
        starts_at=paris(MONDAY, 10),
        location_id=opening.location_id,
        visitor_key=uuid4(),
        client_hash="here",
        now=NOW,
    )

    assert warnings(10) == ["Agenda « Alice Delcourt » : un usager est en train de réserver à cette heure."]
    assert warnings(10, now=NOW + timedelta(minutes=11)) == []


class TestTheCitizen:
    @pytest.fixture
    def citizen(self, organization):
        return make_citizen(organization=organization, first_name="Fatima", last_name="Benali")

    @pytest.fixture
    def colleague(self, organization, unit):
        return make_agent(organization=organization, units=[unit])

    def test_who_has_this_motif_that_day_already(self, warnings, motif, citizen, colleague):
        make_appointment(motif=motif, calendar=colleague.calendar, citizen=citizen, starts_at=paris(MONDAY, 15))

        assert warnings(9, citizens=[citizen]) == [
            "Fatima BENALI a déjà un rendez-vous « Accès aux droits » ce jour-là, à 15 h."
        ]

    def test_who_has_it_another_day(self, warnings, motif, citizen, colleague):
        make_appointment(motif=motif, calendar=colleague.calendar, citizen=citizen, starts_at=paris(TUESDAY, 9))

        assert warnings(9, citizens=[citizen]) == []

    def test_who_is_somewhere_else_at_that_time(self, warnings, organization, citizen, colleague):
        other = make_motif(organization=organization, name="Impôts")
        make_appointment(motif=other, calendar=colleague.calendar, citizen=citizen, starts_at=paris(MONDAY, 9, 15))

        assert warnings(9, citizens=[citizen]) == [
            "Fatima BENALI a un autre rendez-vous à cette heure (Impôts, 9 h 15 – 9 h 45)."
        ]
        assert warnings(10, citizens=[citizen]) == []

    def test_what_they_do_in_another_organization_is_not_told(self, warnings, organization, citizen):
        elsewhere = make_organization(territory=organization.territory)
        make_appointment(organization=elsewhere, citizen=citizen, starts_at=paris(MONDAY, 9))

        assert warnings(9, citizens=[citizen]) == []


class TestStretching:
    @pytest.fixture
    def stretched(self, organization, agent, motif, opening):
        appointment = make_appointment(
            motif=motif, calendar=agent.calendar, location=opening.location, starts_at=paris(MONDAY, 11, 15)
        )

        def stretched(hour, minute=0):
            found = stretch_warnings(
                membership_of(agent, organization),
                appointment,
                ends_at=paris(MONDAY, hour, minute),
                calendars=[agent.calendar],
                now=NOW,
            )
            return [sentence.replace("\u00a0", " ") for sentence in found.sentences]

        return stretched

    def test_inside_the_hours_says_nothing(self, stretched):
        assert stretched(12) == []

    def test_past_the_hours_says_so(self, stretched):
        assert stretched(12, 15) == ["Agenda « Alice Delcourt » : hors de ses plages d'ouverture."]

    def test_over_the_next_one_names_it(self, stretched, motif, agent, organization):
        citizen = make_citizen(organization=organization, first_name="Fatima", last_name="Benali")
        make_appointment(motif=motif, calendar=agent.calendar, citizen=citizen, starts_at=paris(MONDAY, 11, 45))

        assert stretched(12) == [
            "Agenda « Alice Delcourt » : chevauche le rendez-vous de Fatima BENALI (11 h 45 – 12 h 15)."
        ]

    def test_shorter_says_nothing_whatever_stood_against_it(self, stretched, organization):
        make_closure(organization=organization)

        assert stretched(11, 30) == []


@pytest.mark.parametrize("many", [1, 6])
def test_what_is_said_costs_no_more_with_more_rows(
    warnings, organization, unit, motif, many, django_assert_max_num_queries
):
    calendars = [make_agent(organization=organization, units=[unit]).calendar for _ in range(many)]
    for calendar in calendars:
        make_opening(calendar=calendar, motifs=[motif])
        make_unavailability(calendar=calendar, organization=organization)
        make_appointment(motif=motif, calendar=calendar, starts_at=paris(MONDAY, 10))
    citizens = [make_citizen(organization=organization) for _ in range(many)]

    with django_assert_max_num_queries(2 + 14):  # Two of them to know the member.
        assert len(warnings(10, calendars=calendars, citizens=citizens)) >= many
