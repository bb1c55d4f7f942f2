"""The portal inside pages of other sites: where it may be, and how the way goes on from there."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from organizations.models import Membership
from organizations.services.frames import set_frame_ancestors
from tests.booking_portal.conftest import slot_url_of, step_url, template_of, text_of
from tests.factories import (
    MONDAY,
    make_agent,
    make_desk,
    make_opening,
    make_organization,
    make_public_address,
    make_territory_admin,
    paris,
)

SITES = ["https://www.arras.fr", "https://*.pasdecalais.fr"]
IN_FRAME = {"Sec-Fetch-Dest": "iframe"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def framed(territory, opening):
    return set_frame_ancestors(territory=territory, origins=SITES)


def ancestors(response):
    return re.search(r"frame-ancestors ([^;]+)", response["Content-Security-Policy"])[1]


def is_framed_by_nobody(response):
    return ancestors(response) == "'none'" and response["X-Frame-Options"] == "DENY"


class TestWhoMayFrameThePortal:
    def test_exactly_the_sites_that_the_territory_names(self, client, framed, motif):
        make_public_address(desk=make_desk(organization=motif.organization), slug="guichet")
        for url in [
            step_url("service_choice", framed),
            step_url("motif_choice", framed),
            slot_url_of(motif),
            step_url("slot_month", framed, motif=motif.slug),
            reverse("booking_portal:organization_entry", args=[framed.slug, motif.organization.slug]),
            reverse("booking_portal:motif_entry", args=[framed.slug, motif.organization.slug, motif.slug]),
            reverse("booking_portal:location_entry", args=[framed.slug, motif.openings.get().location_id]),
            reverse("booking_portal:calendar_entry", args=[framed.slug, motif.organization.slug, "guichet"]),
            reverse("booking_portal:calendar_entry", args=[framed.slug, motif.organization.slug, "personne"]),
            step_url("who", framed, motif=motif.slug, debut="2026-03-02T09:00Z"),
        ]:
            response = client.get(url)
            assert response.status_code in ({404} if "personne" in url else {200, 302})
            assert ancestors(response) == "https://www.arras.fr https://*.pasdecalais.fr", url
            assert "X-Frame-Options" not in response, url

    def test_nothing_else_of_the_policy_changes(self, client, framed, motif, settings):
        before = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].keys()
        policy = client.get(slot_url_of(motif))["Content-Security-Policy"]

        assert {part.split()[0] for part in policy.split("; ")} == set(before)
        assert "script-src 'self'" in policy

    def test_nobody_where_none_is_named(self, client, motif, opening):
        assert is_framed_by_nobody(client.get(slot_url_of(motif)))

    def test_nobody_the_portal_of_another_territory(self, client, framed):
        other = make_opening().motifs.get()

        assert is_framed_by_nobody(client.get(slot_url_of(other)))

    def test_nobody_the_back_office_accounts_and_what_a_signed_link_opens(self, client, framed, motif, citizen_books):
        booked = citizen_books.book(slot_url_of(motif), paris(MONDAY, 9))
        admin = make_territory_admin(territory=framed)
        back_office = Client()
        back_office.force_login(admin)

        assert is_framed_by_nobody(booked)
        assert is_framed_by_nobody(client.get(reverse("booking_portal:home")))
        assert is_framed_by_nobody(client.get(reverse("account_login")))
        for page in ("online_booking", "online_booking_addresses", "calendar_address_list", "organization_poster"):
            assert is_framed_by_nobody(
                back_office.get(reverse(f"booking_portal:{page}", args=[motif.organization.slug]))
            )
        assert is_framed_by_nobody(back_office.get(reverse("booking_portal:frame_ancestors", args=[framed.slug])))

    def test_not_a_page_that_is_not_found(self, client, framed):
        assert is_framed_by_nobody(client.get(f"/prendre-rdv/{framed.slug}/nulle-part/"))


class TestTheWayThroughAFrame:
    """Browsers give a frame of another site none of our cookies: what writes leaves it."""

    def test_a_slot_opens_the_whole_window_without_a_session(self, client, framed, motif):
        response = client.get(slot_url_of(motif), headers=IN_FRAME)

        assert 'method="get" target="_top"' in response.content.decode()
        assert 'method="post"' not in response.content.decode()
        assert f'<input type="hidden" name="motif" value="{motif.slug}">' in response.content.decode()
        assert "sessionid" not in response.cookies

    def test_no_way_leads_to_the_front_door_which_no_frame_shows(self, client, framed, motif):
        inside, outside = (client.get(slot_url_of(motif), headers=headers) for headers in (IN_FRAME, {}))

        assert 'href="/"' in outside.content.decode()
        assert 'href="/"' not in inside.content.decode()

    def test_and_waits_there_to_be_taken(self, client, framed, motif, citizen_books):
        chosen = client.get(slot_url_of(motif, debut="2026-03-02T09:00Z"))

        assert "Le créneau que vous avez choisi" in text_of(chosen)
        assert 'class="btn btn-primary btn-lg next-slot-button" type="submit" name="debut"' in chosen.content.decode()
        assert template_of(citizen_books.take(slot_url_of(motif), paris(MONDAY, 10))) == "who"

    def test_one_that_was_taken_meanwhile_is_said(self, client, framed, motif):
        response = client.get(slot_url_of(motif, debut="2026-03-02T19:00Z"))

        assert "Ce créneau n'est plus libre." in text_of(response)
        assert "Premier créneau disponible" in text_of(response)

    def test_instructions_are_accepted_outside(self, client, framed, motif):
        motif.instructions_before = "Venez avec une photo."
        motif.save()
        url = step_url("instructions", framed, motif=motif.slug)

        inside, outside = client.get(url, headers=IN_FRAME), client.get(url)

        assert template_of(inside) == "outside_frame"
        assert f'href="{url}" target="_top"' in inside.content.decode()
        assert template_of(outside) == "instructions"

    @pytest.mark.parametrize("step", ["who", "code"])
    def test_who_one_is_is_said_outside(self, client, framed, motif, step):
        url = step_url(step, framed, motif=motif.slug, debut="2026-03-02T09:00Z")

        assert template_of(client.get(url, headers=IN_FRAME)) == "outside_frame"


class TestTheFormOfSites:
    def url(self, territory):
        return reverse("booking_portal:frame_ancestors", args=[territory.slug])

    @pytest.fixture
    def client(self, client, territory, organization):
        client.force_login(make_territory_admin(territory=territory))
        return client

    def test_stands_on_the_page_of_the_organization_and_comes_back_there(self, client, territory, organization):
        page = reverse("booking_portal:online_booking_addresses", args=[organization.slug])
        assert f'action="{self.url(territory)}"' in client.get(page).content.decode()

        answer = client.post(self.url(territory), {"origins": "\n".join(SITES), "next": page})

        assert (answer.status_code, answer["Location"]) == (302, page)
        territory.refresh_from_db()
        assert territory.frame_ancestors == SITES
        assert "2 sites peuvent afficher le portail." in text_of(client.get(page))

    def test_keeps_what_was_typed_when_it_refuses(self, client, territory):
        answer = client.post(self.url(territory), {"origins": "https://ville.fr\nville.fr"})

        assert answer.status_code == 422
        assert "« ville.fr » : écrivez l'adresse entière" in text_of(answer)
        assert "https://ville.fr ville.fr</textarea>" in text_of(answer)
        territory.refresh_from_db()
        assert territory.frame_ancestors == []

    def test_takes_them_all_back(self, client, territory):
        set_frame_ancestors(territory=territory, origins=SITES)

        answer = client.post(self.url(territory), {"origins": ""}, follow=True)

        assert "Aucun autre site ne peut afficher le portail." in text_of(answer)
        territory.refresh_from_db()
        assert territory.frame_ancestors == []

    def test_leads_to_no_other_site(self, client, territory):
        answer = client.post(self.url(territory), {"origins": "", "next": "//ailleurs.example"})

        assert answer["Location"] == self.url(territory)

    def test_an_administrator_of_one_organization_reads_it_only(self, territory, organization):
        set_frame_ancestors(territory=territory, origins=SITES)
        sister = make_organization(territory=territory)
        admin = Client()
        admin.force_login(make_agent(organization=sister, role=Membership.Role.ADMIN))

        page = admin.get(reverse("booking_portal:online_booking_addresses", args=[sister.slug]))

        assert "https://www.arras.fr, https://*.pasdecalais.fr" in text_of(page)
        assert "<textarea" not in page.content.decode().partition('id="sites"')[2]
        assert admin.post(self.url(territory), {"origins": "https://moi.fr"}).status_code == 404
        territory.refresh_from_db()
        assert territory.frame_ancestors == SITES
