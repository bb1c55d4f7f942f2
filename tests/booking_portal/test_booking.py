"""Who, the code, the RDV: the last steps, and what happens when they go wrong."""

import re
from datetime import timedelta

import pytest
import time_machine

from booking_portal.visitor import REMEMBERED_FOR
from notifications.models import Message, OneTimeCode
from notifications.services.codes import CODE_LASTS, MOST_CODES_PER_CONTACT_AND_CLIENT
from organizations.models import Citizen, MotifQuestion, SmsStop
from scheduling.models import Appointment, Hold, Participation
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.holds import release_hold
from tests.booking_portal.conftest import address_of, slot_url_of, step_url, template_of, text_of, without_tokens
from tests.factories import MONDAY, NOW, make_citizen, make_motif, make_opening, paris

pytestmark = pytest.mark.django_db


@pytest.fixture
def slots(motif, opening):
    return slot_url_of(motif)


@pytest.fixture
def who(citizen_books, slots):
    """The address of the form, with a slot held."""
    return address_of(citizen_books.take(slots, paris(MONDAY, 9)))


@pytest.fixture
def code(citizen_books, who):
    """The address of the code, which was sent."""
    return address_of(citizen_books.say_who(who))


def take_away(client, motif, starts_at=None):
    """The visitor's hold runs out and somebody else books the slot."""
    release_hold(visitor_key=Hold.objects.get().visitor_key, now=NOW)
    book_appointment(
        demand=Demand(motif),
        starts_at=starts_at or paris(MONDAY, 9),
        location_id=None,
        attendees=[Attendee(make_citizen(organization=motif.organization))],
        actor=CITIZEN,
        now=NOW,
    )


def test_from_the_territorys_link_to_the_confirmation(citizen_books, territory, motif, opening):
    motif.instructions_after = "Apportez une photo."
    motif.save()
    slots = citizen_books.open(step_url("service_choice", territory))

    confirmation = citizen_books.book(address_of(slots), paris(MONDAY, 9, 30))

    assert template_of(confirmation) == "my_appointment_booked"
    appointment = Appointment.objects.get()
    assert (appointment.starts_at, appointment.location) == (paris(MONDAY, 9, 30), opening.location)
    assert [str(citizen) for citizen in appointment.citizens.all()] == ["Camille DUPONT"]
    assert not Hold.objects.exists()
    text = text_of(confirmation)
    for part in (
        "lundi 2 mars 2026",
        "9 h 30",
        motif.name,
        opening.location.name,
        "Apportez une photo.",
        "Voir le plan",
    ):
        assert part in text


