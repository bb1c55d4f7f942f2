"""From an empty search to the rule that empties it, and to a month with slots: by keyboard, wide and on a phone."""

import re
from datetime import time, timedelta
from itertools import pairwise

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership
from tests.browsers import DESKTOP, PHONE, seen_by_axe, tab_to
from tests.factories import (
    PASSWORD,
    make_agent,
    make_closure,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_unavailability,
)


@pytest.fixture
def organization(transactional_db):
    # No public holiday closes anything there, whatever today is.
    return make_organization(territory=make_territory(country="ZZ"), open_weekdays=list(range(7)))


@pytest.fixture
def tomorrow():
    """The browser's clock is its own: hours of tomorrow are all ahead."""
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture
def motif(organization, tomorrow):
    """Open tomorrow, with a meeting, and closed by inventory; free slots five weeks later."""
    motif = make_motif(organization=organization, name="Accès aux droits", duration=timedelta(hours=1))
    now = timezone.now()
    opening = make_opening(motifs=[motif], first_day=tomorrow, rrule="FREQ=DAILY;INTERVAL=35", now=now)
    make_unavailability(
        calendar=opening.calendar,
        organization=organization,
        title="Réunion",
        first_day=tomorrow,
        end_time=time(10),
        now=now,
    )
    make_closure(organization=organization, first_day=tomorrow, last_day=tomorrow, label="Inventaire", now=now)
    return motif


@pytest.fixture
def sign_in(organization, live_server, client):
    agent = make_agent(organization=organization, role=Membership.Role.ADMIN)
    assert client.login(email=agent.email, password=PASSWORD)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    return lambda page: page.context.add_cookies([cookie])


def has_no_serious_fault(page):
    violations = seen_by_axe(page).response["violations"]
    assert [
        f"{item['id']}: {item['nodes'][0]['html'][:200]}"
        for item in violations
        if item["impact"] in {"serious", "critical"}
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE])
def test_the_reason_is_two_keys_from_an_empty_search(open_page, sign_in, organization, motif, tomorrow, viewport):
    page = open_page(viewport)
    sign_in(page)
    page.goto(f"{reverse('scheduling:slot_search', args=[organization.slug])}?motif={motif.pk}")

    tab_to(page, page.get_by_role("link", name="Pourquoi aucun créneau"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pourquoi aucun créneau\u00a0?")
    tab_to(page, page.get_by_role("link", name="Lendemain"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("table")).to_contain_text("Fermeture\u00a0: Inventaire")
    expect(page.get_by_role("table")).to_contain_text("Indisponibilité\u00a0: Réunion")
    expect(page.get_by_role("img", name="Frise de la journée")).to_be_visible()
    has_no_serious_fault(page)


@pytest.mark.parametrize("viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE])
def test_the_picture_is_as_wide_as_what_it_shows(open_page, sign_in, organization, motif, tomorrow, viewport):
    page = open_page(viewport)
    sign_in(page)
    address = reverse("scheduling:slot_explanation", args=[organization.slug])
    page.goto(f"{address}?motif={motif.pk}&jour={tomorrow + timedelta(days=35)}")

    picture = page.get_by_role("img", name="Frise de la journée").bounding_box()
    piece = page.locator(".day-picture .day-piece-free").bounding_box()
    hours = [label.bounding_box() for label in page.locator(".day-label:visible").all()]

    assert piece["width"] == pytest.approx(picture["width"], abs=1)
    assert all(left["x"] + left["width"] < right["x"] for left, right in pairwise(hours))


@pytest.mark.parametrize("viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE])
def test_the_month_leads_to_a_day_with_slots(open_page, sign_in, organization, motif, tomorrow, viewport):
    page = open_page(viewport)
    sign_in(page)
    free = tomorrow + timedelta(days=35)
    page.goto(f"{reverse('scheduling:slot_search', args=[organization.slug])}?motif={motif.pk}")

    tab_to(page, page.get_by_role("link", name="Mois", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Créneaux du mois")
    has_no_serious_fault(page)
    month = tomorrow.replace(day=1)
    while month < free.replace(day=1):
        tab_to(page, page.get_by_role("link", name="Mois suivant"))
        page.keyboard.press("Enter")
        month = (month + timedelta(days=31)).replace(day=1)
        expect(page).to_have_url(re.compile(f"mois={month:%Y-%m}$"))
    tab_to(page, page.get_by_role("link", name="3 créneaux"))
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(f"du={free}$"))
    expect(page.locator(".find-day .slot").first).to_be_visible()


@pytest.mark.parametrize("viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE])
def test_a_day_of_the_month_without_slots_leads_to_the_reason(
    open_page, sign_in, organization, motif, tomorrow, viewport
):
    page = open_page(viewport)
    sign_in(page)
    page.goto(f"{reverse('scheduling:slot_month', args=[organization.slug])}?motif={motif.pk}&mois={tomorrow:%Y-%m}")

    day = page.locator(f'a.slot-month-why[href$="jour={tomorrow}"]')
    tab_to(page, day)
    box = day.bounding_box()
    assert box["height"] >= 44
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Pourquoi aucun créneau\u00a0?")
    expect(page.get_by_role("table")).to_contain_text("Fermeture\u00a0: Inventaire")
    has_no_serious_fault(page)


def test_without_script_the_form_is_sent_by_its_button(open_page, sign_in, organization, motif, tomorrow):
    page = open_page(PHONE, javascript=False)
    sign_in(page)
    page.goto(reverse("scheduling:slot_explanation", args=[organization.slug]))

    page.get_by_label("Motif").select_option("Accès aux droits")
    page.get_by_label("Jour").fill(str(tomorrow))
    page.get_by_role("button", name="Expliquer").click()

    expect(page.get_by_text("Aucun créneau", exact=True)).to_be_visible()
