"""How many RDVs of one motif somebody may have before them: said after the proof, to nobody else, and held in races."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from booking_portal.exceptions import ContactHasEnough, HasEnough
from booking_portal.services.bookings import Person, confirm_booking
from booking_portal.services.registrations import confirm_registration
from notifications.models import Message, OneTimeCode
from organizations.models import Citizen, Motif
from scheduling.models import Appointment, AppointmentStatus, Hold
from scheduling.selectors.slots import Demand
from scheduling.selectors.upcoming import contact_limit
from scheduling.services.actors import CITIZEN
from scheduling.services.appointments import cancel_appointment
from tests.booking_portal.conftest import address_of, slot_url_of, template_of, text_of
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_citizen,
    make_motif,
    make_opening,
    make_organization,
    make_workshop,
    paris,
)

CAMILLE = Person(first_name="Camille", last_name="Dupont", email="camille@example.org")


@pytest.fixture
def slots(motif, opening):
    return slot_url_of(motif)


def limit(motif, most):
    motif.max_upcoming = most
    motif.save(update_fields=["max_upcoming"])


def proven(territory, contact="camille@example.org", *, now=NOW):
    """The key of a visitor who typed a code from this contact a moment ago."""
    key = uuid4()
    OneTimeCode.objects.create(
        territory=territory,
        contact=contact,
        visitor_key=key,
        client_hash="here",
        code_hash="x",
        created_at=now,
        expires_at=now + timedelta(minutes=10),
        used_at=now,
    )
    return key


def book(motif, starts_at, person=CAMILLE, now=NOW):
    motif = Motif.objects.select_related("organization__territory").get(pk=motif.pk)
    return confirm_booking(
        demand=Demand(motif),
        starts_at=starts_at,
        location_id=None,
        person=person,
        code="",
        visitor_key=proven(motif.organization.territory, person.contact, now=now),
        idempotency_key=uuid4(),
        language="fr",
        now=now,
    )


@pytest.mark.django_db
class TestOnThePages:
    def test_the_third_is_refused_after_the_proof_with_a_way_on(self, client, citizen_books, motif, slots, territory):
        limit(motif, 2)
        for hour in (9, 10):
            citizen_books.book(slots, paris(MONDAY, hour))
        code = citizen_books.say_who(address_of(citizen_books.take(slots, paris(MONDAY, 11))))
        assert template_of(code) == "code"
        assert "déjà" not in text_of(code)

        response = citizen_books.type_code(address_of(code))

        assert response.status_code == 422
        text = text_of(response)
        assert "Vous avez déjà 2 rendez-vous à venir pour ce motif." in text
        assert f'href="/mes-rdv/{territory.slug}/"' in text
        assert Appointment.objects.count() == 2
        assert not Hold.objects.exists()
        assert 'value="Camille"' in text_of(client.get(response.context["who_url"]))

    def test_in_english(self, client, citizen_books, motif, slots):
        limit(motif, 1)
        citizen_books.book(slots, paris(MONDAY, 9))
        client.cookies["django_language"] = "en"

        response = citizen_books.book(slots, paris(MONDAY, 10))

        assert "You already have 1 upcoming appointment for this reason." in text_of(response)

    def test_once_one_is_cancelled_the_next_is_booked_without_another_code(self, client, citizen_books, motif, slots):
        limit(motif, 1)
        citizen_books.book(slots, paris(MONDAY, 9))
        refused = citizen_books.book(slots, paris(MONDAY, 10))
        cancel_appointment(
            appointment=Appointment.objects.get(), status=AppointmentStatus.CANCELLED_BY_CITIZEN, actor=CITIZEN, now=NOW
        )
        codes = Message.objects.filter(kind=Message.Kind.CODE).count()

        booked = citizen_books.say_who(refused.context["who_url"])

        assert template_of(booked) == "my_appointment_booked"
        assert Message.objects.filter(kind=Message.Kind.CODE).count() == codes

    def test_nobody_learns_of_it_without_the_proof(self, client, citizen_books, motif, slots):
        """Who types the name and contact of somebody at their limit sees what everybody sees."""
        limit(motif, 1)
        citizen_books.book(slots, paris(MONDAY, 9))
        pages = []
        for hour, email in ((10, "camille@example.org"), (11, "nobody@example.org")):
            client.cookies.clear()
            page = citizen_books.say_who(address_of(citizen_books.take(slots, paris(MONDAY, hour))), email=email)
            wrong = citizen_books.type_code(address_of(page), code="000000")
            pages.append([template_of(page), template_of(wrong), wrong.status_code])
            assert "à venir" not in text_of(wrong)

        assert pages[0] == pages[1]


@pytest.mark.django_db
class TestCounted:
    def test_only_what_is_to_come_of_this_motif_and_stands(self, motif, opening, organization):
        limit(motif, 1)
        citizen = make_citizen(
            organization=organization, first_name="Camille", last_name="Dupont", email="camille@example.org"
        )
        make_appointment(motif=motif, citizen=citizen, starts_at=NOW - timedelta(days=1))
        make_appointment(motif=make_motif(organization=organization), citizen=citizen, starts_at=paris(MONDAY, 9))
        cancelled = make_appointment(motif=motif, citizen=citizen, starts_at=paris(MONDAY, 14))
        cancel_appointment(appointment=cancelled, status=AppointmentStatus.CANCELLED_BY_AGENT, actor=CITIZEN, now=NOW)

        assert book(motif, paris(MONDAY, 9)).citizen == citizen
        with pytest.raises(HasEnough):
            book(motif, paris(MONDAY, 10))
        assert book(motif, paris(MONDAY, 10), now=paris(MONDAY, 9))  # The first has begun.

    def test_a_contact_has_as_many_as_a_family(self, motif, opening):
        limit(motif, 1)
        assert contact_limit(motif) == 5
        names = ["Ana", "Bea", "Cid", "Dan", "Eve", "Fay"]
        family = [Person(first_name=name, last_name="Roy", email="roy@example.org") for name in names]
        for number, person in enumerate(family[:5]):
            book(motif, paris(MONDAY, 9 + number // 2, 30 * (number % 2)), person)

        with pytest.raises(ContactHasEnough):
            book(motif, paris(MONDAY, 11, 30), family[5])

        assert not Citizen.objects.filter(first_name="Fay").exists()
        assert book(motif, paris(MONDAY, 11, 30), CAMILLE)

    def test_none_without_a_limit(self, motif, opening):
        limit(motif, None)
        for number in range(6):
            book(motif, paris(MONDAY, 9 + number // 2, 30 * (number % 2)))

        assert Appointment.objects.count() == 6

    def test_seats_of_workshops_count_and_the_same_one_again_is_known(self, organization, territory, now):
        motif = make_motif(
            organization=organization, is_collective=True, duration=timedelta(hours=1), booking_audience="everyone"
        )
        limit(motif, 1)
        first, second = (make_workshop(motif=motif, starts_at=paris(MONDAY, hour)) for hour in (9, 11))

        def register(workshop):
            workshop = Appointment.objects.select_related(
                "motif__organization__territory", "organization__territory"
            ).get(pk=workshop.pk)
            return confirm_registration(
                workshop=workshop,
                person=CAMILLE,
                code="",
                may_wait=True,
                visitor_key=proven(territory),
                idempotency_key=uuid4(),
                language="fr",
                now=NOW,
            )

        register(first)
        with pytest.raises(HasEnough):
            register(second)
        with pytest.raises(Exception, match="déjà inscrit"):
            register(first)


@pytest.mark.django_db
@pytest.mark.parametrize("most", [0, 51])
def test_the_database_knows_no_other_limits(motif, most):
    with pytest.raises(IntegrityError):
        limit(motif, most)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [["Camille"] * 6, ["Ana", "Bea", "Cid", "Dan", "Eve", "Fay"]])
def test_requests_at_once_do_not_exceed_it_together(names):
    """One person whose limit is one; then six names of one contact, who may have five."""
    motif = make_motif(organization=make_organization(), max_upcoming=1)
    make_opening(motifs=[motif])
    barrier = Barrier(len(names))

    def act(number):
        person = Person(first_name=names[number], last_name="Roy", email="roy@example.org")
        try:
            barrier.wait()
            return book(motif, paris(MONDAY, 9 + number // 2, 30 * (number % 2)), person)
        except (HasEnough, ContactHasEnough) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(names)) as pool:
        outcomes = list(pool.map(act, range(len(names))))

    booked = 1 if names[0] == "Camille" else 5
    assert sum(isinstance(outcome, HasEnough | ContactHasEnough) for outcome in outcomes) == 6 - booked
    assert Appointment.objects.count() == booked