class TestWho:
    def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(self, client, who):
        response = client.post(who, {"first_name": "Camille", "birth_date": "31/02/1980"})

        assert response.status_code == 422
        assert set(response.context["form"].errors) == {"last_name", "birth_date", "email"}
        assert 'value="Camille"' in response.content.decode()
        assert not OneTimeCode.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "wrong"),
        [
            ({"email": "camille@"}, "email"),
            ({"email": "", "phone": "06 12"}, "phone"),
            ({"email": "", "phone": "03 21 21 21 21"}, "email"),
            ({"birth_date": "01/01/2030"}, "birth_date"),
            ({"birth_date": "01/01/1830"}, "birth_date"),
            ({"first_name": "x" * 81}, "first_name"),
            ({"first_name": "a\x00b"}, "first_name"),
            ({"website": "http://spam.example"}, "website"),
        ],
    )
    def test_what_cannot_be_is_refused(self, citizen_books, who, changes, wrong):
        response = citizen_books.say_who(who, **changes)

        assert response.status_code == 422
        assert wrong in response.context["form"].errors
        assert not OneTimeCode.objects.exists()

    def test_a_landline_with_an_e_mail_is_fine(self, citizen_books, who):
        assert template_of(citizen_books.say_who(who, phone="03 21 21 21 21")) == "code"

    def test_by_phone_the_phone_is_needed(self, citizen_books, organization, now):
        motif = make_motif(organization=organization, location_kind="phone")
        make_opening(motifs=[motif])
        who = address_of(citizen_books.take(slot_url_of(motif), paris(MONDAY, 9)))
        assert "phone" in citizen_books.say_who(who).context["form"].errors

        code = citizen_books.say_who(who, phone="0612345678")
        citizen_books.type_code(address_of(code))

        assert str(Appointment.objects.get().phone) == "+33612345678"

    def test_at_home_the_address_is_needed(self, citizen_books, organization, now):
        motif = make_motif(organization=organization, location_kind="home")
        make_opening(motifs=[motif])
        who = address_of(citizen_books.take(slot_url_of(motif), paris(MONDAY, 9)))
        assert "address" in citizen_books.say_who(who).context["form"].errors

        code = citizen_books.say_who(who, address="3 rue du Bois, 62000 Arras")
        confirmation = citizen_books.type_code(address_of(code))

        assert Appointment.objects.get().address == "3 rue du Bois, 62000 Arras"
        assert "3 rue du Bois" in text_of(confirmation)

    def test_the_questions_of_the_motif_are_asked_and_their_answers_kept(self, citizen_books, motif, who):
        fields = {"organization": motif.organization, "motif": motif}
        number = MotifQuestion.objects.create(label="Numéro de dossier", is_required=True, **fields)
        kind = MotifQuestion.objects.create(label="Votre cas", kind="choice", choices=["A", "B"], position=1, **fields)
        refused = citizen_books.say_who(who, **{f"question_{kind.pk}": "C"})
        assert set(refused.context["form"].errors) == {f"question_{number.pk}", f"question_{kind.pk}"}

        code = citizen_books.say_who(who, **{f"question_{number.pk}": "42", f"question_{kind.pk}": "B"})
        citizen_books.type_code(address_of(code))

        assert Participation.objects.get().answers == [
            {"question": "Numéro de dossier", "answer": "42"},
            {"question": "Votre cas", "answer": "B"},
        ]

    def test_what_was_typed_is_there_when_one_comes_back(self, client, who, code):
        assert 'value="Dupont"' in client.get(who).content.decode()

    def test_what_was_typed_is_forgotten_after_half_an_hour(self, client, who, code):
        with time_machine.travel(NOW + timedelta(minutes=31), tick=False):
            assert "Dupont" not in client.get(who, follow=True).content.decode()

    def test_a_shared_address_shows_the_form_without_what_another_typed(self, client_of_somebody_else, who, code):
        response = client_of_somebody_else.get(who, follow=True)

        assert "Dupont" not in response.content.decode()


class TestCode:
    def test_is_sent_to_the_e_mail_and_never_shown(self, client, code, citizen_books):
        message = Message.objects.get(kind=Message.Kind.CODE)

        assert (message.recipient, message.channel) == ("camille@example.org", "email")
        assert citizen_books.code() not in client.get(code).content.decode()

    def test_goes_by_sms_without_an_e_mail(self, citizen_books, who):
        citizen_books.say_who(who, email="", phone="06 12 34 56 78")

        message = Message.objects.get(kind=Message.Kind.CODE)
        assert (message.recipient, message.channel) == ("+33612345678", "sms")

    def test_goes_by_sms_when_asked_for(self, client, citizen_books, who):
        code = citizen_books.say_who(who, phone="06 12 34 56 78")

        client.post(code.context["send_url"], {"par": "sms"})
        confirmation = citizen_books.type_code(address_of(code))

        assert template_of(confirmation) == "my_appointment_booked"
        assert Message.objects.filter(kind=Message.Kind.CODE).latest("pk").channel == "sms"

    def test_of_a_phone_that_said_stop_does_not_say_so_and_every_phone_is_told_what_to_do(
        self, client, citizen_books, who, territory
    ):
        SmsStop.objects.create(territory=territory, phone="+33612345678", at=NOW)

        code = citizen_books.say_who(who, email="", phone="06 12 34 56 78")
        assert template_of(code) == "code"
        assert "Si vous avez répondu STOP à nos SMS" in text_of(code)

        corrected = citizen_books.say_who(who, phone="06 12 34 56 78")
        assert template_of(citizen_books.type_code(address_of(corrected))) == "my_appointment_booked"

    def test_is_not_sent_twice_for_one_that_is_on_its_way(self, citizen_books, who, code):
        citizen_books.say_who(who)

        assert OneTimeCode.objects.count() == 1

    def test_may_be_typed_with_spaces(self, citizen_books, code):
        digits = citizen_books.code()

        confirmation = citizen_books.type_code(code, f" {digits[:3]} {digits[3:]} ")

        assert template_of(confirmation) == "my_appointment_booked"

    @pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "١٢٣٤٥٦", "\x00"])
    def test_that_is_none_is_refused_without_spending_a_guess(self, client, code, typed):
        response = client.post(code, {"code": typed})

        assert response.status_code == 422
        assert OneTimeCode.objects.get().attempts_left == 5

    def test_that_is_wrong_is_refused_and_can_be_corrected(self, citizen_books, code):
        right = citizen_books.code()
        wrong = f"{(int(right) + 1) % 10**6:06}"

        refused = citizen_books.type_code(code, wrong)

        assert refused.status_code == 422
        assert "Ce n'est pas le code que nous avons envoyé" in text_of(refused)
        assert template_of(citizen_books.type_code(code, right)) == "my_appointment_booked"

    def test_is_dead_after_five_guesses_even_for_the_right_one(self, citizen_books, code):
        right = citizen_books.code()
        for guess in range(1, 6):
            citizen_books.type_code(code, f"{(int(right) + guess) % 10**6:06}")

        refused = citizen_books.type_code(code, right)

        assert refused.status_code == 422
        assert "Ce code n'est plus valable" in text_of(refused)
        assert not Appointment.objects.exists()

    def test_that_is_too_old_is_refused_and_a_new_one_helps(self, client, citizen_books, code):
        with time_machine.travel(NOW + CODE_LASTS, tick=False):
            refused = citizen_books.type_code(code)
            assert "Ce code n'est plus valable" in text_of(refused)

            sent = client.post(refused.context["send_url"], follow=True)
            assert "Un nouveau code est parti" in text_of(sent)
            assert template_of(citizen_books.type_code(code)) == "my_appointment_booked"

    def test_of_one_visitor_is_worth_nothing_to_another(
        self, citizen_books, client_of_somebody_else, motif, code, slots
    ):
        digits = citizen_books.code()
        thief = type(citizen_books)(client_of_somebody_else)
        asked = thief.say_who(address_of(thief.take(slots, paris(MONDAY, 10))))

        assert thief.type_code(address_of(asked), digits).status_code == 422

    def test_too_many_are_refused_with_what_was_typed_kept(self, client, citizen_books, code):
        send = client.get(code).context["send_url"]
        for _ in range(MOST_CODES_PER_CONTACT_AND_CLIENT - 1):
            client.post(send)

        response = client.post(send, follow=True)

        assert "Trop de codes ont été demandés" in text_of(response)
        assert OneTimeCode.objects.count() == MOST_CODES_PER_CONTACT_AND_CLIENT

    def test_cannot_be_asked_for_without_saying_who(self, client, who):
        response = client.post(who.replace("/vous/", "/code/envoyer/"), follow=True)

        assert template_of(response) == "who"
        assert not OneTimeCode.objects.exists()


