"""What search engines and the previews of messages are told of a page, and which pages they are not to find."""

import re
from html import unescape

import pytest
from django.urls import reverse

from organizations.models import Motif
from tests.booking_portal.conftest import slot_url_of, step_url
from tests.factories import MONDAY, make_motif, make_opening, make_public_address, paris

pytestmark = pytest.mark.django_db

HIDDEN = '<meta name="robots" content="noindex, nofollow">'


def tags_of(response):
    """Content of the tags for previews, by name, and the canonical address."""
    page = unescape(response.content.decode())
    tags = dict(re.findall(r'<meta (?:property|name)="(og:\w+|description)" content="([^"]*)"', page))
    return tags | dict(re.findall(r'<link rel="(canonical)" href="([^"]*)"', page))


def test_the_address_of_a_motif_is_previewed_by_its_name_and_description(client, organization, motif, opening):
    motif.description = "Pour une première carte\nou un renouvellement."
    motif.save()
    entry = reverse("booking_portal:motif_entry", args=["pas-de-calais", "mairie-d-arras", "carte-d-identite"])

    tags = tags_of(client.get(entry, follow=True))

    assert tags["og:title"] == "Carte d'identité – Mairie d'Arras"
    assert tags["og:description"] == tags["description"] == "Pour une première carte ou un renouvellement."
    assert tags["og:url"] == tags["canonical"]


def test_whatever_was_looked_at_is_the_same_page(client, motif, opening):
    page = client.get(slot_url_of(motif))

    looked_at = client.get(slot_url_of(motif, jour="2026-03-16", utm_source="lettre"))

    assert tags_of(page)["canonical"] == tags_of(looked_at)["canonical"] == f"http://testserver{slot_url_of(motif)}"
    assert HIDDEN not in page.content.decode()


def test_typed_markup_stays_text(client, organization, now):
    motif = make_motif(organization=organization, description='"><script>alert(1)</script>')
    make_opening(motifs=[motif])

    page = client.get(slot_url_of(motif)).content.decode()

    assert "<script>alert" not in page


def test_a_motif_for_those_who_have_the_link_is_found_by_no_search_engine(client, organization, now):
    motif = make_motif(organization=organization, booking_audience=Motif.BookingAudience.LINK)
    make_opening(motifs=[motif])

    page = client.get(slot_url_of(motif))

    assert page.status_code == 200
    assert HIDDEN in page.content.decode()


def test_the_address_of_somebody_is_previewed_by_their_name_and_found_by_no_search_engine(
    client, organization, motif, opening
):
    agent = opening.calendar.agent
    address = make_public_address(organization=organization, agent=agent, slug="jeanne", shown_name="Jeanne Martin")
    entry = reverse("booking_portal:calendar_entry", args=["pas-de-calais", "mairie-d-arras", address.slug])

    page = client.get(entry, follow=True)

    tags = tags_of(page)
    assert tags["og:title"] == "Carte d'identité – Jeanne Martin, Mairie d'Arras"
    own = slot_url_of(motif).partition("?")[0] + "?organisation=mairie-d-arras&avec=jeanne"
    assert tags["og:url"] == f"http://testserver{own}&motif=carte-d-identite&mode=sur-place"
    assert HIDDEN in page.content.decode()


def test_the_front_door_and_the_territory_are_found(client, territory, opening):
    for address in ("/", step_url("motif_choice", territory)):
        page = client.get(address, follow=True)
        assert HIDDEN not in page.content.decode()
        assert tags_of(page)["canonical"]


def test_what_is_of_one_visitor_is_hidden(citizen_books, motif, opening, now):
    who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9, 30))
    code = citizen_books.say_who(who.redirect_chain[-1][0])
    booked = citizen_books.type_code(code.redirect_chain[-1][0])

    for page in (who, code, booked):
        assert page.status_code == 200
        assert HIDDEN in page.content.decode()
        assert "canonical" not in tags_of(page)


def test_programs_are_told_to_leave_what_belongs_to_somebody(client):
    answer = client.get("/robots.txt")

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = answer.content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /o/", "Disallow: /mon-rdv/", "Disallow: /prendre-rdv/*/reserver/"} <= set(lines)
    assert "Disallow: /prendre-rdv/" not in lines
