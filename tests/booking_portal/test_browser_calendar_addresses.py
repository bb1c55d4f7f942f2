"""The public address of an adviser, from the choice to give it out to a booking with them, in a browser."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from booking_portal.addresses import calendar_address, snippet
from organizations.models import PublicAddress
from organizations.services.frames import set_frame_ancestors
from scheduling.models import Hold
from tests.booking_portal.test_browser_online_booking import is_sound_at_every_width, other_site
from tests.browsers import DESKTOP, PHONE
from tests.factories import (
    make_agent,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_public_address,
    make_territory,
)

__all__ = ["other_site"]


@pytest.fixture
def organization(transactional_db, live_server, settings):
    settings.SITE_URL = live_server.url
    # No public holiday closes anything there, whatever today is.
    territory = make_territory(name="Pas-de-Calais", slug="pas-de-calais", country="ZZ")
    return make_organization(
        territory=territory, name="Conseillers numériques", slug="conseillers", open_weekdays=list(range(7))
    )


@pytest.fixture
def jeanne(organization):
    """Open every day from the day after tomorrow on; a colleague from tomorrow on, in the same place."""
    jeanne = make_agent(organization=organization, first_name="Jeanne", last_name="Martin")
    motif, today = make_motif(organization=organization, name="Démarches en ligne"), timezone.localdate()
    place = make_location(organization=organization, name="Médiathèque")
    open_daily = {"motifs": [motif], "location": place, "rrule": "FREQ=DAILY", "now": timezone.now()}
    make_opening(first_day=today + timedelta(days=1), **open_daily)
    make_opening(first_day=today + timedelta(days=2), calendar=jeanne.calendar, **open_daily)
    return jeanne


def test_an_adviser_gives_out_their_address_and_a_citizen_books_with_them(
    open_page, client, live_server, organization, jeanne
):
    client.force_login(jeanne)
    page = open_page(DESKTOP)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([session])

    page.goto(reverse("scheduling:today", args=[organization.slug]))
    page.locator("summary", has_text="mon compte").click()
    page.get_by_role("link", name="Mon adresse publique").click()
    is_sound_at_every_width(page)
    page.get_by_role("link", name="Publier : Jeanne Martin").click()
    page.get_by_label("Donner une adresse publique").check()
    is_sound_at_every_width(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_label("Lien public")).to_have_value(
        f"{live_server.url}/prendre-rdv/pas-de-calais/conseillers/avec/jeanne-martin/"
    )
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    is_sound_at_every_width(page)
    page.get_by_role("link", name="Affiche").click()
    expect(page.get_by_role("heading", name="Jeanne Martin")).to_be_visible()
    is_sound_at_every_width(page)

    citizen = open_page(PHONE)
    citizen.goto(calendar_address(PublicAddress.objects.get()))
    expect(citizen.get_by_text("Avec", exact=True)).to_be_visible()
    expect(citizen.get_by_text("Jeanne Martin", exact=True)).to_be_visible()
    is_sound_at_every_width(citizen)
    citizen.locator(".next-slot-button").click()
    expect(citizen.get_by_role("heading", name="Vous")).to_be_visible()
    assert Hold.objects.get().calendar == jeanne.calendar


def test_the_card_of_a_map_shows_their_slots_in_a_frame(chromium, organization, jeanne, other_site):
    address = make_public_address(organization=organization, agent=jeanne, slug="jeanne")
    origin = other_site(snippet(calendar_address(address), "Prendre rendez-vous"))
    set_frame_ancestors(territory=organization.territory, origins=[origin])
    context = chromium.new_context(viewport=DESKTOP, locale="fr-FR", timezone_id="Europe/Paris")
    page = context.new_page()
    frame = page.frame_locator("iframe")

    page.goto(origin)
    expect(frame.get_by_text("Jeanne Martin", exact=True)).to_be_visible()
    frame.get_by_role("button", name="9 h", exact=False).first.click()
    expect(page).to_have_url(re.compile("avec=jeanne.*debut="))
    page.locator(".next-slot-button").click()
    expect(page.get_by_role("heading", name="Vous")).to_be_visible()
    assert Hold.objects.get().calendar == jeanne.calendar

    address.delete()
    page.goto(origin)
    expect(frame.get_by_role("heading", name="Cette adresse ne mène plus à personne")).to_be_visible()
    frame.get_by_role("link", name="Prendre rendez-vous").click()
    expect(frame.get_by_role("heading", name="Quand ?")).to_be_visible()
    page.goto(calendar_address(address))
    expect(page.get_by_role("heading", name="Cette adresse ne mène plus à personne")).to_be_visible()
    is_sound_at_every_width(page)
    context.close()
