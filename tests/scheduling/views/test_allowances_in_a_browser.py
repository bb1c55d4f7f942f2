"""Part time in a real browser: with the keyboard alone, on a phone, and without script."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership
from scheduling.models import Calendar
from tests.browsers import DESKTOP, PHONE, seen_by_axe, tab_to
from tests.factories import make_agent, make_desk, make_motif, make_opening, make_organization

NBSP = "\N{NO-BREAK SPACE}"
H = timedelta(hours=1)
GAUGE = f"4{NBSP}h ouvertes sur 16{NBSP}h, il reste 12{NBSP}h"


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Maison des solidarités", open_weekdays=list(range(7)))


@pytest.fixture
def admin(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN, first_name="Ada", last_name="Zola")


@pytest.fixture
def julie(organization, admin):
    """Sixteen hours a week, four of them opened every Sunday, so that this week has them on any day."""
    calendar = make_agent(organization=organization, first_name="Julie", last_name="Martin").calendar
    calendar.weekly_allowance = 16 * H
    calendar.save()
    now, today = timezone.now(), timezone.localdate()
    make_opening(
        calendar=calendar,
        motifs=[make_motif(organization=organization, name="Accueil social")],
        first_day=today - timedelta(days=today.weekday()),
        start_time=time(8),
        end_time=time(12),
        rrule="FREQ=WEEKLY;BYDAY=SU",
        now=now,
    )
    return calendar


@pytest.fixture
def sign_in(admin, live_server, client):
    client.force_login(admin)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    return lambda page: page.context.add_cookies([cookie])


def path(organization, name, *arguments):
    return reverse(f"scheduling:{name}", args=[organization.slug, *arguments])


def allowance_of(calendar):
    return Calendar.objects.values_list("weekly_allowance", flat=True).get(pk=calendar.pk)


@pytest.mark.parametrize("viewport", [pytest.param(DESKTOP, marks=pytest.mark.nightly), PHONE], ids=["wide", "360 px"])
def test_a_cap_is_found_lowered_and_refused_with_the_keyboard_alone(open_page, viewport, organization, julie, sign_in):
    page = open_page(viewport)
    sign_in(page)
    page.goto(path(organization, "allowance_list"))
    press, typed = page.keyboard.press, page.keyboard.type

    tab_to(page, page.get_by_label("Nom ou lieu"))
    typed("julie")
    expect(page.locator(".table-allowances tbody tr")).to_have_count(1)
    expect(page.locator(".table-allowances")).to_contain_text(GAUGE)
    press("Tab")  # Part time only.
    press("Tab")
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Julie Martin")
    tab_to(page, page.locator("#id_allowance"))
    press("ControlOrMeta+a")
    typed("3h")
    press("Enter")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator(".field-error")).to_contain_text(f"1{NBSP}h de trop")
    expect(page.get_by_label("Heures d'ouverture par semaine")).to_have_value("3h")
    assert allowance_of(julie) == 16 * H

    tab_to(page, page.locator("#id_allowance"))
    press("ControlOrMeta+a")
    typed("12 h 30")
    press("Enter")

    expect(page.locator(".bo-main .notice-success")).to_contain_text(f"12{NBSP}h{NBSP}30 par semaine au plus")
    assert allowance_of(julie) == 12.5 * H


def test_a_cap_is_cleared_on_a_phone_without_script(phone_without_javascript, organization, julie, sign_in):
    page = phone_without_javascript
    sign_in(page)
    page.goto(path(organization, "allowance_list"))
    page.get_by_label("Temps partiels seulement").check()
    page.get_by_role("button", name="Filtrer").click()
    expect(page.locator(".table-allowances tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Modifier").click()
    page.get_by_label("Heures d'ouverture par semaine").fill("")
    page.get_by_role("button", name="Enregistrer").click()

    expect(page.locator(".bo-main .notice-success")).to_contain_text("temps plein, sans limite")
    assert allowance_of(julie) is None


def test_the_gauge_follows_the_calendar_before_hours_are_typed(desktop, organization, julie, sign_in):
    make_desk(organization=organization, name="Guichet A")
    sign_in(desktop)
    desktop.goto(path(organization, "opening_add"))
    meaning = desktop.locator("#series-preview")

    expect(meaning).not_to_contain_text("ouvertes sur")
    desktop.get_by_label("Agenda").select_option(label="Julie Martin")
    expect(meaning).to_contain_text(GAUGE)
    desktop.get_by_label("De", exact=True).fill("8h")
    desktop.get_by_label("À", exact=True).fill("22h")
    expect(meaning).to_contain_text("de trop")


def test_the_weeks_of_the_list_are_walked_on_a_phone(phone, organization, julie, sign_in):
    sign_in(phone)
    phone.goto(path(organization, "opening_list"))
    expect(phone.locator(".week-shown")).to_contain_text("(cette semaine)")

    phone.get_by_role("link", name="Semaine suivante").click()

    expect(phone.locator(".week-shown")).not_to_contain_text("(cette semaine)")
    expect(phone.locator("#opening-results")).to_contain_text(GAUGE)
    phone.get_by_label("Agenda").select_option(label="Julie Martin")
    expect(phone.locator(".calendar-series")).to_have_count(1)
    expect(phone.locator(".week-shown")).not_to_contain_text("(cette semaine)")  # The week stays.
    phone.get_by_role("link", name="Cette semaine").click()
    expect(phone.locator(".week-shown")).to_contain_text("(cette semaine)")


@pytest.mark.parametrize(
    "viewport", [DESKTOP, pytest.param(PHONE, marks=pytest.mark.nightly)], ids=["desktop", "phone"]
)
def test_no_page_overflows_or_keeps_somebody_out(open_page, organization, julie, sign_in, viewport):
    page = open_page(viewport)
    sign_in(page)
    for address in (
        path(organization, "allowance_list"),
        path(organization, "allowance_edit", julie.pk),
        path(organization, "opening_list"),
        f"{path(organization, 'agenda')}?agenda={julie.pk}",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address
        results = seen_by_axe(page)
        assert results.violations_count == 0, f"{address}\n{results.generate_report()}"
