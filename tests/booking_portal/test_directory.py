"""The public JSON for maps and directories."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from organizations.models import Motif
from scheduling.models import Calendar
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_appointment,
    make_calendar,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_participation,
    make_territory,
    make_workshop,
    paris,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

EVERY_MONDAY = {"rrule": "FREQ=WEEKLY;BYDAY=MO"}


@pytest.fixture
def place(organization):
    return make_location(
        organization=organization,
        name="Hôtel de ville",
        street="6 place Guy Mollet",
        latitude=50.291,
        longitude=2.777,
        phone="+33321505050",
        access_notes="Rampe à gauche",
    )


@pytest.fixture
def opened(motif, place):
    return make_opening(motifs=[motif], location=place, **EVERY_MONDAY)


def url_of(tenant, kind="territory"):
    return reverse(f"booking_portal:{kind}_directory", args=[getattr(tenant, "pk" if kind == "location" else "slug")])


def read(tenant, kind="territory", **headers):
    return Client().get(url_of(tenant, kind), headers=headers)


def names(response):
    return {place["name"]: [motif["name"] for motif in place["motifs"]] for place in response.json()["places"]}


def test_says_where_what_and_from_when(territory, organization, place, motif, opened):
    make_option(motif=motif, name="Première demande", duration=timedelta(minutes=45))

    assert read(territory).json() == {
        "territory": {
            "slug": "pas-de-calais",
            "name": "Pas-de-Calais",
            "booking_url": "http://testserver/prendre-rdv/pas-de-calais/",
        },
        "places": [
            {
                "id": place.pk,
                "name": "Hôtel de ville",
                "organization": {"slug": "mairie-d-arras", "name": "Mairie d'Arras"},
                "address": {"street": "6 place Guy Mollet", "postal_code": "62000", "city": "Arras"},
                "point": {"latitude": 50.291, "longitude": 2.777},
                "phone": "+33321505050",
                "access_notes": "Rampe à gauche",
                "booking_url": f"http://testserver/prendre-rdv/pas-de-calais/lieu/{place.pk}/",
                "next_availability": "2026-03-02T09:00:00+01:00",
                "motifs": [
                    {
                        "slug": "carte-d-identite",
                        "name": "Carte d'identité",
                        "category": "",
                        "organization": {"slug": "mairie-d-arras", "name": "Mairie d'Arras"},
                        "is_workshop": False,
                        "duration_minutes": 30,
                        "options": [{"name": "Première demande", "duration_minutes": 45}],
                        "booking_url": "http://testserver/prendre-rdv/pas-de-calais/mairie-d-arras/carte-d-identite/"
                        f"?site={place.pk}",
                        "next_availability": "2026-03-02T09:00:00+01:00",
                    }
                ],
            }
        ],
    }


def test_each_document_is_about_its_own_tenant(territory, organization, place, motif, opened):
    sister = make_organization(territory=territory, name="CCAS", slug="ccas")
    lent = make_location(organization=sister, name="Centre social")
    lent.shared_with.add(organization)
    make_opening(motifs=[motif], location=lent, first_day=TUESDAY)
    make_opening(motifs=[make_motif(organization=sister, name="Aide", slug="aide")], location=lent, **EVERY_MONDAY)
    make_opening(**EVERY_MONDAY)  # Of another territory.

    assert names(read(territory)) == {
        "Centre social": ["Aide", "Carte d'identité"],
        "Hôtel de ville": ["Carte d'identité"],
    }
    assert names(read(organization, "organization")) == {
        "Centre social": ["Carte d'identité"],
        "Hôtel de ville": ["Carte d'identité"],
    }
    assert names(read(sister, "organization")) == {"Centre social": ["Aide"]}
    alone = read(lent, "location").json()
    assert [motif["name"] for motif in alone["place"]["motifs"]] == ["Aide", "Carte d'identité"]
    assert alone["territory"] == {"slug": "pas-de-calais", "name": "Pas-de-Calais"}


@pytest.mark.parametrize(
    "fields",
    [{"booking_audience": audience} for audience in Motif.BookingAudience if audience != Motif.BookingAudience.EVERYONE]
    + [{"is_collective": True}, {"is_follow_up": True}, {"archived_at": NOW}],
    ids=str,
)
def test_what_the_portal_does_not_list_never_leaks(territory, organization, place, opened, fields):
    secret = make_motif(organization=organization, name="Confidentiel", slug="confidentiel", **fields)
    make_opening(motifs=[secret], location=place, start_time=opened.start_time.replace(hour=8))

    for tenant, kind in [(territory, "territory"), (organization, "organization"), (place, "location")]:
        text = read(tenant, kind).content.decode()
        assert "onfidentiel" not in text
        assert "T08:00" not in text  # Nor does the next availability of the place betray it.


def test_workshops_are_at_their_places_from_the_first_that_has_a_seat(territory, organization, place, opened):
    motif = make_motif(organization=organization, name="Atelier budget", slug="atelier-budget", is_collective=True)
    make_option(motif=motif)
    annexe = make_location(organization=organization, name="Annexe")
    full = make_workshop(motif=motif, starts_at=paris(TUESDAY, 9), seats=1, location=place)
    make_participation(workshop=full)
    for day, where in ((1, annexe), (2, place), (3, place)):
        make_workshop(motif=motif, starts_at=paris(TUESDAY + timedelta(days=day), 9), location=where)

    in_annexe, in_place = read(territory).json()["places"]

    assert names(read(territory)) == {
        "Annexe": ["Atelier budget"],
        "Hôtel de ville": ["Atelier budget", "Carte d'identité"],
    }
    assert in_annexe["next_availability"] == "2026-03-04T09:00:00+01:00"
    (workshop, _) = in_place["motifs"]
    assert (workshop["is_workshop"], workshop["options"]) == (True, [])
    assert workshop["next_availability"] == "2026-03-05T09:00:00+01:00"
    assert workshop["booking_url"].endswith(f"/mairie-d-arras/atelier-budget/?site={place.pk}")


def test_a_workshop_that_is_full_stays_with_no_date(territory, organization, place):
    motif = make_motif(organization=organization, name="Atelier budget", is_collective=True)
    full = make_workshop(motif=motif, starts_at=paris(TUESDAY, 9), seats=1, location=place)
    people = make_participation(workshop=full)

    text = read(territory).content.decode()

    assert names(read(territory)) == {"Hôtel de ville": ["Atelier budget"]}
    assert '"next_availability": null' in text
    assert people.citizen.last_name not in text


def test_a_motif_that_is_not_on_site_is_at_no_place(territory, organization, place):
    phone = make_motif(organization=organization, location_kind=Motif.LocationKind.PHONE)
    make_opening(motifs=[phone], location=place)

    assert names(read(territory)) == {"Hôtel de ville": []}


def test_nobody_is_in_it(territory, organization, place, motif):
    calendar = make_calendar(organization=organization)
    opening = make_opening(motifs=[motif], calendar=calendar, location=place, title="Permanence d'Alix")
    citizen = make_citizen(organization=organization, last_name="Dupont", phone="+33612345678")
    make_appointment(motif=motif, calendar=calendar, citizen=citizen, location=place)

    text = read(territory).content.decode()

    words = ["Dupont", citizen.email, "612345678", calendar.agent.last_name, calendar.agent.email, opening.title]
    assert [word for word in words if word in text] == []
    assert "2026-03-02T09:30:00+01:00" in text


def test_is_kept_half_a_minute_and_may_be_read_by_any_site(territory, opened):
    response = read(territory)

    assert response["Cache-Control"] == "public, max-age=30"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    assert not response.cookies
    assert "Cookie" not in response["Vary"]


def test_a_304_is_right_in_the_request_that_follows_a_change(territory, place, motif, opened):
    etag = read(territory)["ETag"]
    unchanged = read(territory, if_none_match=etag)
    make_appointment(motif=motif, calendar=opened.calendar, location=place)
    changed = read(territory, if_none_match=etag)

    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", etag)
    assert (unchanged["Cache-Control"], unchanged["Access-Control-Allow-Origin"]) == ("public, max-age=30", "*")
    assert changed.status_code == 200
    assert changed["ETag"] != etag


def test_reading_twice_gives_the_same_bytes_in_the_same_order(territory, organization, motif):
    for name in ("Beaurains", "Achicourt", "Dainville"):
        make_opening(motifs=[motif], location=make_location(organization=organization, name=name))

    assert read(territory).content == read(territory).content
    assert list(names(read(territory))) == ["Achicourt", "Beaurains", "Dainville"]


@pytest.mark.parametrize(
    "path",
    [
        "territoires/nulle-part/lieux.json",
        "organisations/nulle-part/lieux.json",
        "organisations/nulle-part/avec/personne.json",
        "organisations/mairie-d-arras/avec/personne.json",
        "lieux/987654321.json",
    ],
)
def test_who_is_unknown_is_not_found_in_json(path, organization):
    response = Client().get(f"/api/public/{path}")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response.json() == {"type": "about:blank", "title": "Not Found", "status": 404}


def test_only_reads(territory):
    client = Client()

    assert client.head(url_of(territory)).status_code == 200
    asked = client.options(url_of(territory), headers={"Origin": "https://carte.example"})
    assert (asked.status_code, asked["Access-Control-Allow-Methods"]) == (204, "GET, HEAD")
    assert {getattr(client, method)(url_of(territory)).status_code for method in ("post", "put", "delete")} == {405}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("territory", "territory_directory"),
        ("organization", "organization_directory"),
        ("location", "location_directory"),
    ],
)
def test_costs_the_same_for_one_place_and_for_many(
    kind, name, territory, organization, place, motif, opened, assert_query_count
):
    tenant = {"territory": territory, "organization": organization, "location": place}[kind]
    collective = make_motif(organization=organization, is_collective=True)
    make_workshop(motif=collective, starts_at=paris(TUESDAY, 9), location=place)
    with assert_query_count(name):
        read(tenant, kind)

    for _ in range(4):
        other = make_motif(organization=organization)
        make_option(motif=other)
        make_opening(motifs=[motif, other], location=make_location(organization=organization), **EVERY_MONDAY)
        make_opening(motifs=[other], location=place, first_day=TUESDAY)
        make_workshop(motif=collective, starts_at=paris(TUESDAY, 9), location=place)
    with assert_query_count(name):
        response = read(tenant, kind)

    shown = response.json().get("places", [response.json().get("place")])
    assert all(motif["next_availability"] for place in shown for motif in place["motifs"])
    assert len(shown) == (1 if kind == "location" else 5)


def test_stale_calendars_answer_from_the_core_at_a_constant_cost(territory, motif, opened, django_assert_num_queries):
    """Six and the core's seven."""
    for _ in range(3):
        make_opening(motifs=[motif], **EVERY_MONDAY)
    Calendar.objects.update(windows_stale_since=NOW)

    with django_assert_num_queries(13):
        places = read(territory).json()["places"]

    assert {place["next_availability"] for place in places} == {"2026-03-02T09:00:00+01:00"}


def test_instants_are_by_the_clocks_of_who_receives():
    overseas = make_territory(time_zone="Indian/Reunion", subdivision="974")
    make_opening(organization=make_organization(territory=overseas), first_day=TUESDAY)

    assert read(overseas).json()["places"][0]["next_availability"] == "2026-03-03T09:00:00+04:00"


def test_a_start_after_summer_time_has_its_own_distance_from_utc(territory, motif):
    make_opening(motifs=[motif], first_day=MONDAY + timedelta(days=28))

    assert paris(MONDAY + timedelta(days=28), 9).isoformat() == "2026-03-30T09:00:00+02:00"
    assert read(territory).json()["places"][0]["next_availability"] == "2026-03-30T09:00:00+02:00"
