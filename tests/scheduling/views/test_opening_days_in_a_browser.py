"""Opening days with the keyboard alone, wide and on a phone: boxes, one date, a closure made and taken back."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership
from scheduling.models import Closure, HolidaySwitch
from scheduling.services.opening_days import add_closure
from tests.browsers import DESKTOP, PHONE, seen_by_axe, tab_to
from tests.factories import (
    PASSWORD,
    make_agent,
    make_organization,
    make_territory,
    make_territory_admin,
)


@pytest.fixture(params=[pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE], ids=["wide", "360 px"])
def page(request, open_page):
    return open_page(request.param)


@pytest.fixture
def organization(transactional_db):
    return make_organization(territory=make_territory(name="Le Pays", subdivision="57"), name="La Mairie")


@pytest.fixture
def sign_in(live_server, client):
    def sign_in(page, agent):
        assert client.login(email=agent.email, password=PASSWORD)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([cookie])

    return sign_in


@pytest.fixture
def admin(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN)


def fits_and_is_accessible(page):
    results = seen_by_axe(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def go(page, organization):
    page.goto(reverse("scheduling:opening_days", args=[organization.slug]))


def save(page, button):
    tab_to(page, page.get_by_role("button", name=button))
    page.keyboard.press("Enter")


def test_boxes_are_ticked_and_saved_with_the_keyboard(page, organization, admin, sign_in):
    sign_in(page, admin)
    go(page, organization)
    fits_and_is_accessible(page)

    tab_to(page, page.get_by_label("Dimanche", exact=True))
    page.keyboard.press("Space")
    save(page, "Enregistrer les jours ouverts")
    expect(page.get_by_text("Les jours ouverts sont enregistrés.")).to_be_visible()

    tab_to(page, page.get_by_label("Vendredi saint", exact=True))
    page.keyboard.press("Space")
    save(page, "Enregistrer pour chaque année")
    expect(page.get_by_text("pour chaque année.")).to_be_visible()
    expect(page.get_by_label("Vendredi saint", exact=True)).not_to_be_checked()

    christmas = page.get_by_label(re.compile("^Noël, .*25.décembre")).last
    tab_to(page, christmas)
    page.keyboard.press("Space")
    save(page, "Enregistrer ces dates")
    expect(page.get_by_text("date par date.")).to_be_visible()
    expect(page.get_by_label(re.compile(r"Noël, .*\(fermé les autres années\)"))).not_to_be_checked()

    organization.refresh_from_db()
    assert 6 in organization.open_weekdays
    assert set(HolidaySwitch.objects.values_list("holiday", "is_closed")) == {
        ("vendredi-saint", False),
        ("noel", False),
    }


def test_no_weekday_at_all_is_refused_beside_the_boxes(page, organization, admin, sign_in):
    sign_in(page, admin)
    go(page, organization)

    for box in page.locator("#jours input[type=checkbox]").all():
        box.uncheck()
    save(page, "Enregistrer les jours ouverts")

    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("#jours")).to_contain_text("Gardez au moins un jour ouvert.")
    fits_and_is_accessible(page)


def test_a_closure_of_the_territory_is_typed_mended_and_removed(page, organization, sign_in):
    sign_in(page, make_territory_admin(territory=organization.territory))
    go(page, organization)
    tab_to(page, page.get_by_role("link", name="Ajouter une fermeture"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ajouter une fermeture")
    fits_and_is_accessible(page)
    first = timezone.localdate() + timedelta(days=10)
    last = first + timedelta(days=2)

    tab_to(page, page.get_by_label("Motif de la fermeture"))
    page.keyboard.insert_text("Travaux")
    page.get_by_label("Du", exact=True).fill(str(last))
    page.get_by_label("Au (compris)").fill(str(first))
    tab_to(page, page.get_by_role("radio", name="La Mairie"))
    page.keyboard.press("ArrowDown")
    save(page, "Ajouter la fermeture")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("se termine avant son premier jour")
    page.get_by_label("Du", exact=True).fill(str(first))
    page.get_by_label("Au (compris)").fill(str(last))
    save(page, "Ajouter la fermeture")

    expect(page.locator(".closure-list")).to_contain_text("Travaux")
    expect(page.locator(".closure-list")).to_contain_text("Tout le territoire")
    assert list(Closure.objects.values_list("first_day", "last_day", "organization")) == [(first, last, None)]
    tab_to(page, page.get_by_role("link", name="Retirer Travaux"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Retirer la fermeture")
    fits_and_is_accessible(page)
    save(page, "Retirer la fermeture")
    expect(page.get_by_text("Aucune fermeture à venir.")).to_be_visible()
    assert not Closure.objects.exists()


def test_an_administrator_sees_the_closure_of_the_territory_and_leaves_it(page, organization, admin, sign_in):
    day = timezone.localdate() + timedelta(days=3)
    add_closure(
        territory=organization.territory,
        organization=None,
        first_day=day,
        last_day=day,
        label="Pont",
        now=timezone.now(),
    )
    sign_in(page, admin)
    go(page, organization)

    expect(page.locator(".closure-list")).to_contain_text("Pont")
    expect(page.get_by_role("link", name="Retirer Pont")).to_have_count(0)


def test_an_unknown_zone_is_named_and_closures_remain(page, transactional_db, sign_in):
    organization = make_organization(territory=make_territory(subdivision="99"))
    sign_in(page, make_agent(organization=organization, role=Membership.Role.ADMIN))
    go(page, organization)

    expect(page.locator("#feries")).to_contain_text("ne sont pas connus")
    expect(page.get_by_role("link", name="Ajouter une fermeture")).to_be_visible()
    fits_and_is_accessible(page)
