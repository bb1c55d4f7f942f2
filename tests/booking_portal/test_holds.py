"""The hold's time on the last pages: shown, prolonged once, and lost without losing what was typed."""

from datetime import timedelta

import pytest
import time_machine

from organizations.models import MotifQuestion
from scheduling.models import HOLD_LASTS, Hold
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.holds import sweep_expired_holds
from tests.booking_portal.conftest import address_of, slot_url_of, template_of, text_of
from tests.factories import MONDAY, NOW, make_citizen, make_workshop, paris

pytestmark = pytest.mark.django_db


@pytest.fixture
def slots(motif, opening):
    return slot_url_of(motif)


@pytest.fixture
def who(citizen_books, slots):
    """The page of the form, with a slot held."""
    return citizen_books.take(slots, paris(MONDAY, 9))


def prolong(client, page, **typed):
    return client.post(page.context["prolong_url"], {"etape": "who"} | typed, follow=True)


class TestProlonged:
    def test_once_with_what_was_typed_as_it_was_typed(self, client, who):
        response = prolong(client, who, first_name="Camille", birth_date="31/02", email="camille@")

        assert template_of(response) == "who"
        assert Hold.objects.get().expires_at == NOW + 2 * HOLD_LASTS
        text = text_of(response)
        assert "Ce créneau vous est gardé dix minutes de plus." in text
        assert "7 h 20" in text
        assert [f'value="{typed}"' in text for typed in ("Camille", "31/02", "camille@")] == [True] * 3
        assert "Garder ce créneau" not in text
        assert response.context["prolong_url"] is None

    def test_not_a_second_time(self, client, who):
        prolong(client, who)
        response = prolong(client, who, last_name="Dupont")

        assert "Ce créneau ne peut pas vous être gardé plus longtemps." in text_of(response)
        assert 'value="Dupont"' in text_of(response)
        assert Hold.objects.get().expires_at == NOW + 2 * HOLD_LASTS

    def test_from_the_page_of_the_code_back_to_it(self, client, citizen_books, who):
        code = citizen_books.say_who(address_of(who))

        response = client.post(code.context["prolong_url"], {"etape": "code", "code": "123"}, follow=True)

        assert template_of(response) == "code"
        assert Hold.objects.get().expires_at == NOW + 2 * HOLD_LASTS
        assert template_of(citizen_books.type_code(address_of(code))) == "my_appointment_booked"

    def test_answers_to_questions_are_kept_and_no_more_than_anybody_writes(self, client, motif, opening, citizen_books):
        question = MotifQuestion.objects.create(
            organization=motif.organization, motif=motif, label="Pourquoi ?", kind="long"
        )
        who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9))

        response = prolong(client, who, **{f"question_{question.pk}": "Un déménagement. " + "x" * 100_000})

        assert "Un déménagement." in text_of(response)
        assert "x" * 2001 not in text_of(response)

    def test_nothing_for_who_holds_nothing(self, client, client_of_somebody_else, who):
        response = client_of_somebody_else.post(who.context["prolong_url"], {"first_name": "Camille"}, follow=True)

        assert "Ce créneau ne peut pas vous être gardé plus longtemps." in text_of(response)
        assert "booking" not in client_of_somebody_else.session
        assert Hold.objects.get().expires_at == NOW + HOLD_LASTS

    def test_nothing_for_another_slot_than_what_is_held(self, client, who):
        elsewhere = who.context["prolong_url"].replace("08%3A00Z", "09%3A00Z")
        assert elsewhere != who.context["prolong_url"]

        client.post(elsewhere)

        assert Hold.objects.get().expires_at == NOW + HOLD_LASTS

    def test_no_seat_of_a_workshop_is_held(self, client, organization, now):
        workshop = make_workshop(organization=organization)
        url = slot_url_of(workshop.motif, mode="atelier-sur-place", atelier=workshop.pk)

        response = client.post(url.replace("choisir/creneau", "reserver/garder"), follow=True)

        assert response.status_code == 200
        assert not Hold.objects.exists()


class TestLost:
    def test_a_slot_that_somebody_took_offers_the_nearest_and_keeps_the_form(self, client, who, motif):
        later = NOW + HOLD_LASTS + timedelta(minutes=1)
        sweep_expired_holds(now=later)
        book_appointment(
            demand=Demand(motif),
            starts_at=paris(MONDAY, 9),
            location_id=None,
            attendees=[Attendee(make_citizen(organization=motif.organization))],
            actor=CITIZEN,
            now=later,
        )
        with time_machine.travel(later, tick=False):
            response = prolong(client, who, first_name="Camille")
            assert template_of(response) == "slot_taken"
            assert "Ce que vous avez écrit est gardé" in text_of(response)
            nearest = response.context["nearest"][0]
            again = client.post(response.context["action_url"], {"debut": nearest.starts_at.isoformat()}, follow=True)

        assert 'value="Camille"' in text_of(again)

    def test_a_free_one_is_taken_anew_on_continue(self, client, citizen_books, who):
        later = NOW + HOLD_LASTS + timedelta(minutes=1)
        with time_machine.travel(later, tick=False):
            assert "Ce créneau est libre." in text_of(prolong(client, who))
            assert template_of(citizen_books.say_who(address_of(who))) == "code"

        assert Hold.objects.get().expires_at == later + HOLD_LASTS


def test_the_page_says_how_long_is_left(client, who):
    assert who.context["seconds_left"] == 600
    with time_machine.travel(NOW + timedelta(minutes=4, seconds=30), tick=False):
        assert client.get(address_of(who)).context["seconds_left"] == 330


def test_what_prolonging_costs(client, who, assert_query_count):
    with assert_query_count("hold_prolong"):
        client.post(who.context["prolong_url"], {"etape": "who"})
