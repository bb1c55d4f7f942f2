"""A parent with a phone, with and without JavaScript: books for a child, and cancels by the link in the message."""

from datetime import timedelta
from itertools import count
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from notifications.models import Message
from scheduling.engine.opening_days import holidays_of
from scheduling.models import Appointment, Participation
from tests.booking_portal.test_browser_booking import check, check_with_axe, heading, latest_message
from tests.factories import make_motif, make_opening, make_organization, make_territory


@pytest.fixture
def motif(transactional_db):
    """One of everything: the way begins at the slots."""
    territory = make_territory(name="Pas-de-Calais", slug="pas-de-calais")
    organization = make_organization(territory=territory, name="Mairie d'Arras", open_weekdays=list(range(7)))
    motif = make_motif(organization=organization, name="Carte d'identité")
    days = (timezone.localdate() + timedelta(days=ahead) for ahead in count(2))
    first_day = next(day for day in days if day not in {holiday.day for holiday in holidays_of("FR", "", day.year)})
    make_opening(motifs=[motif], first_day=first_day, rrule="FREQ=DAILY", now=timezone.now())
    return motif


def book_for_a_child(page, check):
    page.goto(reverse("booking_portal:service_choice", args=["pas-de-calais"]))
    page.locator(".next-slot-button").click()
    heading(page, "Qui êtes-vous ?")
    expect(page.get_by_label("Son prénom")).to_be_hidden()
    expect(page.get_by_role("radio", name="Pour moi")).to_be_checked()
    check(page)

    page.get_by_role("radio", name="Pour un proche").check()
    expect(page.get_by_label("Son prénom")).to_be_visible()
    check(page)
    page.get_by_label("Prénom", exact=True).fill("Camille")
    page.get_by_label("Nom", exact=True).fill("Dupont")
    page.get_by_label("E-mail").fill("camille@example.org")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("2 points sont à corriger")
    page.get_by_role("link", name="Indiquez le prénom de votre proche.").click()
    check(page)
    page.get_by_label("Son prénom").fill("Léo")
    page.get_by_label("Son nom", exact=True).fill("Dupont")
    page.get_by_label("Sa date de naissance").fill("12/05/2015")
    page.get_by_role("button", name="Continuer").click()

    heading(page, "Votre code à six chiffres")
    expect(page.locator(".choices")).to_contain_text("Léo DUPONT")
    check(page)
    address = page.url
    digits = latest_message(page, r"\b\d{6}\b")
    page.goto(address)
    page.get_by_label("Code à six chiffres").fill(digits)
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    heading(page, "C'est noté, votre rendez-vous est confirmé")
    expect(page.locator(".recap")).to_contain_text("Léo D.")
    check(page)


def cancel(page, check):
    page.goto(urlsplit(latest_message(page, r"https?://\S+/mon-rdv/\S+")).path)
    heading(page, "Votre rendez-vous")
    expect(page.locator(".recap")).to_contain_text("Léo D.")
    page.get_by_role("link", name="Annuler").click()
    expect(page.locator(".recap")).to_contain_text("Léo D.")
    check(page)
    page.get_by_role("button", name="Annuler le rendez-vous").click()
    expect(page.get_by_role("status")).to_contain_text("Votre rendez-vous est annulé")


def assert_it_was_leos_and_camille_was_told():
    participation = Participation.objects.select_related("citizen__responsible").get()
    assert (str(participation.citizen), str(participation.citizen.responsible)) == ("Léo DUPONT", "Camille DUPONT")
    assert Appointment.objects.get().status == Appointment.Status.CANCELLED_BY_CITIZEN
    told = Message.objects.filter(audience=Message.Audience.CITIZEN).order_by("pk").values_list("kind", "recipient")
    kinds = ["code", "booked", "cancelled_by_citizen"]
    assert list(told) == [(kind, "camille@example.org") for kind in kinds]


def test_a_parent_books_for_a_child(phone, motif):
    book_for_a_child(phone, check_with_axe)
    cancel(phone, check_with_axe)

    assert_it_was_leos_and_camille_was_told()


def test_a_parent_books_for_a_child_without_javascript(phone_without_javascript, motif):
    book_for_a_child(phone_without_javascript, check)
    cancel(phone_without_javascript, check)

    assert_it_was_leos_and_camille_was_told()
