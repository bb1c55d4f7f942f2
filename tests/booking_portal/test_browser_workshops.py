"""A citizen with a phone registers for a workshop that fills meanwhile, waits, and leaves the queue."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from notifications.models import Message
from scheduling.models import Participation
from tests.booking_portal.test_browser_booking import (
    check,
    check_with_axe,
    follow_link_of_the_mail,
    heading,
    latest_message,
)
from tests.factories import (
    make_location,
    make_motif,
    make_organization,
    make_participation,
    make_territory,
    make_workshop,
)


@pytest.fixture
def workshops(transactional_db):
    """Two dates: the first has one seat left, the second is full."""
    organization = make_organization(
        territory=make_territory(name="Pas-de-Calais", slug="pas-de-calais"), name="Centre social Marie-Curie"
    )
    now = timezone.now()
    motif = make_motif(
        organization=organization, name="Atelier budget", is_collective=True, duration=timedelta(hours=2)
    )
    place = make_location(organization=organization, name="Médiathèque de l'Abbaye Saint-Vaast")
    found = [
        make_workshop(
            motif=motif, title=title, seats=2, location=place, starts_at=now + timedelta(days=2 + number), now=now
        )
        for number, title in enumerate(("Tenir son budget", "Comprendre ses factures d'énergie"))
    ]
    for workshop in (found[0], found[1], found[1]):
        make_participation(workshop=workshop, now=now)
    return found


def card(page, title):
    return page.locator(".workshop", has=page.get_by_role("heading", name=title))


def reach_the_code(page, check):
    page.goto("/")
    page.get_by_role("link", name="Pas-de-Calais").click()
    heading(page, "À quelle date ?")
    expect(card(page, "Comprendre ses factures")).to_contain_text("Complet")
    expect(card(page, "Tenir son budget")).to_contain_text("1 place")
    check(page)
    card(page, "Tenir son budget").get_by_role("button", name="S'inscrire").click()
    heading(page, "Qui êtes-vous ?")
    expect(page.get_by_text("Il reste 1 place.")).to_be_visible()
    check(page)
    page.get_by_label("Prénom", exact=True).fill("Camille")
    page.get_by_label("Nom", exact=True).fill("Dupont")
    page.get_by_label("E-mail").fill("camille@example.org")
    page.get_by_role("button", name="Continuer").click()
    heading(page, "Votre code à six chiffres")
    check(page)


def type_code(page):
    address = page.url
    digits = latest_message(page, r"\b\d{6}\b")
    page.goto(address)
    page.get_by_label("Code à six chiffres").fill(digits)


def wait_instead(page, check):
    heading(page, "Cet atelier vient d'être complet")
    check(page)
    page.get_by_role("link", name="Rejoindre la liste d'attente").click()
    heading(page, "Qui êtes-vous ?")
    expect(page.get_by_label("Nom", exact=True)).to_have_value("Dupont")
    page.get_by_role("button", name="Continuer").click()
    heading(page, "C'est noté, vous êtes en liste d'attente")
    expect(page.get_by_text("au rang 1")).to_be_visible()
    check(page)


def leave_the_queue(page, check):
    follow_link_of_the_mail(page)
    page.get_by_role("link", name="Quitter la liste d'attente").click()
    check(page)
    page.get_by_role("button", name="Quitter la liste d'attente").click()
    expect(page.get_by_role("status")).to_contain_text("Vous n'êtes plus en liste d'attente")


def test_a_citizen_registers_waits_and_leaves_with_and_without_javascript(phone, phone_without_javascript, workshops):
    first, _ = workshops
    reach_the_code(phone, check_with_axe)
    type_code(phone)
    taken = make_participation(workshop=first, now=timezone.now())

    phone.get_by_role("button", name="Confirmer l'inscription").click()
    wait_instead(phone, check_with_axe)
    leave_the_queue(phone, check_with_axe)

    taken.delete()
    Message.objects.filter(recipient="camille@example.org").delete()
    Participation.objects.filter(citizen__last_name="Dupont").delete()
    reach_the_code(phone_without_javascript, check)
    type_code(phone_without_javascript)
    phone_without_javascript.get_by_role("button", name="Confirmer l'inscription").click()
    heading(phone_without_javascript, "C'est noté, vous avez votre place")
    check(phone_without_javascript)
    assert first.participations.get(citizen__last_name="Dupont").seat == 2
