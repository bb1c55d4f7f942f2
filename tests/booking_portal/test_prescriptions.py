"""A prescriber books for somebody else: what is asked, who is told, and what they see of that person."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from booking_portal.exceptions import NotForPrescribers, PartnerTypeGone, TooManyPrescriptions
from booking_portal.identities import _COOKIE, PROVEN_FOR, Identity
from booking_portal.services import prescriptions
from booking_portal.services.bookings import Person
from booking_portal.services.prescriptions import confirm_prescribed_registration, confirm_prescription
from notifications.exceptions import CodeExpired
from notifications.models import Message
from organizations.models import Citizen, Motif, Prescriber
from scheduling.exceptions import AppointmentFull
from scheduling.models import Appointment, CreatedBy, Hold, Participation
from scheduling.selectors.slots import Demand
from tests.booking_portal.conftest import Booking, address_of, slot_url_of, step_url, template_of, text_of
from tests.booking_portal.test_prescribers import JEANNE, door, introduce
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    make_participation,
    make_partner_type,
    make_prescriber,
    make_territory,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

AT_TEN = paris(MONDAY, 10)


class Prescribing(Booking):
    """The way of one prescriber, over HTTP."""

    def reach(self, motif, starts_at=AT_TEN):
        introduce(self.client, motif.organization.territory)
        return self.take(slot_url_of(motif, pour="autrui"), starts_at)

    def prescribe(self, motif, starts_at=AT_TEN, **changes):
        """All of it; the answer is the confirmation page."""
        page = self.say_who(address_of(self.reach(motif, starts_at)), **changes)
        return self.type_code(address_of(page)) if template_of(page) == "prescriber_code" else page


@pytest.fixture
def prescriber(client, now):
    return Prescribing(client)


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


class TestRecords:
    """Nobody proves anything of the beneficiary: nothing known of them shows or changes."""

    @pytest.fixture
    def known(self, organization):
        return make_citizen(
            organization=organization,
            first_name="Camille",
            last_name="Dupont",
            birth_date="1980-05-12",
            email="camille@example.org",
            phone="",
            address="12 rue Secrète",
        )

    def citizen(self):
        return Participation.objects.get().citizen

    def test_all_the_same_it_is_the_record_known(self, prescriber, motif, opening, known):
        prescriber.prescribe(motif, first_name="camille", last_name="DUPONT", email="Camille@Example.org")

        assert self.citizen() == known

    @pytest.mark.parametrize(
        "typed",
        [
            {"birth_date": ""},
            {"birth_date": "13/05/1980"},
            {"first_name": "Camil"},
            {"email": "", "phone": ""},
            {"email": "autre@example.org"},
        ],
        ids=["no birth date", "another birth date", "another name", "no contact", "another contact"],
    )
    def test_else_it_is_a_new_one(self, prescriber, motif, opening, known, typed):
        prescriber.prescribe(motif, **typed)

        assert self.citizen() != known

    def test_with_one_contact_the_same_and_another_that_is_not(self, prescriber, motif, opening, known):
        Citizen.objects.filter(pk=known.pk).update(phone="+33612345678")
        prescriber.prescribe(motif, phone="06 99 99 99 99")

        assert self.citizen() != known

    def test_with_a_contact_that_somebody_typed_beside_their_own(self, prescriber, motif, opening, known):
        """Whoever made that record would get what is sent about the person."""
        Citizen.objects.filter(pk=known.pk).update(phone="+33612345678", only_typed=["+33612345678"])
        prescriber.prescribe(motif, email="", phone="06 12 34 56 78")

        assert self.citizen() != known
        assert self.citizen().only_typed == ["+33612345678"]

    def test_without_a_birth_date_on_the_record(self, prescriber, motif, opening, known):
        Citizen.objects.filter(pk=known.pk).update(birth_date=None)
        prescriber.prescribe(motif)

        assert self.citizen() != known

    def test_of_another_territory_it_is_never(self, prescriber, motif, opening):
        other = make_citizen(
            organization=make_organization(),
            first_name="Camille",
            last_name="Dupont",
            birth_date="1980-05-12",
            email="camille@example.org",
        )
        prescriber.prescribe(motif)

        assert self.citizen() != other

    def test_nothing_of_it_is_filled_nor_written_over(self, prescriber, motif, opening, known):
        before = Citizen.objects.filter(pk=known.pk).values().get()
        prescriber.prescribe(motif, first_name="CAMILLE", phone="06 12 34 56 78")

        assert self.citizen() == known
        assert Citizen.objects.filter(pk=known.pk).values().get() == before

    def test_the_answer_is_the_same_and_nothing_of_it_shows(self, prescriber, motif, opening, known):
        first = text_of(prescriber.prescribe(motif))
        assert self.citizen() == known
        Participation.objects.update(citizen=make_citizen(organization=motif.organization))
        Citizen.objects.filter(pk=known.pk).update(last_name="Durand")

        again = text_of(Prescribing(Client()).prescribe(motif, paris(MONDAY, 11)))

        assert "Secrète" not in first + again
        assert _without_what_differs(first) == _without_what_differs(again)

    def test_merged_it_is_the_one_that_stands(self, prescriber, motif, opening, known, organization):
        kept = make_citizen(organization=organization)
        Citizen.objects.filter(pk=known.pk).update(merged_into=kept)
        prescriber.prescribe(motif)

        assert self.citizen() == kept


def _without_what_differs(text):
    text = re.sub(r"\b1[01] h", "", text)
    return re.sub(r'(name="(csrfmiddlewaretoken|next)" value|"X-CSRFToken":) ?"?=?"[^"]+"', "", text).replace("  ", " ")


PERSON = Person(first_name="Lou", last_name="Petit", email="lou@example.org")


def identity(**fields):
    given = {"first_name": "Jeanne", "last_name": "Dupont", "email": "jeanne@ccas.example", "structure": "CCAS"}
    return Identity(**given | {"proven_at": NOW.isoformat()} | fields)


class TestService:
    """It refuses by itself, whatever page led to it."""

    @pytest.fixture
    def book(self, motif, opening):
        def book(motif=motif, at=AT_TEN, key="5f1c6f0e-6f5c-4d51-a3a6-2f38a9ce9d11", **fields):
            return confirm_prescription(
                demand=Demand(motif),
                starts_at=at,
                location_id=opening.location_id,
                code="",
                visitor_key="0d1c6f0e-6f5c-4d51-a3a6-2f38a9ce9d22",
                idempotency_key=key,
                language="fr",
                now=NOW,
                **{"person": PERSON, "identity": identity()} | fields,
            )

        return book

    @pytest.mark.parametrize(
        "closed", [{"booking_audience": Motif.BookingAudience.AGENTS}, {"archived_at": NOW}, {"is_follow_up": True}]
    )
    def test_a_motif_that_is_not_theirs_any_more(self, book, motif, closed):
        Motif.objects.filter(pk=motif.pk).update(**closed)

        with pytest.raises(NotForPrescribers):
            book()
        assert not Prescriber.objects.exists()
        assert not Citizen.objects.exists()

    def test_a_motif_of_other_partners(self, book, motif, territory):
        mine, theirs = make_partner_type(territory=territory), make_partner_type(territory=territory)
        motif.partner_types.set([theirs])

        for kind in (None, mine.pk):
            with pytest.raises(NotForPrescribers):
                book(identity=identity(partner_type_id=kind))
        assert book(identity=identity(partner_type_id=theirs.pk)).participation.prescriber.partner_type == theirs

    @pytest.mark.parametrize("gone", ["deleted", "foreign"])
    def test_a_type_of_partners_that_is_none_of_the_territory(self, book, motif, territory, gone):
        kind = make_partner_type(territory=territory if gone == "deleted" else None)
        pk = kind.pk
        if gone == "deleted":
            kind.delete()

        with pytest.raises(PartnerTypeGone):
            book(identity=identity(partner_type_id=pk))

    def test_fifty_a_day_and_no_more(self, book, motif, monkeypatch, organization):
        monkeypatch.setattr(prescriptions, "MOST_A_DAY", 2)
        mine = make_prescriber(territory=organization.territory, email="jeanne@ccas.example")
        workshop = make_workshop(organization=organization, seats=5)
        for _ in range(2):
            make_participation(workshop=workshop)
        workshop.participations.update(prescriber=mine, created_at=NOW - timedelta(hours=23))

        with pytest.raises(TooManyPrescriptions):
            book()
        workshop.participations.update(created_at=NOW - timedelta(hours=25))
        assert book()

    def test_a_request_repeated_books_once(self, book):
        assert book().participation == book().participation
        assert Participation.objects.count() == 1

    def test_an_old_proof_proves_nothing(self, book):
        with pytest.raises(CodeExpired):
            book(identity=identity(proven_at=(NOW - PROVEN_FOR).isoformat()))


class TestWorkshop:
    @pytest.fixture
    def workshop(self, organization, now):
        motif = make_motif(
            organization=organization,
            name="Atelier budget",
            slug="atelier-budget",
            is_collective=True,
            booking_audience="prescribers",
        )
        return make_workshop(motif=motif, title="Tenir son budget", seats=1)

    def register(self, prescriber, workshop, **changes):
        territory = workshop.organization.territory
        introduce(prescriber.client, territory)
        url = step_url("workshop_choice", territory, pour="autrui", motif="atelier-budget", mode="atelier-sur-place")
        waits = changes.pop("waits", False)
        form = prescriber.client.post(url, {"attente" if waits else "atelier": workshop.pk}, follow=True)
        page = prescriber.say_who(address_of(form), **changes)
        return prescriber.type_code(address_of(page)) if template_of(page) == "prescriber_code" else page

    def test_a_seat_says_who_gave_it(self, prescriber, workshop):
        page = self.register(prescriber, workshop)

        participation = workshop.participations.get()
        assert "l'inscription est confirmée" in text_of(page)
        assert participation.prescriber.email == "jeanne@ccas.example"
        assert participation.seat == 1
        assert {m.audience for m in Message.objects.filter(kind=Message.Kind.BOOKED)} >= {"prescriber", "citizen"}

    def test_full_it_offers_the_queue_with_what_was_typed(self, prescriber, workshop, client):
        make_participation(workshop=workshop)
        page = self.register(prescriber, workshop, waits=True)

        assert "en liste d'attente" in text_of(page)
        assert workshop.participations.waiting().get().prescriber is not None

    def test_of_who_is_registered_already_nothing_is_said_and_nothing_changes(self, prescriber, workshop):
        known = make_citizen(
            organization=workshop.organization,
            first_name="Camille",
            last_name="Dupont",
            birth_date="1980-05-12",
            email="camille@example.org",
        )
        Appointment.objects.filter(pk=workshop.pk).update(seats=2)
        before = make_participation(workshop=workshop, citizen=known)

        page = self.register(prescriber, workshop)

        assert "l'inscription est confirmée" in text_of(page)
        assert workshop.participations.get() == before
        assert workshop.participations.get().prescriber is None

    def test_nor_where_all_seats_are_taken(self, workshop, organization):
        known = make_citizen(
            organization=organization,
            first_name="Lou",
            last_name="Petit",
            birth_date="1990-01-01",
            email="lou@x.example",
        )
        make_participation(workshop=workshop, citizen=known)
        asked = {
            "workshop": Appointment.objects.select_related(
                "motif__organization__territory", "organization__territory", "location"
            ).get(pk=workshop.pk),
            "identity": identity(),
            "code": "",
            "visitor_key": "0d1c6f0e-6f5c-4d51-a3a6-2f38a9ce9d22",
            "idempotency_key": "5f1c6f0e-6f5c-4d51-a3a6-2f38a9ce9d11",
            "language": "fr",
            "now": NOW,
        }
        same = Person(first_name="Lou", last_name="Petit", birth_date=known.birth_date, email="lou@x.example")

        for person in (same, PERSON):
            with pytest.raises(AppointmentFull):
                confirm_prescribed_registration(person=person, may_wait=False, **asked)
        answers = [
            confirm_prescribed_registration(
                person=person,
                may_wait=True,
                **asked | {"idempotency_key": f"{number}" * 8 + "-6f5c-4d51-a3a6-2f38a9ce9d11"},
            ).waits
            for number, person in enumerate((same, PERSON))
        ]
        assert answers == [True, True]

    def test_a_motif_of_other_partners_is_refused(self, prescriber, workshop, territory):
        kinds = [make_partner_type(territory=territory) for _ in range(2)]
        workshop.motif.partner_types.set(kinds[:1])

        with pytest.raises(NotForPrescribers):
            confirm_prescribed_registration(
                workshop=workshop,
                person=PERSON,
                identity=identity(partner_type_id=kinds[1].pk),
                code="",
                may_wait=True,
                visitor_key="0d1c6f0e-6f5c-4d51-a3a6-2f38a9ce9d22",
                idempotency_key="5f1c6f0e-6f5c-4d51-a3a6-2f38a9ce9d11",
                language="fr",
                now=NOW,
            )


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
