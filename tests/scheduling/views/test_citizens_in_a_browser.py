"""Looking somebody up, reading their sheet, and making one record of two: with the keyboard alone."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Citizen, CitizenMerge, Membership
from tests.browsers import DESKTOP, PHONE, seen_by_axe, tab_to
from tests.factories import make_agent, make_appointment, make_citizen, make_organization

LONG = "Marie-Antoinette de la Rochefoucauld-Montmorency"


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Maison des solidarités", open_weekdays=list(range(7)))


@pytest.fixture
def pair(organization):
    """One person twice, with long names, relatives and RDVs; and two people who share a phone."""
    born = date(1980, 5, 12)
    first, last = LONG.split(" ", 1)
    common = {"organization": organization, "birth_date": born, "phone": "+33612345678"}
    one = make_citizen(**common, first_name=first, last_name=last, email="", notes="Sonner deux fois.")
    other = make_citizen(
        **common,
        first_name=first,
        last_name="Rochefoucauld de la Montmorancy",
        email="marie-antoinette.de-la-rochefoucauld-montmorency@exemple.fr",
        address="12 bis rue du Général-de-Gaulle, résidence des Tilleuls, 62000 Arras",
        notes="Parle peu.",
    )
    make_citizen(organization=organization, first_name="Léo", last_name=last, responsible=other)
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    for days, citizen in [(2, one), (3, other), (-4, other)]:
        make_appointment(
            organization=organization,
            citizen=citizen,
            starts_at=start + timedelta(days=days),
            now=timezone.now() - timedelta(days=10),
        )
    for name in ("Ali", "Nadia"):
        make_citizen(organization=organization, first_name=name, last_name="Haddad", phone="+33321000000", email="")
    return one, other


def stands(page, organization):
    assert [found["id"] for found in seen_by_axe(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("viewport", [DESKTOP, pytest.param(PHONE, marks=pytest.mark.nightly)], ids=["wide", "360 px"])
def test_one_record_of_two_with_the_keyboard_alone(open_page, viewport, organization, pair, live_server, client):
    one, other = pair
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
    page = open_page(viewport)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    press = page.keyboard.press

    page.goto(reverse("organizations:citizen_list", args=[organization.slug]))
    page.keyboard.type("marie roche")  # The field has the focus.
    expect(page.locator("#citizen-results tbody tr")).to_have_count(2)
    stands(page, organization)
    tab_to(page, page.get_by_role("link", name=re.compile("MONTMORENCY")).first)
    press("Enter")
    expect(page.get_by_role("heading", name="À venir")).to_be_visible()
    stands(page, organization)

    page.goto(reverse("organizations:citizen_duplicates", args=[organization.slug]))
    expect(page.locator(".pairs > li")).to_have_count(2)
    stands(page, organization)
    tab_to(page, page.get_by_role("button", name=re.compile("Ali HADDAD et Nadia")))
    press("Enter")
    expect(page.get_by_text("deux personnes différentes")).to_be_visible()
    expect(page.locator(".pairs > li")).to_have_count(1)
    tab_to(page, page.get_by_role("link", name=re.compile("Comparer et fusionner")))
    press("Enter")

    expect(page.get_by_role("heading", name="Ce qui reste")).to_be_visible()
    stands(page, organization)
    tab_to(page, page.locator("input[name=last_name]:checked"))
    press("ArrowDown")
    expect(page.locator("input[name=last_name][value=loser]")).to_be_checked()
    tab_to(page, page.get_by_role("button", name="Fusionner les deux fiches"))
    press("Enter")

    expect(page.get_by_text("n'en font plus qu'une")).to_be_visible()
    expect(page.get_by_role("region", name="À venir").locator("tbody tr")).to_have_count(2)
    expect(page.get_by_text("a été fusionnée dans celle-ci")).to_be_visible()
    stands(page, organization)
    assert CitizenMerge.objects.get().loser == other
    kept = Citizen.objects.get(pk=one.pk)
    assert (kept.last_name, kept.notes) == ("Rochefoucauld de la Montmorancy", "Sonner deux fois.\n\nParle peu.")
    assert kept.participations.count() == 3