class TestKnownCitizen:
    def test_is_recognised_by_the_contact_they_proved(self, citizen_books, motif, slots):
        known = make_citizen(
            territory=motif.organization.territory,
            first_name="Camille",
            last_name="Dupont",
            email="camille@example.org",
            phone="+33611111111",
        )

        citizen_books.book(slots, paris(MONDAY, 9))

        assert Participation.objects.get().citizen == known

    def test_is_not_recognised_by_a_contact_that_was_only_typed(self, citizen_books, motif, slots):
        known = make_citizen(
            territory=motif.organization.territory, first_name="Camille", last_name="Dupont", phone="+33611111111"
        )

        citizen_books.book(slots, paris(MONDAY, 9), phone="06 11 11 11 11")

        assert Participation.objects.get().citizen != known

    def test_and_unknown_get_the_same_pages(self, client_of_somebody_else, citizen_books, motif, slots):
        make_citizen(
            territory=motif.organization.territory,
            first_name="Camille",
            last_name="Dupont",
            email="camille@example.org",
        )
        stranger = type(citizen_books)(client_of_somebody_else)

        pages = []
        for visitor, person, hour in ((citizen_books, {}, 9), (stranger, {"email": "nouvelle@example.org"}, 10)):
            response = visitor.say_who(address_of(visitor.take(slots, paris(MONDAY, hour))), **person)
            page = re.sub(r"T\d\d%3A\d\dZ", "", without_tokens(response))
            pages.append(page.replace("nouvelle@", "camille@").replace("10 h", "9 h"))

        assert pages[0] == pages[1]

    def test_of_another_territory_is_somebody_else(self, citizen_books, slots):
        make_citizen(first_name="Camille", last_name="Dupont", email="camille@example.org")

        citizen_books.book(slots, paris(MONDAY, 9))

        assert Citizen.objects.count() == 2


