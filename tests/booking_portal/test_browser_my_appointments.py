"""A citizen with a phone finds their RDVs by a code, and cancels one."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from scheduling.models import Appointment
from tests.booking_portal.test_browser_booking import check_with_axe, heading, latest_message
from tests.factories import make_appointment, make_citizen, make_motif, make_opening, make_organization, make_territory

NAMES = ("Carte d'identité", "Accompagnement des personnes âgées et de leurs proches aidants")


@pytest.fixture
def appointments(transactional_db):
    """Two to come and one that is past, at a mairie; one of a child."""
    organization = make_organization(
        territory=make_territory(name="Pas-de-Calais", slug="pas-de-calais"),
        name="Maison départementale des solidarités de Saint-Pol-sur-Ternoise",
    )
    citizen = make_citizen(organization=organization, email="camille@example.org", last_name="Dupont")
    child = make_citizen(organization=organization, first_name="Noé", last_name="Dupont", responsible=citizen)
    motifs = [make_motif(organization=organization, name=name) for name in NAMES]
    now = timezone.now()
    make_opening(motifs=motifs, first_day=now.date(), rrule="FREQ=DAILY", now=now)
    return [
        make_appointment(motif=motif, citizen=who, starts_at=now + timedelta(days=days), now=now - timedelta(days=9))
        for motif, who, days in ((motifs[0], citizen, 2), (motifs[1], child, 4), (motifs[1], citizen, -5))
    ]


def test_a_citizen_finds_their_appointments_and_cancels_one(phone, appointments):
    phone.goto("/")
    phone.get_by_role("link", name="Vous avez déjà un rendez-vous").click()
    heading(phone, "Retrouver mes rendez-vous")
    check_with_axe(phone)
    phone.get_by_label("E-mail ou téléphone mobile").fill("camille@example.org")
    phone.get_by_role("button", name="Recevoir un code").click()
    heading(phone, "Votre code à six chiffres")
    check_with_axe(phone)
    address = phone.url
    digits = latest_message(phone, r"\b\d{6}\b")
    phone.goto(address)
    phone.get_by_label("Code à six chiffres").fill(digits)
    phone.get_by_role("button", name="Voir mes rendez-vous").click()

    heading(phone, "Mes rendez-vous")
    expect(phone.locator(".cards > li")).to_have_count(3)
    expect(phone.get_by_role("heading", name="Passés ou annulés")).to_be_visible()
    check_with_axe(phone)
    phone.locator(".choice-card", has_text=NAMES[0]).get_by_role("link").click()
    heading(phone, "Votre rendez-vous")
    # A page that hides its origin could not switch: the browser would send no origin, and the form be refused.
    phone.get_by_role("button", name="English").click()
    heading(phone, "Your appointment")
    phone.get_by_role("button", name="Français").click()
    heading(phone, "Votre rendez-vous")
    phone.get_by_role("link", name="Annuler").click()
    phone.get_by_role("button", name="Annuler le rendez-vous").click()
    expect(phone.get_by_role("status")).to_contain_text("Votre rendez-vous est annulé")

    phone.get_by_role("link", name="Retour").click()
    expect(phone.locator(".choice-card", has_text="Annulé")).to_contain_text(NAMES[0])
    phone.get_by_role("button", name="Quitter").click()
    expect(phone.get_by_role("status")).to_contain_text("Vous avez quitté vos rendez-vous")
    assert Appointment.objects.get(pk=appointments[0].pk).status == Appointment.Status.CANCELLED_BY_CITIZEN
