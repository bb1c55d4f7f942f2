"""« Mes rendez-vous »: a code to a contact, then the RDVs whose messages go there, and nothing about anybody before."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking_portal.reader import KNOWN_FOR
from notifications.models import Message, OneTimeCode
from notifications.services.codes import MOST_CODES_PER_CLIENT, MOST_CODES_PER_CONTACT_AND_CLIENT
from organizations.models import Citizen, SmsStop
from scheduling.models import AppointmentStatus, Hold, Participation
from scheduling.participation_links import link_token
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.participants import remove_participant
from tests.booking_portal.conftest import address_of, slot_url_of, template_of, text_of, without_tokens
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    make_participation,
    make_territory,
    make_workshop,
    paris,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

EMAIL, PHONE = "camille@example.org", "+33612345678"


def page(name, territory):
    return reverse(f"booking_portal:{name}", args=[territory.slug])


class Reading:
    """Somebody on their way to their RDVs, over HTTP."""

    def __init__(self, client, territory):
        self.client, self.territory = client, territory

    def ask(self, contact=EMAIL, **fields):
        url = page("my_appointments_contact", self.territory)
        return self.client.post(url, {"contact": contact} | fields, follow=True)

    def code(self):
        body = Message.objects.filter(kind=Message.Kind.CODE).latest("pk").body
        return re.search(r"\b\d{6}\b", body)[0]

    def type_code(self, code=None):
        url = page("my_appointments_code", self.territory)
        return self.client.post(url, {"code": code or self.code()}, follow=True)

    def open(self, contact=EMAIL):
        """All of it; the answer is the list."""
        self.ask(contact)
        return self.type_code()

    def look(self):
        return self.client.get(page("my_appointments", self.territory), follow=True)


@pytest.fixture
def reading(client, territory):
    return Reading(client, territory)


@pytest.fixture
def citizen(organization):
    return make_citizen(organization=organization, first_name="Camille", last_name="Dupont", email=EMAIL, phone=PHONE)


@pytest.fixture
def book(motif, citizen):
    """`book(days)`: an RDV of the citizen that many days from Monday, 9 h."""

    def book(days=0, **fields):
        starts_at = paris(MONDAY + timedelta(days=days), 9)
        return make_appointment(motif=motif, starts_at=starts_at, **{"citizen": citizen} | fields)

    return book


def listed(response):
    return [each.participation for each in response.context["appointments"]]


def part_of(appointment):
    return appointment.participations.get()


class TestTheWay:
    @pytest.mark.parametrize("contact", [EMAIL, " Camille@Example.org ", "06 12 34 56 78", "+33612345678"])
    def test_from_the_contact_to_the_list_and_to_the_page_of_one(self, client, reading, book, contact):
        participation = part_of(book(days=1))
        assert template_of(reading.look()) == "my_appointments_contact"

        code = reading.ask(contact)
        assert template_of(code) == "my_appointments_code"
        mine = reading.type_code()

        assert template_of(mine) == "my_appointments"
        assert listed(mine) == [participation]
        text = text_of(mine)
        assert "mardi 3 mars 2026, 9 h" in text
        assert "Carte d'identité" in text
        manage = reverse("booking_portal:my_appointment", args=[link_token(participation)])
        assert manage in text
        assert client.get(manage).context["back_url"] == page("my_appointments", reading.territory)

    def test_stays_open_for_half_an_hour_and_no_longer(self, reading, book):
        book(days=1)
        reading.open()

        with time_machine.travel(NOW + KNOWN_FOR - timedelta(seconds=1), tick=False):
            assert template_of(reading.look()) == "my_appointments"
        with time_machine.travel(NOW + KNOWN_FOR, tick=False):
            closed = reading.look()
        assert template_of(closed) == "my_appointments_contact"
        assert EMAIL not in closed.content.decode()

    def test_ends_when_one_leaves(self, client, reading, book):
        book(days=1)
        reading.open()

        left = client.post(page("my_appointments_leave", reading.territory), follow=True)

        assert template_of(left) == "my_appointments_contact"
        assert template_of(reading.look()) == "my_appointments_contact"
        assert "camille" not in str(dict(client.session.items()))

    def test_ends_with_whatever_else_was_typed_in_this_browser(
        self, client, reading, book, citizen_books, motif, opening
    ):
        who = citizen_books.take(slot_url_of(motif), paris(MONDAY, 9))
        citizen_books.say_who(address_of(who))
        participation = part_of(book(days=1))
        reading.open()
        contact = reverse("booking_portal:my_appointment_contact", args=[link_token(participation)])
        client.post(contact, {"contact": "nouvelle@example.org"})
        assert Hold.objects.exists()

        client.post(page("my_appointments_leave", reading.territory))

        left = str(dict(client.session.items())).lower()
        assert not any(typed in left for typed in ("camille", "dupont", "nouvelle", "1980"))
        assert not Hold.objects.exists()

    def test_what_was_typed_too_long_ago_is_dropped_when_it_is_read(
        self, client, reading, book, citizen_books, motif, opening
    ):
        who = address_of(citizen_books.take(slot_url_of(motif), paris(MONDAY, 9)))
        citizen_books.say_who(who)
        participation = part_of(book(days=1))
        reading.open()
        contact = reverse("booking_portal:my_appointment_contact", args=[link_token(participation)])
        client.post(contact, {"contact": "nouvelle@example.org"})

        with time_machine.travel(NOW + KNOWN_FOR, tick=False):
            client.get(who)
            client.get(contact + "code/")
            reading.look()

        left = str(dict(client.session.items())).lower()
        assert not any(typed in left for typed in ("camille", "dupont", "nouvelle", "1980"))

    def test_belongs_to_the_browser_that_typed_the_code(self, reading, client_of_somebody_else, book):
        book(days=1)
        reading.open()

        assert template_of(Reading(client_of_somebody_else, reading.territory).look()) == "my_appointments_contact"

    def test_a_proof_gives_the_session_a_new_name(self, client, reading):
        reading.ask()
        before = client.session.session_key

        reading.type_code()

        assert client.session.session_key != before

    def test_says_nothing_in_another_territory(self, client, reading, book):
        book(days=1)
        reading.open()

        assert template_of(Reading(client, make_territory()).look()) == "my_appointments_contact"

    def test_of_a_territory_that_does_not_exist_is_not_found(self, client):
        for name in ("my_appointments", "my_appointments_contact", "my_appointments_code"):
            assert client.get(reverse(f"booking_portal:{name}", args=["nulle-part"])).status_code == 404

    def test_is_kept_by_no_cache_and_found_by_no_search_engine(self, reading, book):
        book(days=1)

        mine = reading.open()

        assert "no-store" in mine["Cache-Control"]
        assert "noindex" in mine["X-Robots-Tag"]

    @pytest.mark.parametrize("name", ["my_appointments", "my_appointments_code"])
    def test_its_steps_entered_first_lead_to_the_contact(self, client, reading, name):
        assert template_of(client.get(page(name, reading.territory), follow=True)) == "my_appointments_contact"

    @pytest.mark.parametrize("name", ["my_appointments_code_send", "my_appointments_leave"])
    def test_its_acts_without_a_contact_lead_to_the_contact(self, client, reading, name):
        response = client.post(page(name, reading.territory), follow=True)

        assert template_of(response) == "my_appointments_contact"
        assert not OneTimeCode.objects.exists()


class TestTheContact:
    @pytest.mark.parametrize("typed", ["", "camille", "camille@", "06 12", "03 21 21 21 21", "\x00", "x" * 300, "@"])
    def test_that_receives_nothing_is_refused_and_stays_written(self, reading, typed):
        response = reading.ask(typed)

        assert response.status_code == 422
        assert "contact" in response.context["form"].errors
        assert not OneTimeCode.objects.exists()

    def test_a_program_that_fills_in_everything_gets_nothing(self, reading):
        assert reading.ask(website="http://spam.example").status_code == 422
        assert not OneTimeCode.objects.exists()


class TestNobodyLearnsWhoIsKnown:
    def test_known_and_unknown_get_the_same_pages_messages_and_queries(self, reading, client_of_somebody_else, book):
        book(days=1)
        stranger = Reading(client_of_somebody_else, reading.territory)
        pages, counts = [], []
        for each, email in ((reading, EMAIL), (stranger, "personne@example.org")):
            with CaptureQueriesContext(connection) as queries:
                pages.append(each.ask(email))
            counts.append(len(queries))

        assert [template_of(each) for each in pages] == ["my_appointments_code"] * 2
        known, unknown = map(without_tokens, pages)
        assert known == unknown.replace("personne@", "camille@")
        assert counts[0] == counts[1]
        sent = Message.objects.filter(kind=Message.Kind.CODE).order_by("pk").values_list("recipient", flat=True)
        assert list(sent) == [EMAIL, "personne@example.org"]

    def test_a_phone_that_said_stop_gets_the_pages_and_the_limits_of_any_other(
        self, reading, client_of_somebody_else, territory
    ):
        SmsStop.objects.create(territory=territory, phone=PHONE, at=NOW)
        other = Reading(client_of_somebody_else, territory)
        pages = [[], []]
        for said, each, phone in zip(pages, (reading, other), (PHONE, "+33612345679"), strict=True):
            said.append(each.ask(phone))
            said.append(each.client.post(page("my_appointments_code", territory), {"code": "000000"}, follow=True))
            for _ in range(MOST_CODES_PER_CONTACT_AND_CLIENT):
                said.append(each.client.post(page("my_appointments_code_send", territory), follow=True))

        assert template_of(pages[0][0]) == "my_appointments_code"
        assert "Si vous avez répondu STOP à nos SMS" in text_of(pages[0][0])
        stopped, free = ([(each.status_code, without_tokens(each)) for each in said] for said in pages)
        assert stopped == [(status, text.replace("+33612345679", PHONE)) for status, text in free]

    def test_only_after_the_code_does_somebody_unknown_see_that_there_is_nothing(self, reading, book):
        book(days=1)

        mine = reading.open("personne@example.org")

        assert template_of(mine) == "my_appointments"
        assert "Aucun rendez-vous" in text_of(mine)
        assert listed(mine) == []

    def test_a_wrong_code_opens_nothing_and_five_of_them_kill_the_right_one(self, reading, book):
        book(days=1)
        reading.ask()
        right = reading.code()
        for guess in range(1, 6):
            answer = reading.type_code(f"{(int(right) + guess) % 10**6:06}")
            assert answer.status_code == 422

        dead = reading.type_code(right)

        assert dead.status_code == 422
        assert "Ce code n'est plus valable" in text_of(dead)
        assert template_of(reading.look()) == "my_appointments_contact"

    def test_guesses_from_ever_new_sessions_end_with_the_codes(self, client_of_somebody_else, reading, book):
        """What limits them: five guesses for a code, five codes an hour for a contact from one address."""
        book(days=1)
        thief = Reading(client_of_somebody_else, reading.territory)
        tried = 0
        for _ in range(MOST_CODES_PER_CONTACT_AND_CLIENT + 3):
            client_of_somebody_else.cookies.clear()
            if thief.ask().status_code == 422:
                continue
            right = thief.code()
            for guess in range(1, 7):
                tried += thief.type_code(f"{(int(right) + guess) % 10**6:06}").status_code == 422
        assert tried == MOST_CODES_PER_CONTACT_AND_CLIENT * 6
        assert OneTimeCode.objects.count() == MOST_CODES_PER_CONTACT_AND_CLIENT

    def test_the_code_of_another_visitor_is_worth_nothing(self, reading, client_of_somebody_else, book):
        book(days=1)
        reading.ask()
        code = reading.code()
        thief = Reading(client_of_somebody_else, reading.territory)
        thief.ask()

        assert thief.type_code(code).status_code == 422

    def test_a_code_for_one_contact_is_worth_nothing_for_another(self, reading, book):
        book(days=1)
        reading.ask("moi@example.org")
        mine = reading.code()
        reading.ask(EMAIL)

        assert reading.type_code(mine).status_code == 422

    def test_too_many_codes_are_refused(self, client, reading):
        for number in range(MOST_CODES_PER_CLIENT):
            client.cookies.clear()
            reading.ask(f"{number}@example.org")
        client.cookies.clear()

        refused = reading.ask("encore@example.org")

        assert refused.status_code == 422
        assert "Trop de codes ont été demandés" in text_of(refused)

    def test_asking_twice_sends_one_code_and_asking_for_a_new_one_sends_another(self, client, reading):
        reading.ask(), reading.ask()
        assert OneTimeCode.objects.count() == 1

        sent = client.post(page("my_appointments_code_send", reading.territory), follow=True)

        assert "Un nouveau code est parti" in text_of(sent)
        assert template_of(reading.type_code()) == "my_appointments"

    def test_a_double_click_on_the_last_button_opens_it(self, reading):
        reading.ask()
        code = reading.code()

        assert template_of(reading.type_code(code)) == template_of(reading.type_code(code)) == "my_appointments"


class TestWhatIsListed:
    def test_coming_ones_first_then_those_of_the_past_year(self, motif, reading, book, citizen):
        later, sooner = part_of(book(days=7)), part_of(book(days=1))
        old, recent, _too_old = (
            part_of(book(days=-days, now=NOW - timedelta(days=days + 1))) for days in (300, 3, 366)
        )

        mine = reading.open()

        assert listed(mine) == [sooner, later, recent, old]
        assert [bool(each.url) for each in mine.context["appointments"]] == [True, True, False, False]
        text = text_of(mine)
        assert text.index("À venir") < text.index("Passés ou annulés")

    def test_a_cancelled_one_says_so_and_a_waiting_one_too(self, organization, motif, reading, book, citizen):
        cancelled = book(days=1)
        cancel_appointment(appointment=cancelled, status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW)
        collective = make_motif(organization=organization, is_collective=True)
        workshop = make_workshop(motif=collective, seats=1, starts_at=paris(MONDAY, 14), title="Budget")
        make_participation(workshop=workshop)
        waiting = make_participation(workshop=workshop, citizen=citizen)

        mine = reading.open()

        assert listed(mine) == [waiting, part_of(cancelled)]
        text = text_of(mine)
        assert "En liste d'attente" in text
        assert "Annulé" in text
        assert "Budget" in text

    def test_whether_somebody_came_is_not_told(self, reading, book):
        appointment = book(days=-3, now=NOW - timedelta(days=4))
        type(appointment).objects.update(status=AppointmentStatus.NO_SHOW)
        Participation.objects.update(status=AppointmentStatus.NO_SHOW)

        text = text_of(reading.open())

        assert "bsence" not in text
        assert "Passés ou annulés" in text

    def test_who_was_taken_away_finds_it_no_more(self, reading, book, organization):
        appointment = book(days=1)
        other = make_citizen(organization=organization)
        Participation.objects.create(
            organization=organization,
            territory=organization.territory,
            appointment=appointment,
            citizen=other,
            created_at=NOW,
        )
        remove_participant(participation=appointment.participations.get(citizen__email=EMAIL), actor=CITIZEN, now=NOW)

        assert listed(reading.open()) == []

    def test_relatives_whose_messages_come_here_by_their_first_names(self, reading, book, citizen, organization):
        child = make_citizen(
            organization=organization,
            first_name="Noé",
            last_name="Martin",
            email="noe@example.org",
            responsible=citizen,
        )
        mine, theirs = part_of(book(days=1)), part_of(book(days=2, citizen=child))

        answer = reading.open()

        assert listed(answer) == [mine, theirs]
        text = text_of(answer)
        assert "Noé M." in text
        assert "Camille D." in text
        assert "Martin" not in text
        assert "Dupont" not in text

    def test_a_relative_does_not_find_them_by_a_contact_that_no_message_goes_to(
        self, reading, book, citizen, organization
    ):
        child = make_citizen(organization=organization, email="noe@example.org", responsible=citizen)
        book(days=1, citizen=child)

        assert listed(reading.open("noe@example.org")) == []

    @pytest.mark.parametrize("who", ["citizen", "responsible", "agent"])
    def test_what_is_kept_off_a_phone_does_not_show_by_it(self, reading, book, citizen, organization, who):
        """Others may read that phone, too: no message goes there, and neither does a code that opens the list."""
        child = make_citizen(organization=organization, first_name="Noé", email="", responsible=citizen)
        participation = part_of(book(days=1, citizen=child))
        row = {"citizen": child, "responsible": citizen, "agent": participation}[who]
        type(row).objects.filter(pk=row.pk).update(notify_by_sms=False)

        assert listed(reading.open("0612345678")) == []
        reading.client.post(page("my_appointments_leave", reading.territory))
        assert listed(reading.open(EMAIL)) == [participation]

    def test_a_contact_that_somebody_gave_up_opens_nothing(self, reading, book, citizen):
        book(days=1)
        Citizen.objects.filter(pk=citizen.pk).update(email="nouvelle@example.org")

        assert listed(reading.open(EMAIL)) == []

    def test_nothing_of_another_territory_nor_of_anybody_else(self, reading, book, organization):
        mine = part_of(book(days=1))
        elsewhere = make_organization()
        make_appointment(
            organization=elsewhere,
            citizen=make_citizen(organization=elsewhere, email=EMAIL),
            starts_at=paris(MONDAY, 9),
        )
        make_appointment(organization=organization, starts_at=paris(MONDAY, 10))

        assert listed(reading.open()) == [mine]

    def test_many_come_by_pages_and_cost_no_more(self, client, reading, book, assert_query_count):
        book(days=1)
        reading.open()
        with assert_query_count("my_appointments"):
            reading.look()
        for days in range(2, 24):
            book(days=days)
        with assert_query_count("my_appointments"):
            first = client.get(page("my_appointments", reading.territory))
        second = client.get(page("my_appointments", reading.territory), {"page": 2})

        assert (len(listed(first)), len(listed(second))) == (20, 3)


class TestWaysIn:
    def test_from_the_front_door_and_from_every_page_of_the_portal(self, client, territory, opening):
        assert reverse("booking_portal:my_appointments_territory") in text_of(client.get("/"))
        portal = client.get(reverse("booking_portal:service_choice", args=[territory.slug]), follow=True)
        assert page("my_appointments", territory) in text_of(portal)

    def test_from_a_link_that_we_never_sent(self, client, book):
        answer = client.get(reverse("booking_portal:my_appointment", args=["1-1-x"]))

        assert answer.status_code == 404
        assert f'"{reverse("booking_portal:my_appointments_territory")}"' in text_of(answer)

    def test_from_a_dead_link_to_its_own_territory_also_where_nothing_is_booked_online(self, client, book, territory):
        participation = part_of(book(days=1))
        link = reverse("booking_portal:my_appointment", args=[link_token(participation)])
        Participation.objects.update(link_version=2)

        answer = client.get(link)

        assert answer.status_code == 404
        assert f'"{page("my_appointments", territory)}"' in text_of(answer)

    def test_a_territory_without_a_portal_is_named_to_nobody(self, client, territory, opening):
        make_appointment(organization=make_organization(territory=make_territory(name="Sans portail")))

        answer = client.get(reverse("booking_portal:my_appointments_territory"), follow=True)

        assert address_of(answer) == page("my_appointments_contact", territory)

    def test_with_one_territory_there_is_nothing_to_choose(self, client, opening, territory):
        make_territory(name="Sans rendez-vous")

        answer = client.get(reverse("booking_portal:my_appointments_territory"))

        assert address_of(client.get(answer["Location"], follow=True)) == page("my_appointments_contact", territory)

    def test_with_several_one_chooses(self, client, opening, assert_query_count):
        make_opening(organization=make_organization(territory=make_territory(name="Artois")))

        with assert_query_count("my_appointments_territory"):
            answer = client.get(reverse("booking_portal:my_appointments_territory"))

        assert [each.name for each in answer.context["territories"]] == ["Artois", "Pas-de-Calais"]

    def test_without_any_rdv_it_leads_to_the_front_door(self, client, now):
        assert "Prendre un rendez-vous" in text_of(client.get(reverse("booking_portal:my_appointments_territory")))


def test_from_the_list_one_cancels(client, reading, book, motif):
    motif.change_deadline = timedelta(0)
    motif.save()
    participation = part_of(book(days=1))
    mine = reading.open()
    (row,) = mine.context["appointments"]

    client.post(row.url + "annuler/", follow=True)

    participation.appointment.refresh_from_db()
    assert participation.appointment.status == AppointmentStatus.CANCELLED_BY_CITIZEN
    assert "Annulé" in text_of(reading.look())


def test_the_pages_before_the_list_cost_little(reading, assert_query_count):
    with assert_query_count("my_appointments_contact"):
        reading.client.get(page("my_appointments_contact", reading.territory))
    reading.ask()
    with assert_query_count("my_appointments_code"):
        reading.client.get(page("my_appointments_code", reading.territory))
