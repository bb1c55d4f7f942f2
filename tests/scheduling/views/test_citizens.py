"""A citizen's record with what the member may see of their appointments."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Membership
from scheduling.models import AppointmentStatus
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment, record_outcome
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_territory,
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
    return make_organization(territory=make_territory())


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


def address(organization, citizen):
    return reverse("scheduling:citizen_detail", args=[organization.slug, citizen.pk])


def booked(citizen, organization, days, *, motif=None, status=None):
    appointment = make_appointment(
        organization=organization,
        motif=motif,
        citizen=citizen,
        starts_at=paris(MONDAY + timedelta(days=days), 9),
        now=NOW - timedelta(days=60),
    )
    actor = Actor.of(appointment.created_by)
    if status in (AppointmentStatus.FULFILLED, AppointmentStatus.NO_SHOW):
        record_outcome(appointment=appointment, status=status, actor=actor, now=NOW)
    elif status:
        cancel_appointment(appointment=appointment, status=status, actor=actor, now=NOW)
    return appointment


def test_upcoming_ones_are_apart_from_the_past_and_the_cancelled(client, admin, organization):
    zoe = make_citizen(organization=organization)
    later, sooner = booked(zoe, organization, 9), booked(zoe, organization, 2)
    past = booked(zoe, organization, -3)
    cancelled = booked(zoe, organization, 5, status=AppointmentStatus.CANCELLED_BY_CITIZEN)

    context = client.get(address(organization, zoe)).context

    assert context["upcoming"] == [sooner, later]
    assert list(context["page"]) == [cancelled, past]


def test_figures_count_what_came_of_them(client, admin, organization):
    zoe = make_citizen(organization=organization)
    for days, status in [
        (-9, AppointmentStatus.FULFILLED),
        (-8, AppointmentStatus.FULFILLED),
        (-7, AppointmentStatus.NO_SHOW),
        (-6, AppointmentStatus.CANCELLED_BY_AGENT),
        (3, AppointmentStatus.CANCELLED_BY_CITIZEN),
        (4, AppointmentStatus.UNSCHEDULED),
        (-5, None),
        (6, None),
    ]:
        booked(zoe, organization, days, status=status)
    booked(make_citizen(organization=organization), organization, -4, status=AppointmentStatus.FULFILLED)

    figures = client.get(address(organization, zoe)).context["figures"]

    assert (figures.appointments, figures.fulfilled, figures.no_shows, figures.cancelled) == (8, 2, 1, 3)


def test_details_relatives_and_referents_are_there_and_written_as_text(client, admin, organization):
    zoe = make_citizen(
        organization=organization,
        first_name="Zoé",
        last_name="<i>Durand",
        phone="+33612345678",
        address="3 rue <b>Haute</b>",
        notes="Première ligne\n<script>alert(1)</script>",
    )
    zoe.referents.add(make_agent(organization=organization, first_name="Inès", last_name="Delattre"))
    child = make_citizen(organization=organization, first_name="Léo", last_name="Durand", responsible=zoe)

    content = client.get(address(organization, zoe)).content.decode()

    for text in [
        "06\u00a012\u00a034\u00a056\u00a078",
        "&lt;I&gt;DURAND",
        "&lt;b&gt;Haute",
        "Inès Delattre",
        "Léo DURAND",
    ]:
        assert text in content
    assert "<script>alert" not in content
    assert f"?usager={zoe.pk}" in content
    assert "Zoé &lt;I&gt;DURAND" in client.get(address(organization, child)).content.decode()


@pytest.mark.parametrize(
    ("who", "status", "seen"),
    [
        ("service a", 200, {"a"}),
        ("service b", 404, set()),
        ("front desk", 200, {"a", "b"}),
        ("admin", 200, {"a", "b"}),
        ("sister organization", 404, set()),
        ("other territory", 404, set()),
    ],
)
def test_each_sees_the_record_and_the_appointments_that_are_theirs_to_see(client, organization, who, status, seen):
    units = {name: make_unit(territory=organization.territory) for name in "ab"}
    zoe = make_citizen(organization=organization, units=[units["a"]])
    hidden_child = make_citizen(organization=organization, units=[units["b"]], first_name="Caché", responsible=zoe)
    appointments = {
        name: booked(zoe, organization, -3 - n, motif=make_motif(organization=organization, units=[unit]))
        for n, (name, unit) in enumerate(units.items())
    }
    # Booked for the other service too, the citizen is now known to both; so forget that.
    zoe.accesses.exclude(unit=units["a"]).delete()
    home = {
        "sister organization": make_organization(territory=organization.territory),
        "other territory": make_organization(),
    }.get(who, organization)
    client.force_login(
        make_agent(
            organization=home,
            units={"service a": [units["a"]], "service b": [units["b"]]}.get(who, []),
            is_front_desk=who == "front desk",
            role=Membership.Role.BASIC if who.startswith(("service", "front")) else Membership.Role.ADMIN,
        )
    )

    response = client.get(address(organization, zoe))

    assert response.status_code == status
    if status == 200:
        assert set(response.context["page"]) == {appointments[name] for name in seen}
        assert response.context["figures"].appointments == len(seen)
        assert (hidden_child in response.context["relatives"]) == ("b" in seen)
    if home is not organization:
        assert client.get(address(home, zoe)).status_code == 404


def test_appointments_in_other_organizations_are_not_shown(client, admin, organization):
    sister = make_organization(territory=organization.territory)
    zoe = make_citizen(organization=organization)
    booked(zoe, sister, -3)

    response = client.get(address(organization, zoe))

    assert list(response.context["page"]) == []
    assert response.context["figures"].appointments == 0


def test_the_past_has_pages(client, admin, organization):
    zoe = make_citizen(organization=organization)
    motif = make_motif(organization=organization)
    for days in range(1, 26):
        booked(zoe, organization, -days, motif=motif)

    assert len(client.get(address(organization, zoe), {"page": 2}).context["page"]) == 5


def test_queries_do_not_grow_with_the_appointments(client, admin, organization, assert_query_count):
    zoe = make_citizen(organization=organization)
    for days in range(-6, 6):
        booked(zoe, organization, days)
    for _ in range(3):
        make_citizen(organization=organization, responsible=zoe)

    with assert_query_count("citizen_detail"):
        client.get(address(organization, zoe))


def test_who_follows_the_citizen_elsewhere_is_not_said(client, admin, organization):
    """That the social services follow somebody is no business of the town hall."""
    sister = make_organization(territory=organization.territory)
    citizen = make_citizen(organization=organization)
    citizen.referents.add(make_agent(organization=sister, first_name="Solène", last_name="Ailleurs"))
    citizen.referents.add(make_agent(organization=organization, first_name="Inès", last_name="Delattre"))

    page = client.get(address(organization, citizen)).content.decode()

    assert "Delattre" in page
    assert "Ailleurs" not in page