class TestTakenAtTheLastMoment:
    def test_after_the_code_the_nearest_slots_are_offered_and_nothing_is_typed_again(
        self, client, citizen_books, motif, code
    ):
        take_away(client, motif)

        taken = citizen_books.type_code(code)

        assert template_of(taken) == "slot_taken"
        assert "Ce que vous avez écrit est gardé" in text_of(taken)
        nearest = taken.context["nearest"][0].starts_at
        again = citizen_books.take(taken.context["action_url"], nearest)
        assert 'value="Dupont"' in again.content.decode()
        confirmation = citizen_books.say_who(address_of(again))
        assert template_of(confirmation) == "my_appointment_booked"
        assert Appointment.objects.filter(starts_at=nearest).count() == 1
        assert OneTimeCode.objects.count() == 1  # Proven once.

    def test_nothing_of_the_citizen_is_written(self, client, citizen_books, motif, code):
        take_away(client, motif)

        citizen_books.type_code(code)

        assert not Citizen.objects.filter(last_name="Dupont").exists()

    def test_before_the_code_none_is_sent(self, client, citizen_books, motif, who):
        take_away(client, motif)

        taken = citizen_books.say_who(who)

        assert template_of(taken) == "slot_taken"
        assert not OneTimeCode.objects.exists()

    def test_a_motif_that_was_archived_meanwhile_leads_to_the_motifs(self, citizen_books, motif, code):
        motif.archived_at = NOW
        motif.save()

        response = citizen_books.type_code(code)

        assert response.status_code == 200
        assert "Ce motif n'est pas proposé en ligne" in text_of(response)


class TestOnce:
    def test_sending_the_code_again_gives_the_same_rendez_vous(self, client, citizen_books, code):
        digits = citizen_books.code()
        first = citizen_books.type_code(code, digits)

        again = citizen_books.type_code(code, digits)

        assert address_of(first) == address_of(again)
        assert Appointment.objects.count() == 1
        assert address_of(client.get(code, follow=True)) == address_of(first)

    def test_going_back_to_the_form_after_booking_leads_to_the_confirmation(self, client, citizen_books, who, code):
        booked = citizen_books.type_code(code)

        assert address_of(client.get(who, follow=True)) == address_of(booked)
        assert address_of(citizen_books.say_who(who)) == address_of(booked)

    def test_half_an_hour_later_the_next_person_at_a_shared_computer_is_led_to_no_rdv(
        self, client, citizen_books, who, code
    ):
        citizen_books.type_code(code)

        with time_machine.travel(NOW + REMEMBERED_FOR - timedelta(seconds=1), tick=False):
            assert template_of(client.get(who, follow=True)) == "my_appointment_booked"
        with time_machine.travel(NOW + REMEMBERED_FOR, tick=False):
            for address in (who, code):
                assert template_of(client.get(address, follow=True)) == "slot_taken"

    def test_a_second_rendez_vous_of_the_same_visitor_is_another_one(self, citizen_books, slots):
        citizen_books.book(slots, paris(MONDAY, 9))
        citizen_books.book(slots, paris(MONDAY, 10))

        assert Appointment.objects.count() == 2

    def test_the_same_slot_can_be_booked_again_after_cancelling_it(self, citizen_books, slots):
        citizen_books.book(slots, paris(MONDAY, 9))
        cancel_appointment(
            appointment=Appointment.objects.get(),
            status=Appointment.Status.CANCELLED_BY_CITIZEN,
            actor=CITIZEN,
            now=NOW,
        )

        citizen_books.book(slots, paris(MONDAY, 9))

        assert Appointment.objects.filter(status=Appointment.Status.BOOKED).count() == 1
        assert Appointment.objects.count() == 2

    def test_nobody_stays_in_the_session_after_booking(self, client, citizen_books, slots):
        citizen_books.book(slots, paris(MONDAY, 9))

        assert "Dupont" not in str(dict(client.session.items()))
        next_person = citizen_books.take(slots, paris(MONDAY, 10))
        assert "Dupont" not in next_person.content.decode()


def test_the_last_steps_cost_the_same_whatever_the_number_of_rows(
    client, citizen_books, motif, opening, slots, assert_query_count
):
    for number in range(3):
        MotifQuestion.objects.create(organization=motif.organization, motif=motif, label=f"Question {number}")
        make_opening(motifs=[motif], location=opening.location)
    who = address_of(citizen_books.take(slots, paris(MONDAY, 9)))

    with assert_query_count("who"):
        client.get(who)
    code = address_of(citizen_books.say_who(who))
    with assert_query_count("code"):
        client.get(code)
    take_away(client, motif)
    with assert_query_count("slot_taken"):
        client.get(who.replace("/vous/", "/deja-pris/"))
