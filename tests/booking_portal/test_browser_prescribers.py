"""A social worker with a phone, with and without JavaScript: says who they are once, books for two persons."""

import re
from datetime import timedelta
from itertools import count

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from notifications.models import Message
from scheduling.engine.opening_days import holidays_of
from scheduling.models import Participation
from tests.booking_portal.test_browser_booking import check, check_with_axe, heading
from tests.factories import (
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_partner_type,
    make_territory,
)


@pytest.fixture
def motifs(transactional_db):
    """One for everybody, one for prescribers, one for other partners than ours."""
    territory = make_territory(name="Pas-de-Calais", slug="pas-de-calais")
    kinds = [make_partner_type(territory=territory, name=name) for name in ("Association", "Médecin")]
    organization = make_organization(
        territory=territory, name="Maison des solidarités", open_weekdays=list(range(7)), phone="+33321000000"
    )
    motifs = [
        make_motif(
            organization=organization, name=name, booking_audience=audience, instructions_after="Pièce d'identité."
        )
        for name, audience in (
            ("Demande de logement", "everyone"),
            ("Accès aux droits", "prescribers"),
            ("Bilan de santé", "prescribers"),
        )
    ]
    motifs[1].partner_types.set(kinds[:1])
    motifs[2].partner_types.set(kinds[1:])
    days = (timezone.localdate() + timedelta(days=ahead) for ahead in count(2))
    first_day = next(day for day in days if day not in {holiday.day for holiday in holidays_of("FR", "", day.year)})
    make_opening(
        motifs=motifs,
        location=make_location(organization=organization, name="Maison des solidarités, 12 rue des Trois-Visages"),
        first_day=first_day,
        rrule="FREQ=DAILY",
        now=timezone.now(),
    )
    return motifs


def say_who_they_are(page, check):
    page.goto("/")
    page.get_by_role("link", name="Pas-de-Calais").click()
    page.get_by_role("link", name="Vous prenez rendez-vous pour quelqu'un d'autre").click()
    heading(page, "Vous prenez rendez-vous pour quelqu'un d'autre")
    check(page)
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_text("Indiquez la structure où vous travaillez.").first).to_be_visible()
    check(page)
    page.get_by_label("Prénom").fill("Jeanne")
    page.get_by_label("Nom", exact=True).fill("Dupont")
    page.get_by_label("Structure", exact=True).fill("Restos du cœur")
    page.get_by_label("Type de partenaire").select_option("Association")
    page.get_by_label("E-mail professionnel").fill("jeanne@restos.example")
    page.get_by_role("button", name="Continuer").click()


def choose(page, check):
    heading(page, "Pour quelle démarche ?")
    expect(page.get_by_text("Jeanne DUPONT (Restos du cœur)")).to_be_visible()
    expect(page.get_by_role("link", name="Bilan de santé")).to_have_count(0)
    check(page)
    page.get_by_role("link", name="Accès aux droits").click()
    page.locator("button[name=debut]").first.click()
    heading(page, "Pour qui est ce rendez-vous ?")
    check(page)


def walk(page, check):
    say_who_they_are(page, check)
    choose(page, check)
    page.get_by_label("Prénom").fill("Camille")
    page.get_by_label("Nom", exact=True).fill("Martin")
    page.get_by_label("E-mail").fill("camille@example.org")
    page.get_by_role("button", name="Continuer").click()
    heading(page, "Votre code à six chiffres")
    expect(page.get_by_text("jeanne@restos.example")).to_be_visible()
    check(page)
    code = Message.objects.get(kind=Message.Kind.CODE, recipient="jeanne@restos.example")
    page.get_by_label("Code à six chiffres").fill(re.search(r"\b\d{6}\b", code.body)[0])
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    heading(page, "C'est noté, le rendez-vous est confirmé")
    for words in ("Camille MARTIN", "Accès aux droits", "Pièce d'identité.", "camille@example.org"):
        expect(page.locator("main")).to_contain_text(words)
    assert "/mon-rdv/" not in page.content()
    check(page)

    page.get_by_role("link", name="Prendre un autre rendez-vous").click()
    choose(page, check)
    page.get_by_label("Prénom").fill("Lou")
    page.get_by_label("Nom", exact=True).fill("Petit")
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    heading(page, "C'est noté, le rendez-vous est confirmé")  # No second code.
    expect(page.get_by_text("imprimez cette page")).to_be_visible()
    check(page)

    page.goto(reverse("booking_portal:prescriber_identity", args=["pas-de-calais"]))
    expect(page.get_by_role("heading", name="Jeanne DUPONT (Restos du cœur)")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Ce n'est pas vous").click()
    expect(page.get_by_text("Cet appareil ne sait plus qui vous êtes.")).to_be_visible()
    expect(page.get_by_label("Prénom")).to_have_value("")


def check_what_was_booked():
    booked = Participation.objects.order_by("pk").values_list("citizen__first_name", "prescriber__email")
    assert list(booked) == [("Camille", "jeanne@restos.example"), ("Lou", "jeanne@restos.example")]
    told = Message.objects.filter(kind=Message.Kind.BOOKED).exclude(audience="agent").order_by("pk")
    assert sorted(told.values_list("audience", "recipient")) == [
        ("citizen", "camille@example.org"),
        ("prescriber", "jeanne@restos.example"),
        ("prescriber", "jeanne@restos.example"),
    ]


def test_with_javascript(motifs, phone):
    walk(phone, check_with_axe)

    check_what_was_booked()


def test_without_javascript(motifs, phone_without_javascript):
    walk(phone_without_javascript, check)

    check_what_was_booked()
