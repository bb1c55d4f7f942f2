"""The service by which a prescriber books: it refuses by itself, whatever page led to it."""

from datetime import timedelta

import pytest

from booking_portal.exceptions import NotForPrescribers, PartnerTypeGone, TooManyPrescriptions
from booking_portal.identities import PROVEN_FOR, Identity
from booking_portal.services import prescriptions
from booking_portal.services.bookings import Person
from booking_portal.services.prescriptions import confirm_prescription
from notifications.exceptions import CodeExpired
from organizations.models import Citizen, Motif, Prescriber
from scheduling.models import Participation
from scheduling.selectors.slots import Demand
from tests.booking_portal.conftest import AT_TEN
from tests.factories import (
    NOW,
    make_motif,
    make_participation,
    make_partner_type,
    make_prescriber,
    make_workshop,
)

pytestmark = pytest.mark.django_db

PERSON = Person(first_name="Lou", last_name="Petit", email="lou@example.org")


def identity(**fields):
    given = {"first_name": "Jeanne", "last_name": "Dupont", "email": "jeanne@ccas.example", "structure": "CCAS"}
    return Identity(**given | {"proven_at": NOW.isoformat()} | fields)


@pytest.fixture
def motif(organization):
    return make_motif(organization=organization, booking_audience="prescribers")


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
