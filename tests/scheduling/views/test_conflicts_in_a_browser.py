"""Thirty RDVs settled in a real browser: wide, on a phone, without script, and with the keyboard alone."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from scheduling.models import Appointment, AppointmentStatus, Conflict
from scheduling.selectors.holiday_boxes import holiday_boxes
from scheduling.services.opening_days import set_holidays
from tests.browsers import DESKTOP, PHONE, seen_by_axe
from tests.factories import (
    make_agent,
    make_appointment,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    make_unit,
    paris,
)

NAMES = ["Lefebvre", "Dubois", "Vandenbroucke-Delattre", "Caron", "Petit", "de la Rochefoucauld-Montmorency"]


@pytest.fixture
def now():
    """The browser's clock runs; so does this one."""
    return timezone.now()


@pytest.fixture
def organization(transactional_db, now):
    """Open every day of the year, so that the test means the same on all of them."""
    organization = make_organization(open_weekdays=list(range(7)), name="Maison des solidarités")
    boxes = holiday_boxes(organization, today=timezone.localdate()).every_year
    set_holidays(organization=organization, closed={box.key: False for box in boxes}, now=now)
    return organization


@pytest.fixture
def agent(organization):
    unit = make_unit(territory=organization.territory)
    return make_agent(organization=organization, units=[unit], first_name="Alice", last_name="Delcourt")


@pytest.fixture
def thirty(organization, agent, now):
    """Alice is away for a week over thirty RDVs; a colleague is free for ten of them at the same time."""
    (unit,) = agent.memberships.get().units.all()
    karim = make_agent(organization=organization, units=[unit], first_name="Karim", last_name="Benhaddou")
    motif = make_motif(organization=organization, units=[unit], name="Accès aux droits")
    location = make_location(organization=organization, name="Centre social")
    first = timezone.localdate() + timedelta(days=7)
    hours = {"motifs": [motif], "location": location, "now": now}
    make_opening(
        calendar=agent.calendar, first_day=timezone.localdate() + timedelta(days=1), rrule="FREQ=DAILY", **hours
    )
    make_opening(calendar=karim.calendar, first_day=first, **hours)
    make_opening(calendar=karim.calendar, first_day=first + timedelta(days=1), end_time=time(11), **hours)
    rows = [
        make_appointment(
            motif=motif,
            calendar=agent.calendar,
            location=location,
            citizen=make_citizen(organization=organization, last_name=NAMES[half]),
            starts_at=paris(first + timedelta(days=day), 9 + half // 2, 30 * (half % 2)),
            now=now,
        )
        for day in range(5)
        for half in range(6)
    ]
    make_unavailability(
        calendar=agent.calendar,
        organization=organization,
        first_day=first,
        start_time=time(0),
        end_time=time(0),
        days_spanned=7,
        now=now,
    )
    return rows


@pytest.fixture
def sign_in(agent, live_server, client):
    client.force_login(agent)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    return lambda page: page.context.add_cookies([cookie])


def barriers(page, width):
    if page.evaluate("document.documentElement.scrollWidth") > width:
        yield "wider than the screen"
    for violation in seen_by_axe(page).response["violations"]:
        if violation["impact"] in {"serious", "critical"}:
            yield f"{violation['id']}: {violation['nodes'][0]['html']}"


@pytest.mark.parametrize(
    "screen",
    ["wide", *(pytest.param(screen, marks=pytest.mark.nightly) for screen in ("phone", "phone without script"))],
)
def test_thirty_are_settled_from_aujourdhui_in_a_few_presses(screen, open_page, sign_in, organization, agent, thirty):
    size, script = (DESKTOP if screen == "wide" else PHONE), screen != "phone without script"
    page = open_page(size, javascript=script)
    sign_in(page)

    page.goto(reverse("scheduling:today", args=[organization.slug]))
    page.get_by_role("link", name="Régler les 30 rendez-vous").click()
    page.get_by_role("link", name="Même heure, chez un collègue").click()
    expect(page.get_by_text("Il reste 20 rendez-vous à décider.")).to_be_visible()
    page.get_by_role("link", name="Même agenda, au plus proche").click()
    expect(page.get_by_text("Tout est décidé")).to_be_visible()
    rows = page.locator(".settle-row")
    for number in range(25, 30):
        rows.nth(number).get_by_label("Déprogrammer").check()
    if script:
        assert list(barriers(page, size["width"])) == []
    page.get_by_role("button", name="Vérifier et appliquer").click()

    summary = page.get_by_role("region", name="10 déplacés chez un collègue, 15 déplacés, 5 déprogrammés")
    expect(summary.get_by_text("30 personnes seront prévenues")).to_be_visible()
    assert Conflict.objects.filter(kept_at=None).count() == 30
    if script:
        expect(summary).to_be_focused()
        assert list(barriers(page, size["width"])) == []
    summary.get_by_role("button", name="Confirmer ces choix").click()

    expect(page.get_by_text("10 déplacés chez un collègue, 15 déplacés, 5 déprogrammés.")).to_be_visible()
    expect(page.get_by_text("Tout est réglé")).to_be_visible()
    assert Appointment.objects.filter(status=AppointmentStatus.UNSCHEDULED).count() == 5
    moved = Appointment.objects.filter(calendars__agent__first_name="Karim")
    assert set(moved.order_by("pk")) == set(thirty[:10])


def test_with_the_keyboard_alone(desktop, sign_in, organization, agent, thirty):
    sign_in(desktop)
    desktop.goto(reverse("scheduling:conflict_list", args=[organization.slug]))

    def tab_to(found):
        for _ in range(60):
            if desktop.evaluate(found):
                return
            desktop.keyboard.press("Tab")
        raise AssertionError(f"The keyboard does not reach {found}")

    focused = "document.activeElement"
    tab_to(f"{focused}.textContent.startsWith('Même agenda')")
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_text("Coché")).to_be_visible()
    tab_to(f"{focused}.type === 'radio'")
    assert desktop.evaluate(f"{focused}.checked")
    desktop.keyboard.press("ArrowUp")
    expect(desktop.locator(".settle-row").first.get_by_label("même heure, avec Karim Benhaddou")).to_be_checked()
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_role("region", name="1 déplacé chez un collègue, 29 déplacés")).to_be_focused()
    desktop.keyboard.press("Tab")
    desktop.keyboard.press("Enter")

    expect(desktop.get_by_text("1 déplacé chez un collègue, 29 déplacés.")).to_be_visible()
    assert not Conflict.objects.filter(kept_at=None).exists()


def test_another_slot_is_chosen_and_leads_back(phone_without_javascript, sign_in, organization, agent, thirty):
    page = phone_without_javascript
    sign_in(page)
    address = f"{reverse('scheduling:conflict_list', args=[organization.slug])}?agenda={agent.calendar.pk}"
    page.goto(address)

    page.get_by_role("link", name="Choisir un autre créneau").first.click()
    page.get_by_role("link", name="Semaine précédente").click()
    page.locator(".slot-days a, .slots a, main a[href*='starts_at']").first.click()
    page.get_by_role("button", name="Déplacer le rendez-vous").click()

    expect(page.get_by_text("Le rendez-vous est déplacé.")).to_be_visible()
    assert page.url.endswith(address)
    expect(page.locator(".settle-row")).to_have_count(29)
