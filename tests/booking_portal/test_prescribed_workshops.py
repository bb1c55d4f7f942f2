"""A prescriber registers somebody for a workshop, or puts them in its queue."""

import pytest

from booking_portal.exceptions import NotForPrescribers
from booking_portal.services.bookings import Person
from booking_portal.services.prescriptions import confirm_prescribed_registration
from notifications.models import Message
from scheduling.exceptions import AppointmentFull
from scheduling.models import Appointment
from tests.booking_portal.conftest import (
    address_of,
    introduce,
    step_url,
    template_of,
    text_of,
)
from tests.booking_portal.test_prescription_service import PERSON, identity
from tests.factories import (
    NOW,
    make_citizen,
    make_motif,
    make_participation,
    make_partner_type,
    make_workshop,
)

pytestmark = pytest.mark.django_db


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
