"""The day on paper: who comes, when, and room to write; a page for each calendar."""

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import AppointmentStatus
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_closure,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    make_unit,
    paris,
)

pytestmark = pytest.mark.django_db


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
    return reverse("scheduling:day_sheet", args=[organization.slug], query=query)


def lines(response):
    return [(sheet.calendar, sheet.appointments) for sheet in response.context["sheets"].sheets]


def test_shows_the_day_of_one_s_own_calendar(client, admin, organization):
    second = make_appointment(organization=organization, calendar=admin.calendar, starts_at=paris(MONDAY, 11))
    citizen = make_citizen(organization=organization, phone="+33612345678")
    first = make_appointment(organization=organization, calendar=admin.calendar, citizen=citizen)
    make_appointment(organization=organization, calendar=admin.calendar, starts_at=paris(TUESDAY, 9))
    make_appointment(organization=organization)

    response = client.get(address(organization))

    assert lines(response) == [(admin.calendar, [first, second])]
    assert "06 12 34 56 78" in response.content.decode().replace("\u00a0", " ")


def test_has_a_page_for_each_calendar_that_was_chosen(client, admin, organization):
    desk = make_desk(organization=organization)
    appointment = make_appointment(organization=organization, calendar=desk.calendar, starts_at=paris(TUESDAY, 9))

    query = f"{address(organization, jour=TUESDAY)}&agenda={admin.calendar.pk}&agenda={desk.calendar.pk}"
    response = client.get(query)

    assert lines(response) == [(admin.calendar, []), (desk.calendar, [appointment])]
    assert "Rien de prévu ce jour-là." in response.content.decode()


def test_of_a_place_has_its_desks_and_whoever_works_there_that_day(client, admin, organization):
    place = make_location(organization=organization)
    desk = make_desk(organization=organization, location=place)
    make_desk(organization=organization)
    motif = make_motif(organization=organization)
    there = make_appointment(motif=motif, calendar=admin.calendar, location=place)
    make_appointment(motif=motif, calendar=admin.calendar, starts_at=paris(MONDAY, 15))

    response = client.get(address(organization, lieu=place.pk))

    assert lines(response) == [(admin.calendar, [there]), (desk.calendar, [])]


def test_of_a_place_where_nobody_works_says_so(client, admin, organization):
    place = make_location(organization=organization)

    response = client.get(address(organization, lieu=place.pk))

    assert lines(response) == []
    assert "Rien à imprimer" in response.content.decode()


def test_leaves_out_what_was_cancelled_and_tells_hours_absences_and_closed_days(client, admin, organization):
    cancelled = make_appointment(organization=organization, calendar=admin.calendar)
    cancel_appointment(
        appointment=cancelled,
        status=AppointmentStatus.CANCELLED_BY_AGENT,
        actor=Actor.of(admin),
        now=NOW,
    )
    make_opening(organization=organization, calendar=admin.calendar)
    make_unavailability(organization=organization, calendar=admin.calendar, title="Réunion de service")
    make_closure(organization=organization, first_day=TUESDAY, last_day=TUESDAY)

    response = client.get(address(organization))
    content = response.content.decode().replace("\u00a0", " ")

    assert lines(response) == [(admin.calendar, [])]
    assert "Réunion de service" in content
    assert "ouvert de 9 h à 12 h" in content
    assert "Inventaire" in client.get(address(organization, jour=TUESDAY)).content.decode()


def test_shows_of_other_services_and_organizations_only_that_the_time_is_taken(client, organization):
    unit = make_unit(territory=organization.territory)
    colleague = make_agent(organization=organization, units=[unit])
    other = make_motif(organization=organization, units=[make_unit(territory=organization.territory)])
    citizen = make_citizen(organization=organization, last_name="Secrète")
    make_appointment(motif=other, calendar=colleague.calendar, citizen=citizen)
    client.force_login(make_agent(organization=organization, units=[unit]))

    response = client.get(address(organization, agenda=colleague.calendar.pk))

    assert lines(response) == [(colleague.calendar, [])]
    assert "SECRÈTE" not in response.content.decode()
    assert "Occupé" in response.content.decode()


def test_of_a_calendar_that_is_not_theirs_to_see_is_their_own(client, organization):
    stranger = make_agent(organization=organization, units=[make_unit(territory=organization.territory)])
    agent = make_agent(organization=organization)
    client.force_login(agent)

    assert lines(client.get(address(organization, agenda=stranger.calendar.pk))) == [(agent.calendar, [])]


def test_costs_the_same_queries_however_many_calendars(client, admin, organization, assert_query_count):
    make_appointment(organization=organization, calendar=admin.calendar)
    with assert_query_count("day_sheet"):
        client.get(address(organization))
    others = [make_appointment(organization=organization) for _ in range(4)]
    chosen = "&".join(f"agenda={appointment.calendars.get().pk}" for appointment in others)
    with assert_query_count("day_sheet"):
        client.get(f"{address(organization)}?{chosen}")
