"""The record of somebody for whom a prescriber books: nobody proves anything of them."""

import re

import pytest
from django.test import Client

from organizations.models import Citizen
from scheduling.models import Participation
from tests.booking_portal.conftest import (
    Prescribing,
    text_of,
)
from tests.factories import (
    MONDAY,
    make_citizen,
    make_motif,
    make_organization,
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
