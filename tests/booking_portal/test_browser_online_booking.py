"""« Réservation en ligne » as an administrator meets it, and the portal inside a page of another site, in a browser."""

import re
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from booking_portal.addresses import motif_address, snippet
from organizations.models import Membership
from organizations.services.frames import set_frame_ancestors
from tests.browsers import DESKTOP, PHONE, seen_by_axe
from tests.factories import make_agent, make_location, make_motif, make_opening, make_organization, make_territory


@pytest.fixture
def organization(transactional_db, live_server, settings):
    settings.SITE_URL = live_server.url
    # No public holiday closes anything there, whatever today is.
    territory = make_territory(name="Pas-de-Calais", slug="pas-de-calais", country="ZZ")
    return make_organization(territory=territory, name="Mairie d'Arras", open_weekdays=list(range(7)))


@pytest.fixture
def motif(organization):
    """Open every day from tomorrow on."""
    motif = make_motif(organization=organization, name="Carte d'identité")
    now = timezone.now()
    make_opening(motifs=[motif], first_day=timezone.localdate() + timedelta(days=1), rrule="FREQ=DAILY", now=now)
    return motif


class TestAnAdministrator:
    def test_copies_a_link_prints_a_poster_and_mends_what_is_missing(
        self, open_page, client, live_server, organization, motif
    ):
        admin = make_agent(organization=organization, role=Membership.Role.ADMIN, first_name="Zoé")
        make_location(organization=organization, name="Hôtel de ville")
        missing = make_motif(organization=organization, name="Passeport")
        client.force_login(admin)
        page = open_page(DESKTOP)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])

        page.goto(reverse("scheduling:motif_list", args=[organization.slug]))
        page.get_by_role("navigation").get_by_role("link", name="Réservation en ligne").click()
        card = page.get_by_role("article", name="Carte d'identité")
        expect(card.get_by_text("Réservable en ligne", exact=True)).to_be_visible()
        card.get_by_text("Lien, QR code, affiche").click()
        expect(card.get_by_role("img", name="QR code")).to_be_visible()
        is_sound_at_every_width(page)
        card.get_by_role("button", name="Copier le lien").click()
        expect(page.get_by_role("status")).to_have_text("Copié")
        assert page.evaluate("navigator.clipboard.readText()") == motif_address(motif)

        card.get_by_role("link", name="Affiche").click()
        expect(page.get_by_role("heading", name="Carte d'identité")).to_be_visible()
        page.locator(".poster-qr").evaluate("image => image.decode()")
        is_sound_at_every_width(page)
        assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
        page.get_by_role("link", name="Réservation en ligne").click()

        shut = page.get_by_role("article", name="Passeport")
        expect(shut.get_by_text("Non réservable en ligne")).to_be_visible()
        shut.get_by_role("link", name="Ajouter une plage").click()
        expect(page.get_by_label("Passeport")).to_be_checked()
        page.get_by_label("Agenda").select_option(str(admin.calendar.pk))
        page.get_by_label("Lieu").select_option(label="Hôtel de ville")
        page.locator("[name=first_day]").fill((timezone.localdate() + timedelta(days=3)).isoformat())
        page.get_by_label("De", exact=True).fill("9h")
        page.get_by_label("À", exact=True).fill("12h")
        page.get_by_role("button", name="Ajouter").click()
        page.goto(reverse("booking_portal:online_booking", args=[organization.slug]))
        expect(shut.get_by_text("Réservable en ligne", exact=True)).to_be_visible()
        assert missing.openings.count() == 1


def is_sound_at_every_width(page):
    for viewport in (PHONE, DESKTOP):
        page.set_viewport_size(viewport)
        results = seen_by_axe(page)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.fixture
def other_site():
    """`other_site(html)` serves a page at another site than the live server's: 127.0.0.1 is not localhost."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(server.html.encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = Thread(target=server.serve_forever)
    thread.start()

    def serve(html):
        server.html = f'<!DOCTYPE html><html lang="fr"><title>Ville</title><link rel="icon" href="data:,">{html}</html>'
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    server.shutdown()
    thread.join()
    server.server_close()


class TestAnotherSite:
    def test_shows_the_portal_up_to_the_slot_if_it_may_and_not_else(self, chromium, organization, motif, other_site):
        address = motif_address(motif)
        origin = other_site(snippet(address, "Prendre rendez-vous"))
        context = chromium.new_context(viewport=DESKTOP, locale="fr-FR", timezone_id="Europe/Paris")
        page = context.new_page()
        refusals = []
        page.on("console", lambda entry: refusals.append(entry.text) if "frame-ancestors" in entry.text else None)
        frame = page.frame_locator("iframe")

        page.goto(origin)
        page.wait_for_load_state("networkidle")
        expect(frame.get_by_role("heading", name="Quand ?")).to_have_count(0)
        assert "frame-ancestors 'none'" in " ".join(refusals)

        set_frame_ancestors(territory=organization.territory, origins=["https://www.ailleurs.fr", origin])
        page.goto(origin)
        expect(frame.get_by_role("heading", name="Quand ?")).to_be_visible()
        assert context.cookies() == []  # What a frame of another site is given.
        frame.get_by_role("button", name="9 h", exact=False).first.click()
        expect(page).to_have_url(re.compile(f"^{re.escape(address.partition('/prendre')[0])}/.*debut="))
        expect(page.get_by_text("Le créneau que vous avez choisi")).to_be_visible()
        page.locator(".next-slot-button").click()
        expect(page.get_by_role("heading", name="Vous")).to_be_visible()
        context.close()
