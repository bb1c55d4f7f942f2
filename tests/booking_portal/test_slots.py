"""The slot: shown, held, given back, taken by somebody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from scheduling.models import Hold
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.holds import HOLD_LASTS, MOST_HOLDS_PER_CLIENT, sweep_expired_holds, take_hold
from tests.booking_portal.conftest import address_of, slot_url_of, step_url, template_of, text_of
from tests.factories import (
    MONDAY,
    NOW,
    TUESDAY,
    make_citizen,
    make_location,
    make_motif,
    make_opening,
    make_organization,
    make_unavailability,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def slots(motif, opening):
    return slot_url_of(motif)


def book_for_somebody_else(motif, starts_at):
    return book_appointment(
        demand=Demand(motif),
        starts_at=starts_at,
        location_id=None,
        attendees=[Attendee(make_citizen(organization=motif.organization))],
        actor=CITIZEN,
        now=NOW,
    )


class TestShown:
    def test_the_next_availability_comes_first(self, client, slots):
        response = client.get(slots)

        assert response.context["week"].next_slot.starts_at == paris(MONDAY, 9)
        text = text_of(response)
        assert text.index("Premier créneau disponible") < text.index("Ou un autre moment")

    def test_seven_days_from_the_first_availability(self, client, slots):
        week = client.get(slots).context["week"]

        assert [day.day for day in week.days] == [MONDAY]
        assert [start.hour for start in week.days[0].morning] == [8, 8, 9, 9, 10, 10]  # In UTC.

    def test_times_are_those_of_the_organizations_clocks(self, client, now, territory):
        overseas = make_organization(territory=territory, time_zone_override="Indian/Reunion")
        motif = make_motif(organization=overseas)
        make_opening(motifs=[motif], first_day=TUESDAY)

        text = text_of(client.get(slot_url_of(motif)))

        assert "Mardi 3 mars" in text or "mardi 3 mars" in text
        assert "</span>9 h</button>" in text.replace(" </button>", "</button>")

    def test_weeks_follow_each_other(self, client, slots):
        first = client.get(slots)
        second = client.get(first.context["following_url"])

        assert second.context["week"].days[0].day == MONDAY + timedelta(days=7)
        assert client.get(second.context["previous_url"]).context["week"].first_day == MONDAY

    def test_no_week_lies_before_today_or_past_the_longest_delay(self, client, motif, slots):
        assert client.get(slots).context["previous_url"] is None
        far = client.get(slots + "&jour=2199-01-01")

        assert far.context["following_url"] is None
        assert far.context["week"].first_day <= MONDAY + timedelta(days=93)

    def test_no_week_is_offered_before_the_first_slot(self, client, motif, now):
        make_opening(motifs=[motif], first_day=MONDAY + timedelta(days=21), rrule="FREQ=WEEKLY;BYDAY=MO")

        first = client.get(slot_url_of(motif))

        assert first.context["week"].first_day == MONDAY + timedelta(days=21)
        assert first.context["previous_url"] is None

    def test_a_week_without_a_slot_names_the_next_one(self, client, motif, now):
        make_opening(motifs=[motif], rrule="FREQ=WEEKLY;INTERVAL=3;BYDAY=MO")

        empty = client.get(slot_url_of(motif, jour=TUESDAY))

        assert "Aucun créneau pendant ces sept jours" in text_of(empty)
        assert empty.context["week"].later.starts_at == paris(MONDAY + timedelta(days=21), 9)

    def test_no_slot_at_all_says_what_to_do(self, client, motif, opening):
        make_unavailability(calendar=opening.calendar, organization=motif.organization, rrule="FREQ=WEEKLY;BYDAY=MO")
        motif.organization.phone = "+33321000000"
        motif.organization.save()

        text = text_of(client.get(slot_url_of(motif)))

        assert "Aucun créneau pour le moment" in text
        assert "03 21 00 00 00" in text

    def test_a_slot_free_in_two_calendars_is_shown_once(self, client, motif, opening, slots):
        make_opening(motifs=[motif], location=opening.location)

        week = client.get(slots).context["week"]

        assert week.days[0].count == 6


class TestHeld:
    def test_taking_a_slot_holds_it_and_asks_who(self, citizen_books, slots):
        response = citizen_books.take(slots, paris(MONDAY, 9, 30))

        assert template_of(response) == "who"
        assert Hold.objects.get().starts_at == paris(MONDAY, 9, 30)
        assert "Ce créneau vous est réservé jusqu'à 7 h 10" in text_of(response).replace("<strong>", "")

    def test_what_somebody_holds_is_hidden_from_others_only(
        self, client, client_of_somebody_else, citizen_books, slots
    ):
        citizen_books.take(slots, paris(MONDAY, 9))

        assert client.get(slots).context["week"].next_slot.starts_at == paris(MONDAY, 9)
        assert client_of_somebody_else.get(slots).context["week"].next_slot.starts_at == paris(MONDAY, 9, 30)

    def test_leaving_gives_it_back_and_forgets_what_was_typed(self, client, citizen_books, slots):
        who = citizen_books.take(slots, paris(MONDAY, 9))
        citizen_books.say_who(address_of(who))

        response = client.post(who.context["leave_url"], follow=True)

        assert not Hold.objects.exists()
        assert "Le créneau est rendu" in text_of(response)
        assert "Camille" not in str(client.session.items())

    def test_a_slot_that_was_taken_meanwhile_leads_to_the_nearest(self, citizen_books, motif, slots):
        book_for_somebody_else(motif, paris(MONDAY, 10))

        response = citizen_books.take(slots, paris(MONDAY, 10))

        assert template_of(response) == "slot_taken"
        nearest = [slot.starts_at for slot in response.context["nearest"]]
        assert nearest == [paris(MONDAY, 9), paris(MONDAY, 9, 30), paris(MONDAY, 10, 30)]
        assert template_of(citizen_books.take(response.context["action_url"], nearest[0])) == "who"

    def test_nothing_left_at_all_still_shows_a_way_on(self, citizen_books, motif, opening, slots):
        make_unavailability(calendar=opening.calendar, organization=motif.organization, rrule="FREQ=WEEKLY;BYDAY=MO")

        text = text_of(citizen_books.take(slots, paris(MONDAY, 10)))

        assert "il ne reste aucun créneau proche" in text
        assert "Voir tous les créneaux" in text

    @pytest.mark.parametrize("start", ["", "hier", "2026-03-02T09:00", "2026-13-45T99:99Z", "\x00", "9" * 500])
    def test_a_start_that_is_none_is_asked_again(self, client, slots, start):
        response = client.post(slots, {"debut": start}, follow=True)

        assert template_of(response) == "slot_choice"
        assert "Ce créneau n'existe pas" in text_of(response)

    def test_a_start_off_the_grid_is_not_held(self, citizen_books, slots):
        assert template_of(citizen_books.take(slots, paris(MONDAY, 9, 7))) == "slot_taken"
        assert not Hold.objects.exists()

    def test_one_connection_cannot_fence_off_a_day(self, client, citizen_books, motif, opening, slots):
        for _ in range(MOST_HOLDS_PER_CLIENT):
            make_opening(motifs=[motif], location=opening.location)
            client.cookies.clear()
            citizen_books.take(slots, paris(MONDAY, 9))
        client.cookies.clear()

        response = citizen_books.take(slots, paris(MONDAY, 11))

        assert "Trop de créneaux sont retenus" in text_of(response)
        assert Hold.objects.count() == MOST_HOLDS_PER_CLIENT

    def test_clients_behind_a_proxy_are_told_apart(self, client, motif, opening, slots, settings):
        settings.CLIENT_ADDRESS_HEADER = "HTTP_X_REAL_IP"
        for address, hour in (("192.0.2.1", 9), ("192.0.2.2", 10)):
            client.cookies.clear()
            client.post(slots, {"debut": paris(MONDAY, hour).isoformat()}, headers={"x-real-ip": address})

        assert len(set(Hold.objects.values_list("client_hash", flat=True))) == 2

    def test_a_lieu_shared_by_two_organizations_is_booked_with_the_one_that_is_free(
        self, citizen_books, client, motif, opening, territory
    ):
        sister = make_organization(territory=territory)
        same = make_motif(organization=sister, slug=motif.slug, name=motif.name)
        opening.location.shared_with.add(sister)
        make_opening(motifs=[same], location=opening.location, rrule="FREQ=WEEKLY;BYDAY=MO")
        book_for_somebody_else(motif, paris(MONDAY, 9))

        who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9))

        assert template_of(who) == "who"
        assert Hold.objects.get().organization == sister
        back = client.get(who.context["back_url"])
        assert back.context["week"].next_slot.starts_at == paris(MONDAY, 9)


class TestExpired:
    @pytest.mark.parametrize("is_swept", [False, True])
    def test_hold_is_taken_anew_when_nobody_took_the_slot(self, client, citizen_books, slots, is_swept):
        who = citizen_books.take(slots, paris(MONDAY, 9))

        later = NOW + HOLD_LASTS + timedelta(minutes=1)
        with time_machine.travel(later, tick=False):
            if is_swept:
                sweep_expired_holds(now=later)
            form = client.get(address_of(who))
            code = citizen_books.say_who(address_of(who))

        assert "Ce créneau est libre" in text_of(form)
        assert template_of(code) == "code"
        assert Hold.objects.get().expires_at == later + HOLD_LASTS

    def test_hold_of_a_slot_that_somebody_took_leads_to_the_nearest(self, client, citizen_books, motif, slots):
        who = citizen_books.take(slots, paris(MONDAY, 9))

        later = NOW + HOLD_LASTS + timedelta(minutes=1)
        with time_machine.travel(later, tick=False):
            sweep_expired_holds(now=later)
            take_hold(
                demand=Demand(motif),
                starts_at=paris(MONDAY, 9),
                location_id=None,
                visitor_key=uuid4(),
                client_hash="else",
                now=later,
            )
            response = citizen_books.say_who(address_of(who))

        assert template_of(response) == "slot_taken"
        assert "Ce que vous avez écrit est gardé" in text_of(response)


def test_the_slot_pages_cost_the_same_whatever_the_number_of_rows(
    client, motif, opening, slots, territory, assert_query_count
):
    for day in range(3):
        location = make_location(organization=motif.organization)
        make_opening(motifs=[motif], location=location, first_day=MONDAY + timedelta(days=day), rrule="FREQ=DAILY")

    with assert_query_count("place_choice"):
        places = client.get(step_url("place_choice", territory))
    with assert_query_count("slot_choice"):
        client.get(places.context["places"][0][1])
