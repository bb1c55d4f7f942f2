"""A citizen books for somebody whose messages they get: a child, a parent."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from booking_portal.appointment_pages import listed_appointments
from booking_portal.reader import Contact
from booking_portal.selectors.my_appointments import participations_of_contact
from notifications.models import Message, OneTimeCode
from notifications.services.delivery import deliver
from notifications.services.reminders import queue_due_reminders
from organizations.models import Citizen
from scheduling.models import Appointment, Hold, Participation
from scheduling.participation_links import link_token
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN
from scheduling.services.booking import Attendee, book_appointment
from scheduling.services.contact_corrections import correct_contact_of
from scheduling.services.holds import release_hold
from tests.booking_portal.conftest import address_of, slot_url_of, step_url, template_of, text_of, without_tokens
from tests.factories import MONDAY, NOW, TUESDAY, make_citizen, make_motif, make_opening, make_workshop, paris

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

LEO = {"for_whom": "relative", "relative_first_name": "Léo", "relative_last_name": "Dupont"}
NEXT_MONDAY = paris(MONDAY + timedelta(days=7), 9)  # Can still be changed.
MIA = LEO | {"relative_first_name": "Mia"}


@pytest.fixture
def slots(motif, opening):
    return slot_url_of(motif)


@pytest.fixture
def who(citizen_books, slots):
    """The address of the form, with a slot held."""
    return address_of(citizen_books.take(slots, paris(MONDAY, 9)))


@pytest.fixture
def second(motif, opening):
    """A second agent opens the same hours."""
    return make_opening(motifs=[motif], location=opening.location, rrule="FREQ=WEEKLY;BYDAY=MO")


def link_of(participation):
    return link_token(Participation.objects.select_related("appointment__organization").get(pk=participation.pk))


def leo():
    return Citizen.objects.get(first_name="Léo")


class TestTheForm:
    def test_asks_for_whom_and_presumes_for_oneself(self, client, who):
        response = client.get(who)

        assert "Pour qui est ce rendez-vous ?" in text_of(response)
        assert response.context["form"]["for_whom"].value() == "self"

    def test_needs_the_name_of_the_relative_and_no_more(self, citizen_books, who):
        refused = citizen_books.say_who(who, for_whom="relative")

        assert refused.status_code == 422
        assert set(refused.context["form"].errors) == {"relative_first_name", "relative_last_name"}
        assert template_of(citizen_books.say_who(who, **LEO)) == "code"

    @pytest.mark.parametrize(
        ("changes", "wrong"),
        [
            ({"relative_birth_date": "31/02/2015"}, "relative_birth_date"),
            ({"relative_birth_date": "01/01/2030"}, "relative_birth_date"),
            ({"relative_first_name": "x" * 81}, "relative_first_name"),
            ({"relative_first_name": "a\x00b"}, "relative_first_name"),
            ({"for_whom": "nobody"}, "for_whom"),
        ],
    )
    def test_refuses_what_cannot_be(self, citizen_books, who, changes, wrong):
        refused = citizen_books.say_who(who, **LEO | changes)

        assert refused.status_code == 422
        assert set(refused.context["form"].errors) == {wrong}
        assert not OneTimeCode.objects.exists()

    def test_does_not_read_what_is_left_of_a_relative_when_it_is_for_oneself(self, citizen_books, who):
        """A browser that cannot hide these fields, or somebody who changed their mind."""
        typed = LEO | {"for_whom": "self", "relative_last_name": "x" * 81, "relative_birth_date": "31/02/2015"}

        citizen_books.type_code(address_of(citizen_books.say_who(who, **typed)))

        assert [str(citizen) for citizen in Citizen.objects.all()] == ["Camille DUPONT"]

    def test_asks_again_when_somebody_types_their_own_name_twice(self, citizen_books, who):
        namesake = {"relative_first_name": "camille", "relative_last_name": "DUPONT"}

        refused = citizen_books.say_who(who, **LEO | namesake)
        assert set(refused.context["form"].errors) == {"relative_first_name"}

        born = citizen_books.say_who(who, **LEO | namesake, relative_birth_date="01/02/2015")
        assert template_of(born) == "code"

    def test_keeps_what_was_typed(self, client, citizen_books, who):
        citizen_books.say_who(who, **LEO, relative_birth_date="1/2/2015")

        form = client.get(who).context["form"]

        assert [form[name].value() for name in ("for_whom", "relative_first_name", "relative_birth_date")] == [
            "relative",
            "Léo",
            "1/2/2015",
        ]


class TestBooked:
    def test_for_the_relative_with_the_messages_to_who_booked(self, citizen_books, slots, motif):
        confirmation = citizen_books.book(slots, paris(MONDAY, 9), **LEO, relative_birth_date="1/2/2015")

        assert template_of(confirmation) == "my_appointment_booked"
        participation = Participation.objects.select_related("citizen__responsible").get()
        assert (str(participation.citizen), participation.citizen.birth_date) == ("Léo DUPONT", date(2015, 2, 1))
        camille = participation.citizen.responsible
        assert (str(camille), camille.birth_date, camille.email) == (
            "Camille DUPONT",
            date(1980, 5, 12),
            "camille@example.org",
        )
        booked = Message.objects.get(kind=Message.Kind.BOOKED, audience=Message.Audience.CITIZEN)
        assert booked.recipient == "camille@example.org"
        assert "Léo" in booked.body

    def test_and_both_are_known_to_the_service(self, citizen_books, slots, motif):
        citizen_books.book(slots, paris(MONDAY, 9), **LEO)

        known = Citizen.objects.for_organization(motif.organization)
        assert sorted(map(str, known)) == ["Camille DUPONT", "Léo DUPONT"]

    def test_for_the_one_who_is_already_known(self, citizen_books, slots, motif):
        camille = make_citizen(
            organization=motif.organization, first_name="Camille", last_name="Dupont", email="camille@example.org"
        )
        known = make_citizen(
            organization=motif.organization, first_name="Leo", last_name="DUPONT", email="", responsible=camille
        )

        citizen_books.book(slots, paris(MONDAY, 9), **LEO)

        assert Participation.objects.get().citizen == known
        assert Citizen.objects.count() == 2

    def test_by_phone_at_the_number_of_who_booked(self, citizen_books, organization):
        motif = make_motif(organization=organization, location_kind="phone")
        make_opening(motifs=[motif])

        citizen_books.book(slot_url_of(motif), paris(MONDAY, 9), **LEO, phone="0612345678")

        assert str(Appointment.objects.get().phone) == "+33612345678"
        assert str(leo().phone) == ""

    def test_by_somebody_who_is_answered_for_themselves(self, citizen_books, slots, motif):
        """The database refuses that they answer for others. What they booked is sent to the contact they proved."""
        mother = make_citizen(organization=motif.organization)
        make_citizen(
            organization=motif.organization,
            first_name="Camille",
            last_name="Dupont",
            email="camille@example.org",
            responsible=mother,
        )

        confirmation = citizen_books.book(slots, paris(MONDAY, 9), **LEO)

        assert template_of(confirmation) == "my_appointment_booked"
        assert leo().contact == leo()
        booked = Message.objects.get(kind=Message.Kind.BOOKED, audience=Message.Audience.CITIZEN)
        assert booked.recipient == "camille@example.org"

    def test_nobody_stays_in_the_session(self, client, citizen_books, slots):
        citizen_books.book(slots, paris(MONDAY, 9), **LEO)

        assert "Léo" not in str(dict(client.session.items()))
        assert "Léo" not in text_of(citizen_books.take(slots, paris(MONDAY, 10)))


class TestTellsNobody:
    """Whether a person is known, or has a relative of this name."""

    @pytest.fixture
    def known(self, organization):
        camille = make_citizen(
            organization=organization, first_name="Camille", last_name="Dupont", email="camille@example.org"
        )
        return make_citizen(
            organization=organization, first_name="Léo", last_name="Dupont", email="", responsible=camille
        )

    def test_before_the_code(self, citizen_books, client_of_somebody_else, who, second, known):
        of_another = type(citizen_books)(client_of_somebody_else)

        answers = [
            without_tokens(visitor.say_who(who, **LEO | {"relative_first_name": name})).replace(name, "…")
            for visitor, name in ((citizen_books, "Léo"), (of_another, "Lia"))
        ]

        assert "Votre code à six chiffres" in answers[0]
        assert answers[0] == answers[1]

    def test_who_names_the_child_of_somebody_else(self, citizen_books, slots, territory, known):
        """With a contact of their own: the child stays whose it is, and no RDV shows to the other one."""
        citizen_books.book(slots, paris(MONDAY, 9), **LEO, first_name="Ali", email="ali@example.org")

        booked = Participation.objects.select_related("citizen__responsible").get().citizen
        assert (booked == known, booked.responsible.email) == (False, "ali@example.org")
        assert not participations_of_contact(territory, Contact(email="camille@example.org"), now=NOW).exists()


class TestSaysForWhom:
    def test_before_the_code_is_typed(self, citizen_books, who):
        code = citizen_books.say_who(who, **LEO)

        assert {"label": "Pour", "value": "Léo DUPONT", "url": who} in code.context["choices"]
        assert "Léo DUPONT" in text_of(code)

    def test_after_it_and_on_every_page_of_the_link(self, client, citizen_books, slots):
        booked = citizen_books.book(slots, NEXT_MONDAY, **LEO)
        token = link_of(Participation.objects.get())

        assert "Léo D." in text_of(booked)
        for name in ("my_appointment", "my_appointment_move", "my_appointment_cancel"):
            page = client.get(reverse(f"booking_portal:{name}", args=[token]))
            assert template_of(page) == name
            assert "Léo D." in text_of(page)

    def test_in_english(self, client, citizen_books, who):
        client.post(reverse("set_language"), {"language": "en", "next": "/"})
        assert "Who is this appointment for?" in text_of(client.get(who))

        refused = citizen_books.say_who(who, for_whom="relative")
        assert "Enter your relative's first name." in text_of(refused)

        code = citizen_books.say_who(who, **LEO)
        assert {"label": "For", "value": "Léo DUPONT", "url": who} in code.context["choices"]


class TestForAnother:
    """The same visitor, the same slot, at the same moment: each person has an RDV of their own."""

    def test_on_the_slot_that_is_left(self, client, citizen_books, who, second):
        citizen_books.type_code(address_of(citizen_books.say_who(who, **LEO)))

        # From the page that is still in the browser's history.
        code = citizen_books.say_who(who, **MIA)
        assert template_of(code) == "code"
        confirmation = citizen_books.type_code(address_of(code))

        assert "Mia" in text_of(confirmation)
        assert sorted(str(each.citizen) for each in Participation.objects.all()) == ["Léo DUPONT", "Mia DUPONT"]
        assert Appointment.objects.count() == 2
        assert Citizen.objects.filter(responsible=leo().responsible).count() == 2

    def test_where_none_is_left_the_nearest_are_offered(self, citizen_books, who):
        citizen_books.type_code(address_of(citizen_books.say_who(who, **LEO)))

        answer = citizen_books.say_who(who, **MIA)

        assert template_of(answer) == "slot_taken"
        assert Appointment.objects.count() == 1

    def test_but_not_for_the_same_one_twice(self, citizen_books, who, second):
        booked = citizen_books.type_code(address_of(citizen_books.say_who(who, **LEO)))

        again = citizen_books.say_who(who, **LEO | {"relative_first_name": "LEO"})

        assert address_of(again) == address_of(booked)
        assert Appointment.objects.count() == 1

    def test_and_the_form_leads_to_what_was_booked(self, client, citizen_books, who, second):
        booked = citizen_books.type_code(address_of(citizen_books.say_who(who, **LEO)))

        assert address_of(citizen_books.open(who)) == address_of(booked)

    def test_a_child_and_then_oneself(self, citizen_books, who, second):
        citizen_books.type_code(address_of(citizen_books.say_who(who, **LEO)))

        citizen_books.type_code(address_of(citizen_books.say_who(who)))

        assert sorted(str(each.citizen) for each in Participation.objects.all()) == ["Camille DUPONT", "Léo DUPONT"]
        assert Citizen.objects.count() == 2


class TestTakenAtTheLastMoment:
    def test_nothing_of_the_relative_is_lost(self, citizen_books, motif, who):
        code = citizen_books.say_who(who, **LEO)
        release_hold(visitor_key=Hold.objects.get().visitor_key, now=NOW)
        book_appointment(
            demand=Demand(motif),
            starts_at=paris(MONDAY, 9),
            location_id=None,
            attendees=[Attendee(make_citizen(organization=motif.organization))],
            actor=CITIZEN,
            now=NOW,
        )

        taken = citizen_books.type_code(address_of(code))

        assert template_of(taken) == "slot_taken"
        assert not Citizen.objects.filter(last_name="Dupont").exists()
        again = citizen_books.take(taken.context["action_url"], taken.context["nearest"][0].starts_at)
        form = again.context["form"]
        assert [form[name].value() for name in ("for_whom", "relative_first_name")] == ["relative", "Léo"]
        # Proven once.
        confirmation = citizen_books.say_who(address_of(again), **LEO)
        assert template_of(confirmation) == "my_appointment_booked"
        assert Participation.objects.filter(citizen=leo()).count() == 1


class TestMessages:
    """All of them go to who answers for the relative, and name the relative."""

    @pytest.fixture
    def token(self, citizen_books, slots):
        """Of an RDV on the next Monday, which can still be changed."""
        citizen_books.book(slots, NEXT_MONDAY, **LEO)
        return link_of(Participation.objects.get())

    def told(self, kind):
        return Message.objects.get(kind=kind, audience=Message.Audience.CITIZEN)

    def test_of_a_move_by_the_link(self, client, token):
        client.post(
            reverse("booking_portal:my_appointment_move", args=[token]),
            {"debut": (NEXT_MONDAY + timedelta(hours=1)).isoformat()},
        )

        assert self.told(Message.Kind.MOVED).recipient == "camille@example.org"
        assert "Léo" in self.told(Message.Kind.MOVED).body

    def test_of_a_cancellation_by_the_link(self, client, token):
        client.post(reverse("booking_portal:my_appointment_cancel", args=[token]))

        assert self.told(Message.Kind.CANCELLED_BY_CITIZEN).recipient == "camille@example.org"

    def test_that_remind(self, token):
        queue_due_reminders(now=NEXT_MONDAY - timedelta(hours=5))

        assert self.told(Message.Kind.REMINDER).recipient == "camille@example.org"
        assert "Léo" in self.told(Message.Kind.REMINDER).body

    def test_with_an_event_for_the_calendar(self, smtp_server, token):
        deliver(message_id=self.told(Message.Kind.BOOKED).pk, now=NOW)

        (received,) = smtp_server.messages
        assert "camille@example.org" in received["To"]
        assert "text/calendar" in [part.get_content_type() for part in received.walk()]

    def test_go_to_another_contact_once_it_is_corrected_by_the_link(self, token):
        participation = Participation.objects.get()
        correct_contact_of(
            participation=participation,
            field="email",
            value="nouvelle@example.org",
            proven="camille@example.org",
            actor=CITIZEN,
            now=NOW,
        )

        queue_due_reminders(now=NEXT_MONDAY - timedelta(hours=5))

        assert self.told(Message.Kind.REMINDER).recipient == "nouvelle@example.org"
        assert leo().email == ""
        assert leo().responsible.email == "nouvelle@example.org"


def test_my_appointments_list_those_of_the_relatives(citizen_books, slots, territory):
    citizen_books.book(slots, paris(MONDAY, 9), **LEO)
    citizen_books.book(slots, paris(MONDAY, 10), **MIA)
    citizen_books.book(slots, paris(MONDAY, 11))

    found = participations_of_contact(territory, Contact(email="camille@example.org"), now=NOW)

    assert [each.person for each in listed_appointments(found, now=NOW)] == ["Léo D.", "Mia D.", "Camille D."]


class TestWorkshops:
    @pytest.fixture
    def workshop(self, organization):
        motif = make_motif(organization=organization, slug="atelier", is_collective=True)
        return make_workshop(motif=motif, seats=2, starts_at=paris(TUESDAY, 9))

    @pytest.fixture
    def register(self, client, citizen_books, workshop, territory):
        def register(**changes):
            dates = step_url("workshop_choice", territory, motif="atelier", mode="atelier-sur-place")
            who = client.post(dates, {"atelier": workshop.pk}, follow=True)
            return citizen_books.type_code(address_of(citizen_books.say_who(address_of(who), **changes)))

        return register

    def test_two_children_have_two_seats_and_two_links(self, register, workshop):
        booked = [register(**LEO), register(**MIA)]

        assert [template_of(each) for each in booked] == ["my_appointment_booked"] * 2
        assert len({address_of(each) for each in booked}) == 2
        parts = Participation.objects.filter(appointment=workshop).order_by("seat").select_related("citizen")
        assert [(str(each.citizen), each.seat) for each in parts] == [("Léo DUPONT", 1), ("Mia DUPONT", 2)]
        links = {
            message.body.split("/mon-rdv/")[1].split()[0]
            for message in Message.objects.filter(kind="booked", audience="citizen")
        }
        assert len(links) == 2

    def test_the_same_child_twice_is_told_so_and_led_to_their_seat(self, register, workshop):
        first = register(**LEO)

        again = register(**LEO)

        assert template_of(again) == "my_appointment"
        assert "Votre proche a déjà une place dans cet atelier" in text_of(again)
        assert "Léo D." in text_of(again)
        assert template_of(first) == "my_appointment_booked"
        assert Participation.objects.filter(appointment=workshop).count() == 1
