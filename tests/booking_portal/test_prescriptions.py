"""A prescriber books for somebody else: what is asked, who is told, and what they see of that person."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from booking_portal.identities import _COOKIE
from notifications.models import Message
from organizations.models import Prescriber
from scheduling.models import Appointment, CreatedBy, Hold
from tests.booking_portal.conftest import (
    AT_TEN,
    JEANNE,
    Prescribing,
    address_of,
    door,
    introduce,
    slot_url_of,
    step_url,
    template_of,
    text_of,
)
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_motif,
    make_opening,
    make_partner_type,
    make_territory,
    paris,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def motif(organization):
    return make_motif(
        organization=organization,
        name="Accès aux droits",
        slug="acces-aux-droits",
        booking_audience="prescribers",
        instructions_after="Apportez vos papiers.",
    )


class TestWay:
    def test_from_the_slot_to_the_confirmation(self, prescriber, motif, opening):
        form = prescriber.reach(motif)
        assert template_of(form) == "beneficiary"
        assert "Pour qui est ce rendez-vous ?" in text_of(form)

        code = prescriber.say_who(address_of(form))
        assert template_of(code) == "prescriber_code"
        assert "jeanne@ccas.example" in text_of(code)

        page = prescriber.type_code(address_of(code))
        assert template_of(page) == "prescriber_booked"
        text = text_of(page)
        shown = (
            "C'est noté",
            "Camille DUPONT",
            "Accès aux droits",
            "lundi 2 mars 2026",
            "10 h",
            "Apportez vos papiers.",
        )
        assert [words for words in shown if words not in text] == []
        assert "/mon-rdv/" not in text

        appointment = Appointment.objects.get()
        assert appointment.created_by_kind == CreatedBy.PRESCRIBER
        assert appointment.prescriber.email == "jeanne@ccas.example"
        assert appointment.prescriber.introduced == "Jeanne DUPONT (CCAS d'Arras)"
        assert appointment.participations.get().citizen.email == "camille@example.org"
        assert not Hold.objects.exists()

    def test_both_are_told_and_the_link_is_the_beneficiarys(self, prescriber, motif, opening):
        prescriber.prescribe(motif)

        told = {m.audience: m for m in Message.objects.filter(kind=Message.Kind.BOOKED)}
        assert told["prescriber"].recipient == "jeanne@ccas.example"
        assert "mon-rdv" not in told["prescriber"].body + told["prescriber"].link
        assert told["citizen"].recipient == "camille@example.org"
        assert "/mon-rdv/" in told["citizen"].link

    def test_the_code_goes_to_the_prescriber_alone(self, prescriber, motif, opening):
        prescriber.say_who(address_of(prescriber.reach(motif)), phone="06 12 34 56 78")

        assert [m.recipient for m in Message.objects.filter(kind=Message.Kind.CODE)] == ["jeanne@ccas.example"]

    def test_a_wrong_code_books_nothing(self, prescriber, motif, opening):
        code = prescriber.say_who(address_of(prescriber.reach(motif)))
        digits = str((int(prescriber.code()) + 1) % 10**6).zfill(6)

        answer = prescriber.type_code(address_of(code), digits)

        assert answer.status_code == 422
        assert "Ce n'est pas le code" in text_of(answer)
        assert not Appointment.objects.exists()
        assert not Prescriber.objects.exists()

    def test_once_proven_the_device_is_not_asked_again_for_a_while(self, prescriber, motif, opening, client):
        prescriber.prescribe(motif)
        page = prescriber.prescribe(motif, paris(MONDAY, 11), first_name="Lou")

        assert template_of(page) == "prescriber_booked"
        assert "Lou DUPONT" in text_of(page)
        assert Message.objects.filter(kind=Message.Kind.CODE).count() == 1
        assert Appointment.objects.count() == 2
        assert Prescriber.objects.count() == 1

    def test_another_e_mail_is_to_be_proven_anew(self, prescriber, motif, opening, client, territory):
        prescriber.prescribe(motif)
        introduce(client, territory, email="paul@ccas.example")
        form = prescriber.take(slot_url_of(motif, pour="autrui"), paris(MONDAY, 11))

        assert template_of(prescriber.say_who(address_of(form))) == "prescriber_code"

    def test_the_proof_is_of_this_device_alone(self, prescriber, motif, opening, client_of_somebody_else):
        prescriber.prescribe(motif)
        other = Prescribing(client_of_somebody_else)
        form = other.reach(motif, paris(MONDAY, 11))

        assert template_of(other.say_who(address_of(form))) == "prescriber_code"

    @pytest.mark.parametrize(
        ("fields", "asked", "typed", "missing"),
        [
            ({"location_kind": "phone"}, "La personne sera appelée", {"phone": "0321000000"}, "Indiquez le numéro"),
            ({"location_kind": "home"}, "Adresse du rendez-vous", {"address": "3 rue des Lilas"}, "Indiquez l'adresse"),
        ],
        ids=["phone", "home"],
    )
    def test_a_motif_asks_for_what_it_needs(self, prescriber, organization, now, fields, asked, typed, missing):
        motif = make_motif(organization=organization, booking_audience="prescribers", **fields)
        make_opening(motifs=[motif], location=None)
        form = prescriber.reach(motif)
        assert asked in text_of(form)
        assert missing in text_of(prescriber.say_who(address_of(form)))

        page = prescriber.type_code(address_of(prescriber.say_who(address_of(form), **typed)))

        appointment = Appointment.objects.get()
        assert str(appointment.phone or appointment.address) in {"+33321000000", "3 rue des Lilas"}
        assert next(iter(typed.values())) in text_of(page).replace("03 21 00 00 00", "0321000000")

    def test_somebody_without_any_contact_is_booked_and_the_page_says_that_nobody_writes_to_them(
        self, prescriber, motif, opening
    ):
        page = prescriber.prescribe(motif, email="")

        assert "Aucun message n'ira à cette personne" in text_of(page)
        assert not Message.objects.filter(audience="citizen").exclude(kind=Message.Kind.CODE).exists()
        assert Message.objects.filter(audience="prescriber").count() == 1

    def test_a_landline_gets_no_message_either(self, prescriber, motif, opening):
        assert "Aucun message n'ira" in text_of(prescriber.prescribe(motif, email="", phone="03 21 00 00 00"))

    def test_a_lost_slot_keeps_what_was_typed(self, prescriber, motif, opening):
        form = prescriber.reach(motif)
        code = prescriber.say_who(address_of(form))
        digits = prescriber.code()
        make_appointment(calendar=opening.calendar, motif=motif, starts_at=AT_TEN)  # Agents are not held off.

        lost = prescriber.type_code(address_of(code), digits)
        assert template_of(lost) == "slot_taken"

        again = prescriber.take(lost.context["action_url"], lost.context["nearest"][0].starts_at)
        assert template_of(again) == "beneficiary"
        assert 'value="Camille"' in text_of(again)
        assert template_of(prescriber.say_who(address_of(again))) == "prescriber_booked"  # The code was right.

    def test_the_trap_catches_robots(self, prescriber, motif, opening):
        assert prescriber.say_who(address_of(prescriber.reach(motif)), website="x").status_code == 422

    def test_a_double_click_books_once(self, prescriber, motif, opening, client):
        code = prescriber.say_who(address_of(prescriber.reach(motif)))
        first = prescriber.type_code(address_of(code))
        again = prescriber.type_code(address_of(code), "123456")

        assert Appointment.objects.count() == 1
        assert address_of(first) == address_of(again)
        assert template_of(again) == "prescriber_booked"

    def test_the_steps_cost_a_fixed_number_of_queries(self, prescriber, motif, opening, client, assert_query_count):
        url = address_of(prescriber.reach(motif))

        with assert_query_count("beneficiary"):
            client.get(url)
        page = prescriber.say_who(url)
        with assert_query_count("prescriber_code"):
            client.get(address_of(page))
        booked = prescriber.type_code(address_of(page))
        with assert_query_count("prescriber_booked"):
            client.get(address_of(booked))


class TestTwoWays:
    def test_the_citizens_form_is_not_that_of_prescribers(self, prescriber, motif, opening, client):
        url = address_of(prescriber.reach(motif)).replace("reserver/beneficiaire", "reserver/vous")

        for answer in (client.get(url, follow=True), client.post(url, prescriber.person, follow=True)):
            assert template_of(answer) == "beneficiary"
        assert not Message.objects.exists()

    def test_nor_theirs_that_of_citizens(self, citizen_books, organization, now, client, territory):
        motif = make_motif(organization=organization)
        make_opening(motifs=[motif])
        introduce(client, territory)
        url = address_of(citizen_books.take(slot_url_of(motif), AT_TEN)).replace("/vous/", "/beneficiaire/")

        answer = client.post(url, citizen_books.person, follow=True)

        assert template_of(answer) == "who"
        assert not Appointment.objects.exists()

    def test_a_citizen_does_not_book_what_is_for_prescribers_by_any_address(self, citizen_books, motif, opening):
        answer = citizen_books.client.get(
            step_url(
                "who", motif.organization.territory, motif=motif.slug, mode="sur-place", debut="2026-03-02T09:00Z"
            ),
            follow=True,
        )

        assert template_of(answer) != "who"

    def test_forgotten_on_the_way_they_are_asked_again_and_come_back(self, prescriber, motif, opening, client):
        url = address_of(prescriber.reach(motif))
        del client.cookies[_COOKIE]

        page = client.post(url, prescriber.person, follow=True)
        assert template_of(page) == "prescriber_identity"
        assert template_of(client.post(address_of(page), JEANNE, follow=True)) == "beneficiary"


class TestConfirmation:
    def test_is_of_its_session_alone(self, prescriber, motif, opening, client_of_somebody_else):
        page = prescriber.prescribe(motif)

        answer = client_of_somebody_else.get(address_of(page), follow=True)

        assert template_of(answer) == "prescriber_identity"
        assert "Camille" not in text_of(answer)

    def test_is_shown_for_half_an_hour(self, prescriber, motif, opening, client):
        page = prescriber.prescribe(motif)
        with time_machine.travel(NOW + timedelta(minutes=31), tick=False):
            answer = client.get(address_of(page), follow=True)

        assert "n'est plus affichée ici" in text_of(answer)
        assert "Camille" not in text_of(answer)

    @pytest.mark.parametrize("forged", ["", "x", "0", "\0", "9" * 3000])
    def test_nothing_for_a_guess(self, prescriber, motif, opening, client, territory, forged):
        prescriber.prescribe(motif)

        answer = client.get(step_url("prescriber_booked", territory, rdv=forged), follow=True)

        assert template_of(answer) == "prescriber_identity"

    def test_cancelled_meanwhile_it_says_so(self, prescriber, motif, opening, client):
        page = prescriber.prescribe(motif)
        Appointment.objects.update(status="cancelled_by_citizen")

        assert "n'a plus lieu" in text_of(client.get(address_of(page)))

    def test_in_another_territory_it_is_not_found(self, prescriber, motif, opening, client):
        page = prescriber.prescribe(motif)
        key = address_of(page).partition("rdv=")[2]

        answer = client.get(step_url("prescriber_booked", make_territory(), rdv=key), follow=True)

        assert "Camille" not in text_of(answer)


def test_the_refusal_of_a_motif_leads_back_to_the_start(prescriber, motif, opening):
    """It was theirs when they chose it."""
    code = prescriber.say_who(address_of(prescriber.reach(motif)))
    kind = make_partner_type(territory=motif.organization.territory)
    motif.partner_types.set([kind])

    answer = prescriber.type_code(address_of(code))

    assert "Ce motif n'est pas proposé en ligne" in text_of(answer)
    assert not Appointment.objects.exists()


def test_a_type_deleted_meanwhile_is_asked_for_anew(client, territory, motif, opening, prescriber):
    kind, other = (make_partner_type(territory=territory) for _ in range(2))
    introduce(client, territory, partner_type=str(kind.pk))
    form = prescriber.take(slot_url_of(motif, pour="autrui"), AT_TEN)
    code = prescriber.say_who(address_of(form))
    kind.delete()

    answer = prescriber.type_code(address_of(code))

    assert template_of(answer) == "prescriber_identity"
    assert "Votre type de partenaire n'existe plus" in text_of(answer)
    fixed = client.post(address_of(answer), JEANNE | {"partner_type": str(other.pk)}, follow=True)
    assert template_of(fixed) == "beneficiary"
    assert 'value="Camille"' in text_of(fixed)
    assert reverse("booking_portal:prescriber_identity", args=[territory.slug]) in door(territory)
