"""French and English: chosen by the visitor, kept on every page and in every message."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from notifications.models import Message
from scheduling.models import Participation
from scheduling.participation_links import link_token
from tests.booking_portal.conftest import address_of, slot_url_of, step_url, text_of
from tests.factories import (
    MONDAY,
    TUESDAY,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_participation,
    make_public_address,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

SWITCH = reverse("set_language")


@pytest.fixture
def english(client):
    client.post(SWITCH, {"language": "en", "next": "/"})
    return client


def test_the_browsers_language_decides_until_somebody_chooses(client, territory, opening):
    page = client.get("/", headers={"Accept-Language": "en-GB,en;q=0.8"})

    assert '<html lang="en">' in page.content.decode()
    assert "Book an appointment" in text_of(page)


def test_a_language_nobody_translated_is_french(client, territory, opening):
    page = client.get("/", headers={"Accept-Language": "ar"})

    assert '<html lang="fr">' in page.content.decode()


def test_the_choice_comes_back_to_the_same_page_and_stays(client, motif, opening):
    url = slot_url_of(motif)
    assert f'name="next" value="{url.replace("&", "&amp;")}"' in client.get(url).content.decode()

    answer = client.post(SWITCH, {"language": "en", "next": url})

    assert (answer.status_code, answer["Location"]) == (302, url)
    assert "First available time" in text_of(client.get(url, headers={"Accept-Language": "fr"}))


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_it_never_leads_to_another_site(client, elsewhere):
    answer = client.post(SWITCH, {"language": "en", "next": elsewhere})

    assert answer["Location"] == "/"


def test_an_unknown_language_changes_nothing(client, territory, opening):
    client.post(SWITCH, {"language": "xx", "next": "/"})

    assert '<html lang="fr">' in client.get("/").content.decode()


def test_the_whole_way_is_in_english_with_the_messages(english, citizen_books, motif, opening):
    who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9, 30))
    assert "Who are you?" in text_of(who)
    assert "Monday 2 March 2026" in text_of(who)
    code = citizen_books.say_who(address_of(who))
    assert "We have sent a code to" in text_of(code)
    booked = citizen_books.type_code(address_of(code))

    assert "your appointment is confirmed" in text_of(booked)
    assert Participation.objects.get().language == "en"
    code, confirmation = Message.objects.filter(audience="citizen").order_by("pk")
    assert "is valid for 10 minutes" in code.body
    assert confirmation.subject.replace("\xa0", " ") == "Your appointment on Monday 2 March 2026 at 9:30 am"


def test_a_workshop_is_registered_for_in_english(english, citizen_books, organization, now):
    motif = make_motif(organization=organization, slug="budget", is_collective=True)
    workshop = make_workshop(motif=motif, title="Budget", seats=1, starts_at=paris(TUESDAY, 9))
    make_participation(workshop=workshop)
    dates = step_url("workshop_choice", organization.territory, motif="budget", mode="atelier-sur-place")
    assert "On which date?" in text_of(english.get(dates))
    assert "Tuesday 3 March 2026, 9 am" in text_of(english.get(dates))

    who = english.post(dates, {"attente": workshop.pk}, follow=True)
    assert "you will be number 1 on the waiting list" in text_of(who)
    booked = citizen_books.type_code(address_of(citizen_books.say_who(address_of(who))))

    assert "Done, you are on the waiting list" in text_of(booked)


def test_my_appointments_are_found_in_english(english, territory, now):
    citizen = make_citizen(territory=territory, email="camille@example.org")
    make_appointment(organization=make_organization(territory=territory), citizen=citizen, starts_at=paris(TUESDAY, 9))
    contact = reverse("booking_portal:my_appointments_contact", args=[territory.slug])

    code = english.post(contact, {"contact": "camille@example.org"}, follow=True)
    assert "We have sent a code to" in text_of(code)
    digits = re.search(r"\b\d{6}\b", Message.objects.get(kind="code").body)[0]
    mine = english.post(address_of(code), {"code": digits}, follow=True)

    assert "My appointments" in text_of(mine)
    assert "Tuesday 3 March 2026, 9 am" in text_of(mine)


def test_mistakes_are_told_in_english(english, citizen_books, motif, opening):
    who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9, 30))

    text = text_of(citizen_books.say_who(address_of(who), first_name="", email="camille@", birth_date="31/02/1980"))

    assert "Enter your first name." in text
    assert "This address is incomplete." in text
    assert "This date does not exist." in text


def test_a_territory_without_slots_says_so_in_english(english, territory):
    assert "Nothing can be booked online" in text_of(english.get(step_url("service_choice", territory)))


def test_the_choice_outlives_the_browser(english):
    """Who comes back by the link of a message, days later, does not choose again."""
    cookie = english.cookies[settings.LANGUAGE_COOKIE_NAME]

    assert cookie["max-age"] == 365 * 24 * 3600
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


class TestTheLinkOfAMessage:
    @pytest.fixture
    def manage(self, now):
        """Of an RDV that was booked in English."""
        appointment = make_appointment(starts_at=paris(TUESDAY, 9))
        appointment.participations.update(language="en")
        return reverse("booking_portal:my_appointment", args=[link_token(appointment.participations.get())])

    def test_opens_in_the_language_of_the_message(self, client, manage):
        page = client.get(manage, headers={"Accept-Language": "fr"})

        assert '<html lang="en">' in page.content.decode()
        assert page["Content-Language"] == "en"
        assert "Tuesday 3 March 2026" in text_of(page)

    def test_but_in_what_this_browser_chose(self, client, manage):
        client.post(SWITCH, {"language": "fr", "next": manage})

        assert '<html lang="fr">' in client.get(manage).content.decode()

    def test_of_an_rdv_in_french_leaves_it_to_the_browser(self, client, manage):
        """An agent books in French for whoever may read another language."""
        Participation.objects.update(language="fr")

        page = client.get(manage, headers={"Accept-Language": "en"})

        assert '<html lang="en">' in page.content.decode()


@pytest.mark.parametrize("name", ["home", "my_appointments_territory"])
def test_the_other_language_is_at_the_top_of_the_page(client, territory, opening, name):
    page = client.get(reverse(f"booking_portal:{name}"), follow=True).content.decode()

    assert page.index('name="language" value="en" lang="en"') < page.index("<main")


def test_an_english_sentence_ends_with_one_full_stop(english, citizen_books, motif, opening):
    who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9, 30))

    assert "kept for you until <strong>7:10 am</strong><span data-time-left></span>." in text_of(who)


def test_english_puts_no_space_before_a_colon(english, citizen_books, motif, opening):
    who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9, 30))
    assert "First name: Enter your first name." in text_of(citizen_books.say_who(address_of(who), first_name=""))


def test_what_a_service_wrote_says_that_it_is_french(english, citizen_books, motif, opening):
    """A voice that reads the page aloud changes with the words (WCAG 3.1.2)."""
    motif.instructions_after = "Apportez une photo."
    motif.save()
    who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9, 30))
    assert '<dd lang="fr">Carte d\'identité</dd>' in text_of(who)

    booked = text_of(citizen_books.type_code(address_of(citizen_books.say_who(address_of(who)))))

    assert '<dd lang="fr">Carte d\'identité</dd>' in booked
    assert '<div class="measure" lang="fr"><p>Apportez une photo.' in booked


def test_a_french_page_needs_to_say_it_once(client, motif, opening):
    page = client.get(step_url("motif_choice", motif.organization.territory), follow=True).content.decode()

    assert page.count('lang="fr"') == 1


def test_with_whom_and_an_address_that_is_dead_are_said_in_english(english, organization, opening):
    agent = opening.calendar.agent
    make_public_address(organization=organization, agent=agent, slug="jeanne")
    url = "/prendre-rdv/pas-de-calais/mairie-d-arras/avec/{}/"

    alive, dead = english.get(url.format("jeanne"), follow=True), english.get(url.format("personne"))

    assert f"<dt>With</dt> <dd>{agent}</dd>" in text_of(alive)
    assert "See times with others, too" in text_of(alive)
    assert "This address no longer leads to anybody" in text_of(dead)
