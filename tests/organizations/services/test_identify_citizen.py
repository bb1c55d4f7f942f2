from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection, transaction

from organizations.exceptions import CitizenUnreachable
from organizations.models import Citizen
from organizations.services.citizens import identify_citizen
from tests.factories import make_citizen, make_organization


def identify(organization, **fields):
    return identify_citizen(
        **{
            "organization": organization,
            "first_name": "Zoé",
            "last_name": "Étienne",
            "proven_email": "zoe@example.org",
            "email": "zoe@example.org",
        }
        | fields
    )


@pytest.mark.django_db
class TestIsRecognised:
    @pytest.fixture
    def organization(self):
        return make_organization()

    @pytest.fixture
    def known(self, organization):
        return make_citizen(
            organization=organization, first_name="Zoé", last_name="Étienne", email="zoe@example.org", phone=""
        )

    def test_by_name_and_proven_contact_however_they_are_typed(self, organization, known):
        assert identify(organization, first_name="zoe", last_name="ETIENNE", proven_email="Zoe@Example.org") == known

    def test_not_by_a_contact_that_was_only_typed(self, organization, known):
        stranger = identify(organization, proven_email="", proven_phone="+33612345678", phone="+33612345678")

        assert stranger != known

    def test_not_in_another_territory(self, known):
        assert identify(make_organization()) != known

    def test_not_with_another_birth_date(self, organization, known):
        known.birth_date = date(1980, 1, 1)
        known.save()

        assert identify(organization, birth_date=date(2010, 1, 1)) != known

    def test_and_only_blanks_are_filled(self, organization, known):
        known = identify(organization, email="other@example.org", phone="+33612345678")

        assert (known.email, str(known.phone)) == ("zoe@example.org", "+33612345678")


@pytest.mark.django_db
def test_a_new_citizen_has_the_contact_that_was_proven():
    citizen = identify(make_organization(), email="")

    assert citizen.email == "zoe@example.org"


@pytest.mark.django_db
def test_somebody_without_a_proven_contact_is_refused():
    with pytest.raises(CitizenUnreachable):
        identify(make_organization(), proven_email="")


@pytest.mark.django_db(transaction=True)
def test_somebody_new_who_books_twice_at_once_becomes_one_citizen():
    organization = make_organization()
    barrier = Barrier(4)

    def book(_):
        try:
            barrier.wait()
            with transaction.atomic():
                return identify(organization)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        citizens = set(pool.map(book, range(4)))

    assert len(citizens) == Citizen.objects.count() == 1
