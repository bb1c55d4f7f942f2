"""The list in a real browser: filtered, sorted, exported to the finished file, printed; wide and on a phone."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import expect

from scheduling.models import Export
from scheduling.services.exports import write_export
from tests.browsers import DESKTOP, PHONE, Clicks, seen_by_axe, tab_to
from tests.factories import (
    make_agent,
    make_appointment,
    make_citizen,
    make_location,
    make_motif,
    make_organization,
    make_unit,
)

# That there is one to be, and of what: with or without the contacts of people is a decision.
CLICKS_FOR_AN_EXPORT = 2

LONG = "Accompagnement des personnes âgées et de leurs proches aidants"


@pytest.fixture
def organization(transactional_db):
    return make_organization(name="Maison des solidarités de Saint-Pol-sur-Ternoise")


@pytest.fixture
def agent(organization):
    unit = make_unit(territory=organization.territory, name="Service social")
    return make_agent(organization=organization, units=[unit], first_name="Alice", last_name="Vandenbroucke-Delattre")


@pytest.fixture
def appointments(organization, agent):
    now = timezone.now()
    names = ["de la Rochefoucauld-Montmorency", "Lefèvre", "Caron"]
    motifs = [make_motif(organization=organization, name=name) for name in (LONG, "Accès aux droits", "Budget")]
    place = make_location(organization=organization, name="Centre social et culturel Marguerite-Yourcenar")
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        make_appointment(
            motif=motif,
            calendar=agent.calendar,
            location=place,
            citizen=make_citizen(organization=organization, first_name="Anne-Sophie", last_name=name),
            starts_at=midnight + timedelta(days=1, hours=9 + number),
            now=now,
        )
        for number, (motif, name) in enumerate(zip(motifs, names, strict=True))
    ]


def healthy(page):
    serious = [
        violation["id"]
        for violation in seen_by_axe(page).response["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return serious == [] and width[0] <= width[1], (page.url, serious, width)


def asks_with_the_keyboard_alone(page, organization):
    page.goto(reverse("scheduling:appointment_list", args=[organization.slug]))
    for target in (page.locator("summary", has_text="Exporter"), page.get_by_role("button", name="Les rendez-vous")):
        tab_to(page, target)
        page.keyboard.press("Enter")
    expect(page.get_by_text("En attente")).to_be_visible()
    assert Export.objects.count() == 2


@pytest.mark.parametrize("viewport", [DESKTOP, pytest.param(PHONE, marks=pytest.mark.nightly)], ids=["wide", "phone"])
def test_from_the_filter_to_the_file_and_to_paper(
    open_page, client, live_server, organization, agent, appointments, viewport, tmp_path, capsys
):
    client.force_login(agent)
    page = open_page(viewport)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(reverse("scheduling:appointment_list", args=[organization.slug]))
    rows = page.locator(".table-listing tbody tr")
    expect(rows).to_have_count(3)
    is_healthy, found = healthy(page)
    assert is_healthy, found

    page.get_by_label("Usager", exact=True).press_sequentially("lefev")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("q=lefev"))
    page.get_by_label("Usager", exact=True).fill("")
    expect(rows).to_have_count(3)
    if viewport == DESKTOP:
        for direction in ("ascending", "descending"):
            page.get_by_role("link", name="Motif").click()
            heading = page.locator("th", has=page.locator("#sort-motif"))
            expect(heading).to_have_attribute("aria-sort", direction)
        expect(rows.first).to_contain_text("Budget")
    page.locator("#state-upcoming").click()
    expect(page.locator("#state-upcoming")).to_have_attribute("aria-current", "true")
    # What was chosen by a link goes on to hold when a field changes.
    page.get_by_label("Motif", exact=True).select_option(label="Budget")
    expect(rows).to_have_count(1)
    assert "statut=upcoming" in page.url

    clicks = Clicks()
    clicks.on(page.get_by_text("Exporter"))
    clicks.on(page.get_by_role("button", name="Les participations"))
    expect(page.get_by_text("En attente")).to_be_visible()
    clicks.make("ask for an export", CLICKS_FOR_AN_EXPORT, capsys)
    is_healthy, found = healthy(page)
    assert is_healthy, found
    assert write_export(export_id=Export.objects.get().pk, now=timezone.now())
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger").click()
    download.value.save_as(tmp_path / "export.xlsx")
    sheet = load_workbook(tmp_path / "export.xlsx").active
    assert [cell.value for cell in sheet["P"]] == ["Nom", "Caron"]

    if viewport == DESKTOP:
        asks_with_the_keyboard_alone(page, organization)

    day = timezone.localdate() + timedelta(days=1)
    page.goto(reverse("scheduling:agenda", args=[organization.slug], query={"jour": day, "vue": "jour"}))
    page.get_by_role("link", name="Feuille du jour").click()
    expect(page.locator(".sheet-who")).to_have_count(3)
    expect(page.get_by_role("button", name="Imprimer")).to_be_visible()
    is_healthy, found = healthy(page)
    assert is_healthy, found
