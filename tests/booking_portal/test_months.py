"""The month on the portal: the count of each day, as shared addresses and visitors find it."""

from datetime import time, timedelta

import pytest

from tests.booking_portal.conftest import slot_url_of, text_of
from tests.factories import MONDAY, TUESDAY, make_location, make_opening, make_unavailability, paris

pytestmark = pytest.mark.django_db


@pytest.fixture
def month_url(motif, opening):
    path, _, query = slot_url_of(motif).partition("?")
    return f"{path}mois/?{query}"


def counts(response):
    return {cell.day: cell.slots for week in response.context["month"].weeks for cell in week if cell and cell.slots}


def test_the_slot_page_leads_to_the_month_and_back(client, motif, opening, month_url):
    page = client.get(slot_url_of(motif))
    response = client.get(page.context["month_url"])

    assert page.context["month_url"] == f"{month_url}&mois=2026-03"
    assert counts(response) == {MONDAY + timedelta(days=7 * number): 6 for number in range(5)}
    assert "lundi 9 mars, 6 créneaux" in text_of(response)
    day = client.get(f"{response.context['day_url']}2026-03-09")
    assert [shown.day for shown in day.context["week"].days] == [MONDAY + timedelta(days=7)]


def test_the_month_counts_the_chosen_place_only(client, motif, opening):
    elsewhere = make_location(organization=motif.organization)
    make_opening(motifs=[motif], location=elsewhere, first_day=TUESDAY, end_time=time(10))
    path, _, query = slot_url_of(motif).partition("?")

    response = client.get(f"{path}mois/?{query}&lieu={elsewhere.pk}")

    assert counts(response) == {TUESDAY: 2}


def test_a_visitors_own_hold_hides_nothing_from_them(client, client_of_somebody_else, motif, opening, month_url):
    client.post(slot_url_of(motif), {"debut": paris(MONDAY, 9).isoformat()})

    assert counts(client.get(month_url))[MONDAY] == 6
    assert counts(client_of_somebody_else.get(month_url))[MONDAY] == 5


def test_months_end_where_booking_ends(client, motif, opening, month_url):
    first = client.get(month_url)
    last = client.get(f"{month_url}&mois=2026-06")

    assert first.context["previous_url"] is None
    assert last.context["following_url"] is None
    assert max(counts(last)) == MONDAY + timedelta(days=7 * 13)  # 1 June; three months from the 2nd of March.
    assert counts(client.get(f"{month_url}&mois=2030-01")) == counts(last)


@pytest.mark.parametrize("nonsense", ["9999-12", "0001-01", "2026-13", "mars", "%00", ""])
def test_a_month_that_is_none_has_a_page(client, month_url, nonsense):
    assert client.get(f"{month_url}&mois={nonsense}").status_code == 200


def test_what_was_not_chosen_yet_is_asked_first(client, opening, month_url, motif):
    make_opening(motifs=[motif], location=make_location(organization=motif.organization), first_day=TUESDAY)

    response = client.get(month_url, follow=True)

    assert response.redirect_chain
    assert "Choisissez d'abord un lieu." in text_of(response)


def test_a_month_without_slots_says_so(client, month_url, opening):
    make_unavailability(calendar=opening.calendar, days_spanned=40, first_day=MONDAY)

    assert "Aucun créneau ce mois-ci." in text_of(client.get(month_url))
    assert MONDAY + timedelta(days=49) in counts(client.get(f"{month_url}&mois=2026-04"))


@pytest.mark.parametrize("openings", [1, 6])
def test_queries_do_not_grow(client, motif, opening, month_url, assert_query_count, openings):
    for _ in range(openings):
        make_opening(motifs=[motif], location=opening.location, rrule="FREQ=DAILY")

    with assert_query_count("booking_portal:slot_month"):
        response = client.get(month_url)

    assert counts(response)[TUESDAY] == 6
