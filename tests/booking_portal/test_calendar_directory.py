"""The public JSON of one agent or desk, for the card of an adviser on a map."""

import pytest
from django.test import Client
from django.urls import reverse

from organizations.models import Motif
from tests.booking_portal.conftest import template_of, text_of
from tests.factories import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    make_agent,
    make_appointment,
    make_desk,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_public_address,
    make_workshop,
    paris,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def place(organization):
    return make_location(organization=organization, name="Hôtel de ville")


@pytest.fixture
def jeanne(organization):
    return make_agent(organization=organization, first_name="Jeanne", last_name="Martin")


@pytest.fixture
def address(organization, jeanne):
    return make_public_address(organization=organization, agent=jeanne, slug="jeanne")


@pytest.fixture
def hers(motif, place, jeanne, address):
    """Tuesday morning; others open the same motif there on Monday, and elsewhere."""
    make_opening(motifs=[motif], location=place)
    make_opening(motifs=[motif, make_motif(organization=motif.organization, name="Passeport")])
    return make_opening(motifs=[motif], location=place, calendar=jeanne.calendar, first_day=TUESDAY)


def read(address, **headers):
    url = reverse("booking_portal:calendar_directory", args=[address.organization.slug, address.slug])
    return Client().get(url, headers=headers)


def test_says_where_what_and_from_when_with_them(organization, place, motif, address, hers):
    document = read(address).json()

    entry = "http://testserver/prendre-rdv/pas-de-calais/mairie-d-arras/avec/jeanne/"
    assert document["organization"] == {"slug": "mairie-d-arras", "name": "Mairie d'Arras"}
    assert document["with"] == {"slug": "jeanne", "name": "Jeanne Martin", "booking_url": entry}
    assert document["next_availability"] == "2026-03-03T09:00:00+01:00"
    (at,) = document["places"]
    assert (at["name"], at["booking_url"]) == ("Hôtel de ville", f"{entry}?site={place.pk}")
    assert at["next_availability"] == "2026-03-03T09:00:00+01:00"
    (listed,) = at["motifs"]
    assert (listed["name"], listed["next_availability"]) == ("Carte d'identité", "2026-03-03T09:00:00+01:00")
    assert listed["booking_url"].endswith(f"/mairie-d-arras/carte-d-identite/?avec=jeanne&site={place.pk}")
    assert document["motifs_elsewhere"] == []


@pytest.mark.parametrize("which", ["of the agent", "of the place", "of the motif"])
def test_its_addresses_lead_to_their_slots(client, address, hers, which):
    document = read(address).json()
    (place,) = document["places"]
    urls = {"of the agent": document["with"], "of the place": place, "of the motif": place["motifs"][0]}

    page = client.get(urls[which]["booking_url"].removeprefix("http://testserver"), follow=True)

    assert template_of(page) == "slot_choice"
    assert "Jeanne Martin" in text_of(page)
    assert ("mardi 3 mars" in text_of(page), "lundi 2 mars" in text_of(page)) == (True, False)


def test_what_is_held_nowhere_counts_too(organization, jeanne, address):
    call = make_motif(organization=organization, name="Conseil", location_kind=Motif.LocationKind.PHONE)
    make_opening(motifs=[call], calendar=jeanne.calendar, location=None, first_day=WEDNESDAY)
    webinar = make_motif(
        organization=organization, name="Atelier", location_kind=Motif.LocationKind.VIDEO, is_collective=True
    )
    make_opening(motifs=[call])  # Of others, earlier.

    document = read(address).json()

    assert document["places"] == []
    (listed,) = document["motifs_elsewhere"]
    assert (listed["name"], listed["kind"]) == ("Conseil", "phone")
    assert listed["booking_url"].endswith("?avec=jeanne")
    assert document["next_availability"] == listed["next_availability"] == "2026-03-04T09:00:00+01:00"
    assert webinar.name not in str(document)


def test_their_workshops_and_nobody_elses(organization, place, jeanne, address):
    motif = make_motif(organization=organization, name="Atelier CV", is_collective=True)
    make_workshop(motif=motif, location=place, starts_at=paris(TUESDAY, 9))
    make_workshop(motif=motif, location=place, calendar=jeanne.calendar, starts_at=paris(WEDNESDAY, 9))

    (at,) = read(address).json()["places"]

    assert [(each["name"], each["next_availability"]) for each in at["motifs"]] == [
        ("Atelier CV", "2026-03-04T09:00:00+01:00")
    ]


def test_nothing_of_another_organization_of_theirs(territory, place, jeanne, address, hers):
    sister = make_organization(territory=territory)
    place.shared_with.add(sister)
    make_opening(
        motifs=[make_motif(organization=sister, name="Ailleurs")],
        calendar=jeanne.calendar,
        location=place,
        first_day=WEDNESDAY,
    )

    assert "Ailleurs" not in str(read(address).json())


def test_a_motif_by_link_only_is_in_none(organization, jeanne, address):
    secret = make_motif(organization=organization, booking_audience=Motif.BookingAudience.LINK)
    make_opening(motifs=[secret], calendar=jeanne.calendar)

    assert read(address).json()["places"] == []


def test_is_fresh_and_asked_for_again_by_its_etag(motif, jeanne, address, hers):
    first = read(address)

    assert set(first["Cache-Control"].split(", ")) == {"public", "max-age=30"}
    assert first["Access-Control-Allow-Origin"] == "*"
    assert read(address, if_none_match=first["ETag"]).status_code == 304
    make_appointment(motif=motif, calendar=jeanne.calendar, starts_at=paris(TUESDAY, 9))
    changed = read(address, if_none_match=first["ETag"])
    assert changed.json()["next_availability"] == "2026-03-03T09:30:00+01:00"


def test_who_has_no_address_is_in_no_document(territory, organization, jeanne, address, hers):
    address.delete()

    assert read(address).status_code == 404
    for kind, tenant in (("territory", territory), ("organization", organization)):
        url = reverse(f"booking_portal:{kind}_directory", args=[tenant.slug])
        assert "Jeanne" not in Client().get(url).content.decode()


def test_costs_the_same_for_one_place_and_for_many(organization, place, motif, jeanne, address, assert_query_count):
    collective = make_motif(organization=organization, is_collective=True)
    kind = Motif.LocationKind.PHONE

    def one_of_each(day):
        motifs = [motif, make_motif(organization=organization), make_motif(organization=organization)]
        make_opening(
            motifs=motifs,
            location=make_location(organization=organization),
            calendar=jeanne.calendar,
            first_day=day,
        )
        make_opening(
            motifs=[make_motif(organization=organization, location_kind=kind)],
            calendar=make_desk(organization=organization).calendar,
        )
        make_workshop(motif=collective, location=place, calendar=jeanne.calendar, starts_at=paris(day, 14))

    one_of_each(TUESDAY)
    with assert_query_count("calendar_directory"):
        read(address)
    one_of_each(WEDNESDAY)
    one_of_each(MONDAY)
    with assert_query_count("calendar_directory"):
        assert len(read(address).json()["places"]) == 4
