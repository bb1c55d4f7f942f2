"""The agenda lives: what others do appears by itself, and every press has its key."""

from datetime import datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from organizations.models import Membership
from scheduling.models import AppointmentStatus
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from tests.browsers import DESKTOP, PHONE, seen_by_axe
from tests.factories import (
    PARIS,
    PASSWORD,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
)

SOON = 5_000  # Milliseconds: what others do is shown within them.


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Maison des solidarités", open_weekdays=list(range(7)))


@pytest.fixture
def agent(organization):
    return make_agent(organization=organization, role=Membership.Role.ADMIN, first_name="Alice", last_name="Delcourt")


@pytest.fixture
def tomorrow():
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, name="Accès aux droits", duration=timedelta(minutes=45))


@pytest.fixture
def book(organization, motif, agent, tomorrow):
    def book(last_name, hour, *, day=tomorrow, first_name="Camille", calendar=None):
        return make_appointment(
            motif=motif,
            calendar=calendar or agent.calendar,
            citizen=make_citizen(organization=organization, first_name=first_name, last_name=last_name),
            starts_at=datetime.combine(day, time(hour), PARIS),
            now=timezone.now(),
        )

    return book


@pytest.fixture
def signed_in(agent, live_server, client):
    assert client.login(email=agent.email, password=PASSWORD)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}

    def signed_in(page):
        page.context.add_cookies([cookie])
        return page

    return signed_in


@pytest.fixture
def address(organization, tomorrow):
    def address(name="agenda", *args, **query):
        query = {"jour": tomorrow} | query if name == "agenda" else query
        return reverse(f"scheduling:{name}", args=[organization.slug, *args], query=query)

    return address


def event(page, name):
    return page.locator(".ec-event.is-appointment a", has_text=name)


def test_a_booking_appears_and_a_cancellation_vanishes_without_reload(desktop, signed_in, address, book):
    signed_in(desktop).goto(address())
    expect(desktop.locator(".ec")).to_be_visible()
    desktop.evaluate("window.neverReloaded = true")

    appointment = book("Durand", 10)
    expect(event(desktop, "DURAND")).to_be_visible(timeout=SOON)

    cancel_appointment(
        appointment=appointment, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=timezone.now()
    )
    expect(event(desktop, "DURAND")).to_have_count(0, timeout=SOON)
    assert desktop.evaluate("window.neverReloaded")


def test_an_empty_place_leads_to_the_form_with_its_time(desktop, signed_in, address, organization, agent, tomorrow):
    make_opening(calendar=agent.calendar, organization=organization, first_day=tomorrow, now=timezone.now())
    signed_in(desktop).goto(address(vue="jour"))
    expect(desktop.locator(".ec-bg-event.is-opening")).to_be_visible()

    opening = desktop.locator(".ec-bg-event.is-opening").bounding_box()
    desktop.mouse.click(opening["x"] + 200, opening["y"] + 10)

    desktop.wait_for_url("**/agenda/placer/**")
    asked = parse_qs(urlsplit(desktop.url).query)
    assert asked.pop("next") == [address(vue="jour")]
    assert asked == {"agenda": [str(agent.calendar.pk)], "jour": [tomorrow.isoformat()], "debut": ["09:00"]}


def test_several_calendars_stand_side_by_side(desktop, signed_in, address, organization, agent, book):
    colleague = make_agent(organization=organization, first_name="Karim", last_name="Benhaddou")
    book("Durand", 10)
    book("Petit", 10, calendar=colleague.calendar)
    signed_in(desktop).goto(address())

    desktop.locator(".agenda-choice > summary").click()
    desktop.get_by_label("Karim Benhaddou").check()
    desktop.get_by_role("button", name="Afficher").click()
    desktop.get_by_role("link", name="Jour", exact=True).click()

    expect(event(desktop, "DURAND")).to_be_visible()
    expect(event(desktop, "PETIT")).to_be_visible()
    assert [head.strip() for head in desktop.locator(".ec-col-head").all_inner_texts() if head.strip()] == [
        "Karim Benhaddou",
        "Alice Delcourt",
    ]


def test_names_are_never_markup(desktop, signed_in, address, book):
    book("<img src=x onerror=window.attacked=1>", 10, first_name="<b>Camille</b>")
    signed_in(desktop).goto(address(vue="jour"))

    expect(event(desktop, "<b>Camille</b>")).to_be_visible()
    assert desktop.evaluate("window.attacked") is None


def test_on_a_phone_the_day_is_a_list_that_renews_itself(phone, signed_in, address, book):
    signed_in(phone).goto(address())
    phone.wait_for_url("**vue=jour**")
    expect(phone.get_by_text("Rien de prévu.")).to_be_visible()

    book("Durand", 10)

    expect(phone.get_by_role("link", name="Camille DURAND")).to_be_visible(timeout=SOON)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_javascript_the_week_is_a_list(phone_without_javascript, signed_in, address, book):
    appointment = book("Durand", 10)
    page = signed_in(phone_without_javascript)
    page.goto(address())

    page.get_by_role("link", name="Camille DURAND").click()

    assert urlsplit(page.url).path == address("appointment_detail", appointment.pk)


def test_the_outcome_is_one_press_and_so_is_taking_it_back(desktop, signed_in, address, book):
    appointment = book("Durand", 10, day=timezone.localdate() - timedelta(days=1))
    signed_in(desktop).goto(address("today"))

    desktop.get_by_role("button", name="Honoré : Camille DURAND".replace(" :", "\u00a0:")).click()
    back = desktop.get_by_role("button", name="Annuler ce choix")
    expect(back).to_be_visible()
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.FULFILLED

    back.click()
    expect(desktop.get_by_role("button", name="Absent")).to_be_visible()
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.BOOKED


# On a phone, on every run: test_accessibility.
@pytest.mark.parametrize(
    "viewport", [DESKTOP, pytest.param(PHONE, marks=pytest.mark.nightly)], ids=["1280 px", "360 px"]
)
def test_axe_finds_nothing_on_any_screen_of_the_day(open_page, signed_in, address, agent, organization, book, viewport):
    appointment = book("Durand", 10)
    book("Petit", 9, day=timezone.localdate() - timedelta(days=1))
    make_unavailability(
        calendar=agent.calendar,
        organization=organization,
        first_day=timezone.localdate() + timedelta(days=1),
        start_time=time(14),
        end_time=time(15),
        title="Réunion",
        now=timezone.now(),
    )
    page = signed_in(open_page(viewport))
    found = {}
    for path in [
        address("today"),
        address(),
        address(vue="jour"),
        address(affichage="liste"),
        address("appointment_detail", appointment.pk),
        address("appointment_cancel", appointment.pk),
        address("appointment_move", appointment.pk),
    ]:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        result = seen_by_axe(page)
        if result.violations_count:
            found[path] = [(item["id"], item["nodes"][0]["html"][:200]) for item in result.response["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]

    assert found == {}
