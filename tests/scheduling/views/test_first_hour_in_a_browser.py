"""The first hour: from an empty database to a citizen's booking, without a word of help."""

import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import expect

from organizations.models import Organization, Territory
from scheduling.models import Appointment
from tests.browsers import seen_by_axe
from tests.factories import PASSWORD

EMAIL = "claire@arras.example"


def fits_and_is_accessible(page):
    serious = {"serious", "critical"}
    assert [item["id"] for item in seen_by_axe(page).response["violations"] if item["impact"] in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def territory(transactional_db):
    call_command(
        "create_territory",
        "Communauté de l'Arrageois",
        slug="arrageois",
        admin_email=EMAIL,
        admin_first_name="Claire",
        admin_last_name="Dupont",
    )
    return Territory.objects.get()


def test_from_an_empty_database_to_a_citizens_booking(territory, desktop, phone):
    page = desktop
    page.goto(urlsplit(re.search(r"https?://\S+/reset/key/\S+", mail.outbox[0].body)[0]).path)
    page.get_by_label("Nouveau mot de passe", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("confirm|encore", re.IGNORECASE)).fill(PASSWORD)
    press(page, "Enregistrer le mot de passe")
    page.get_by_role("link", name="Se connecter").click()
    page.locator("[name=login]").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    press(page, "Se connecter")
    expect(page.get_by_role("heading", name="Communauté de l'Arrageois")).to_be_visible()
    page.get_by_role("link", name="Ajouter une organisation").click()
    page.get_by_label("Nom", exact=True).fill("Mairie")
    press(page, "Ajouter l'organisation")
    expect(page.get_by_role("heading", name="Premiers pas")).to_be_visible()
    page.get_by_role("link", name=re.compile("Continuer")).click()
    page.get_by_label("Moi").check()
    press(page, "Continuer")

    page.get_by_label("Carte d'identité ou passeport").check()
    page.get_by_label("Point téléphonique").check()
    press(page, "Ajouter ces motifs")

    page.get_by_label("Nom", exact=True).fill("Hôtel de ville")
    page.get_by_label("Adresse", exact=False).first.fill("6 place des Héros")
    page.get_by_label("Code postal").fill("62000")
    page.get_by_label("Commune").fill("Arras")
    press(page, "Ajouter ce lieu")

    press(page, "Ouvrir ces heures")
    expect(page.get_by_role("heading", name="Prenez rendez-vous comme un usager")).to_be_visible()
    fits_and_is_accessible(page)

    link = page.get_by_role("link", name="Prendre un rendez-vous d'essai").get_attribute("href")
    book(phone, link)
    page.get_by_role("link", name="C'est fait").click()
    expect(page.get_by_role("heading", name="Le premier rendez-vous est pris")).to_be_visible()
    page.get_by_role("link", name="Premiers pas").first.click()
    assert Appointment.objects.get().organization == Organization.objects.get()


def book(page, link):
    """As a citizen on a phone, up to the confirmation; the code is read on the outbox page."""
    page.goto(link)
    page.get_by_role("link", name=re.compile("Carte d'identité ou passeport")).click()
    page.get_by_label("Passeport").check()
    page.get_by_role("button", name="Continuer").click()
    page.locator(".next-slot-button").click()
    page.get_by_label("Prénom", exact=True).fill("Camille")
    page.get_by_label("Nom", exact=True).fill("Dupont")
    page.get_by_label("E-mail").fill("camille@example.org")
    page.get_by_role("button", name="Continuer").click()
    address = page.url
    page.goto(reverse("notifications:outbox", query={"destinataire": "camille@example.org"}))
    code = re.search(r"\b\d{6}\b", page.locator(".outbox-message").first.inner_text())[0]
    page.goto(address)
    page.get_by_label("Code à six chiffres").fill(code)
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("C'est noté, votre rendez-vous est confirmé")
