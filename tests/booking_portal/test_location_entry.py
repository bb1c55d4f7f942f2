"""The address of a place: the whole way, and nothing of another place."""

import pytest
from django.urls import reverse

from organizations.models import Motif
from tests.booking_portal.conftest import address_of, template_of, text_of
from tests.factories import (
    MONDAY,
    TUESDAY,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    paris,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def place(organization):
    return make_location(organization=organization, name="Annexe Baudimont")


@pytest.fixture
def elsewhere(organization, motif):
    """The same motif a day earlier in another place, and another motif there."""
    other = make_motif(organization=organization, name="Passeport", slug="passeport")
    location = make_location(organization=organization, name="Hôtel de ville")
    make_opening(motifs=[motif, other], location=location, first_day=MONDAY)
    return location


def entry(place, territory=None):
    territory = territory or place.organization.territory
    return reverse("booking_portal:location_entry", args=[territory.slug, place.pk])


def test_leads_straight_to_the_slots_of_its_only_motif(client, place, motif, elsewhere):
    make_opening(motifs=[motif], location=place, first_day=TUESDAY)

    response = client.get(entry(place), follow=True)

    assert template_of(response) == "slot_choice"
    assert "Annexe Baudimont" in text_of(response)
    assert "mardi 3 mars" in text_of(response)
    assert "lundi 2 mars" not in text_of(response)


def test_offers_only_what_is_booked_there(client, organization, place, motif, elsewhere):
    aid = make_motif(organization=organization, name="Aide sociale", slug="aide-sociale")
    by_phone = make_motif(organization=organization, name="Conseil", location_kind=Motif.LocationKind.PHONE)
    make_opening(motifs=[motif, aid, by_phone], location=place, first_day=TUESDAY)

    text = text_of(client.get(entry(place), follow=True))

    assert ("Aide sociale" in text, "Carte d'identité" in text) == (True, True)
    assert ("Passeport" in text, "Conseil" in text) == (False, False)


def test_shows_every_organization_that_opens_it(client, territory, place, motif):
    sister = make_organization(territory=territory)
    place.shared_with.add(sister)
    make_opening(motifs=[motif], location=place)
    make_opening(motifs=[make_motif(organization=sister, name="Permanence CCAS")], location=place)

    assert "Permanence CCAS" in text_of(client.get(entry(place), follow=True))


def test_the_whole_way_stays_in_the_place(client, citizen_books, place, motif, elsewhere):
    make_opening(motifs=[motif], location=place, first_day=TUESDAY)
    slots = address_of(client.get(entry(place), follow=True))

    booked = citizen_books.book(slots, paris(TUESDAY, 9))

    assert template_of(booked) == "my_appointment_booked"
    assert "Annexe Baudimont" in text_of(booked)


def test_a_motif_of_one_place(client, place, motif, elsewhere):
    make_opening(motifs=[motif], location=place, first_day=TUESDAY)
    names = [place.organization.territory.slug, place.organization.slug, motif.slug]
    url = reverse("booking_portal:motif_entry", args=names, query={"site": place.pk})

    response = client.get(url, follow=True)

    assert template_of(response) == "slot_choice"
    assert "mardi 3 mars" in text_of(response)
    assert "lundi 2 mars" not in text_of(response)


def test_a_motif_that_is_not_opened_there_has_no_slot_of_another_place(client, place, motif, elsewhere):
    names = [place.organization.territory.slug, place.organization.slug, motif.slug]
    url = reverse("booking_portal:motif_entry", args=names, query={"site": place.pk})

    response = client.get(url, follow=True)

    assert "Aucun créneau" in text_of(response)
    assert "lundi 2 mars" not in text_of(response)


@pytest.mark.parametrize("spoilt", ["closed", "hidden", "of another territory"])
def test_a_place_that_the_portal_does_not_show_is_not_found(client, place, spoilt, now):
    territory = None
    if spoilt == "closed":
        place.closed_at = now
    if spoilt == "hidden":
        place.is_visible_on_portal = False
    if spoilt == "of another territory":
        territory = make_territory()
    place.save()

    assert client.get(entry(place, territory)).status_code == 404


def test_a_place_that_closes_on_the_way_is_said_and_left(client, place, motif, elsewhere, now):
    make_opening(motifs=[motif], location=place, first_day=TUESDAY)
    slots = address_of(client.get(entry(place), follow=True))
    place.closed_at = now
    place.save()

    response = client.get(slots, follow=True)

    assert response.status_code == 200
    assert "Ce lieu n'est plus proposé ici." in text_of(response)
