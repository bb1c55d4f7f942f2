"""What an RDV is called, and whether somebody is to arrive for it, on every screen that shows one."""

import pytest
from django.urls import reverse

from organizations.models import Motif
from scheduling.engine.intervals import Interval
from scheduling.models import Appointment
from scheduling.services.actors import Actor
from scheduling.services.booking import Attendee, Details, place_appointment
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_agent,
    make_appointment,
    make_citizen,
    make_location,
    make_motif,
    make_organization,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

NAMES = ["Abel", "Bellec", "Caron", "Dumas", "Étienne"]


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def agent(client, organization):
    agent = make_agent(organization=organization, is_front_desk=True)
    client.force_login(agent)
    return agent


@pytest.fixture
def family(organization, agent):
    """Five people at once, under a title of their own."""
    motif = make_motif(organization=organization, name="Accès aux droits")
    people = [make_citizen(organization=organization, last_name=name) for name in NAMES]
    placed = place_appointment(
        motif=motif,
        period=Interval(paris(MONDAY, 9), paris(MONDAY, 10)),
        calendar_ids=[agent.calendar.pk],
        attendees=[Attendee(citizen) for citizen in people],
        actor=Actor.of(agent),
        location_id=make_location(organization=organization).pk,
        details=Details(title="Bilan annuel"),
        now=NOW,
    )
    return Appointment.objects.for_list().get(pk=placed.pk)


def test_an_rdv_is_called_by_who_comes_three_names_at_most(family):
    assert family.headline == "Camille ABEL, Camille BELLEC, Camille CARON et 2 autres"
    assert family.subject == "Bilan annuel – Accès aux droits"


def test_a_workshop_is_called_by_its_title(organization):
    workshop = make_workshop(organization=organization, title="Tenir son budget")

    assert workshop.headline == "Tenir son budget"
    assert workshop.subject == workshop.motif.name


@pytest.mark.parametrize("screen", ["appointment_list", "agenda", "agenda_feed"])
def test_a_title_of_its_own_hides_nobody(client, organization, family, screen):
    asked = {"jour": MONDAY, "du": MONDAY, "start": MONDAY, "end": TUESDAY, "vue": "jour", "affichage": "liste"}
    address = reverse(f"scheduling:{screen}", args=[organization.slug], query=asked)

    shown = client.get(address).content.decode()

    assert "Camille ABEL" in shown
    assert "Bilan annuel" in shown
    assert "TIENNE" not in shown


@pytest.mark.parametrize(
    ("kind", "comes"),
    [
        (Motif.LocationKind.ON_SITE, True),
        (Motif.LocationKind.PHONE, False),
        (Motif.LocationKind.HOME, False),
        (Motif.LocationKind.VIDEO, False),
    ],
)
def test_nobody_arrives_nor_is_late_for_what_is_not_held_on_site(organization, kind, comes):
    fields = {
        Motif.LocationKind.PHONE: {"phone": "+33612345678"},
        Motif.LocationKind.HOME: {"address": "1 rue de la Paix"},
        Motif.LocationKind.VIDEO: {"video_url": "https://visio.example.org/1"},
    }.get(kind, {})
    appointment = make_appointment(
        motif=make_motif(organization=organization, location_kind=kind), details=Details(**fields)
    )

    assert appointment.has_a_visit is comes
    assert appointment.is_late(paris(MONDAY, 9, 20)) is comes
