from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection, transaction

from organizations.exceptions import CitizenUnreachable
from organizations.models import Citizen
from organizations.services.citizens import Named, identify_relative
from tests.factories import make_citizen, make_organization

LEO = Named("Léo", "Étienne")


def identify(organization, relative=LEO, **fields):
    """Zoé, who reads zoe@example.org, books for somebody."""
    return identify_relative(
        **{
            "relative": relative,
            "organization": organization,
            "first_name": "Zoé",
            "last_name": "Étienne",
            "proven_email": "zoe@example.org",
            "email": "zoe@example.org",
        }
        | fields
    )


@pytest.fixture
def organization(db):
    return make_organization()


@pytest.fixture
def zoe(organization):
    return make_citizen(organization=organization, first_name="Zoé", last_name="Étienne", email="zoe@example.org")


@pytest.fixture
def leo(organization, zoe):
    return make_citizen(organization=organization, first_name="Léo", last_name="Étienne", email="", responsible=zoe)


class TestSomebodyNew:
    def test_is_made_a_relative_of_who_proved_the_contact_and_has_none_of_their_own(self, organization, zoe):
        leo = identify(organization, Named("Léo", "Étienne", date(2015, 3, 1)))

        assert (str(leo), leo.birth_date, leo.responsible) == ("Léo ÉTIENNE", date(2015, 3, 1), zoe)
        assert (leo.email, str(leo.phone), leo.contact) == ("", "", zoe)

    def test_comes_with_somebody_responsible_who_is_new_too(self, organization):
        leo = identify(organization, phone="+33612345678")

        assert (leo.contact.email, str(leo.contact.phone)) == ("zoe@example.org", "+33612345678")
        assert Citizen.objects.count() == 2

    def test_needs_somebody_responsible_who_proved_a_contact(self, organization):
        with pytest.raises(CitizenUnreachable):
            identify(organization, proven_email="")
        assert not Citizen.objects.exists()


class TestKnown:
    def test_by_name_however_it_is_typed(self, organization, leo):
        assert identify(organization, Named("leo", "ETIENNE")) == leo

    def test_not_with_another_birth_date(self, organization, zoe, leo):
        leo.birth_date = date(2015, 3, 1)
        leo.save()

        other = identify(organization, Named("Léo", "Étienne", date(2019, 6, 1)))

        assert other != leo
        assert other.responsible == zoe

    def test_and_only_blanks_are_filled(self, organization, leo):
        assert identify(organization, Named("Léo", "Étienne", date(2015, 3, 1))) == leo
        assert identify(organization).birth_date == date(2015, 3, 1)

    def test_twice_is_once(self, organization):
        assert identify(organization) == identify(organization)
        assert Citizen.objects.count() == 2

    def test_whatever_record_it_was_merged_into(self, organization, zoe):
        kept = make_citizen(organization=organization, first_name="Léon", last_name="Étienne", responsible=zoe)
        make_citizen(territory=organization.territory, first_name="Léo", last_name="Étienne", merged_into=kept)

        assert identify(organization) == kept

    def test_with_the_record_into_which_that_of_the_responsible_was_merged(self, organization, zoe):
        """Its contact is another one; the former still leads to it."""
        kept = make_citizen(organization=organization, first_name="Zoé", last_name="Étienne", email="z@example.org")
        leo = make_citizen(organization=organization, first_name="Léo", last_name="Étienne", responsible=kept)
        zoe.merged_into = kept
        zoe.save()

        assert identify(organization) == leo

    def test_by_the_same_contact_of_their_own(self, organization, zoe):
        """As when they book themselves: two who share a mailbox, or a child for whom somebody booked as themselves."""
        leo = make_citizen(
            organization=organization, first_name="Léo", last_name="Étienne", email="zoe@example.org", phone=""
        )

        assert identify(organization) == leo
        leo.refresh_from_db()
        assert leo.responsible is None

    def test_never_as_who_books(self, organization, zoe):
        """A father and a son of one name, told apart by the birth date."""
        other = identify(organization, Named("Zoé", "Étienne", date(2015, 3, 1)))

        assert other != zoe
        assert other.responsible == zoe


class TestNobodyElsesRecord:
    """What a visitor types never reaches it: neither found, nor changed, nor told of anything."""

    def test_of_the_same_name_is_taken(self, organization, zoe):
        make_citizen(organization=organization, first_name="Léo", last_name="Étienne", email="leo@example.org")

        assert identify(organization).responsible == zoe

    def test_who_is_the_relative_of_somebody_else_with_the_same_contact_is_taken(self, organization, zoe):
        other = make_citizen(organization=organization, first_name="Ali", last_name="Étienne", email="ali@example.org")
        theirs = make_citizen(
            organization=organization,
            first_name="Léo",
            last_name="Étienne",
            email="zoe@example.org",
            responsible=other,
        )

        leo = identify(organization)

        assert (leo == theirs, leo.responsible) == (False, zoe)

    def test_of_another_territory_is_taken(self, leo):
        assert identify(make_organization()) != leo


class TestOfSomebodyWhoIsAnsweredFor:
    """The database refuses that they answer for others; they still read what is sent to them."""

    @pytest.fixture
    def mother(self, organization, zoe):
        mother = make_citizen(organization=organization, first_name="Ada", last_name="Étienne")
        zoe.responsible = mother
        zoe.save()
        return mother

    def test_has_the_proven_contact_as_their_own(self, organization, zoe, mother):
        leo = identify(organization)

        assert (leo.email, leo.contact) == ("zoe@example.org", leo)
        zoe.refresh_from_db()
        assert zoe.responsible == mother

    def test_or_the_phone(self, organization, zoe, mother):
        zoe.phone = "+33612345678"
        zoe.save()

        leo = identify(organization, proven_email="", proven_phone="+33612345678", phone="+33612345678")

        assert (leo.email, str(leo.phone), leo.responsible) == ("", "+33612345678", None)

    def test_is_found_again(self, organization, mother):
        assert identify(organization) == identify(organization)

    def test_is_not_the_relative_of_who_answers_for_them(self, organization, mother):
        theirs = make_citizen(
            organization=organization, first_name="Léo", last_name="Étienne", email="", responsible=mother
        )

        assert identify(organization) != theirs


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def together(self, *calls):
        barrier = Barrier(len(calls))

        def run(call):
            try:
                barrier.wait()
                with transaction.atomic():
                    return call()
            finally:
                connection.close()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(run, calls))

    def test_the_same_is_one_record(self):
        organization = make_organization()

        relatives = self.together(*[lambda: identify(organization)] * 4)

        assert len(set(relatives)) == 1
        assert Citizen.objects.count() == 2

    def test_by_two_contacts_of_one_person_too(self):
        organization = make_organization()
        zoe = make_citizen(
            organization=organization,
            first_name="Zoé",
            last_name="Étienne",
            email="zoe@example.org",
            phone="+33612345678",
        )

        def by_phone():
            return identify(organization, proven_email="", proven_phone="+33612345678", phone="+33612345678")

        relatives = self.together(*[lambda: identify(organization), by_phone] * 2)

        assert len(set(relatives)) == 1
        assert relatives[0].responsible == zoe

    def test_two_children_are_two(self):
        organization = make_organization()

        relatives = self.together(
            lambda: identify(organization), lambda: identify(organization, Named("Mia", "Étienne"))
        )

        assert len({relative.responsible for relative in relatives}) == 1
        assert Citizen.objects.count() == 3
