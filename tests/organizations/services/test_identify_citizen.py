from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection, transaction

from organizations.exceptions import CitizenUnreachable
from organizations.models import Citizen
from organizations.services.citizens import identify_citizen
from tests.factories import make_citizen, make_organization

PHONE = "+33612345678"


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

    def test_by_no_contact_that_somebody_else_typed_beside_their_own(self, organization):
        """Who books in Zoé's name with her number would get what is sent about her from then on."""
        stranger = identify(organization, email="me@example.org", proven_email="me@example.org", phone=PHONE)

        zoe = identify(organization, email="", proven_email="", phone=PHONE, proven_phone=PHONE)

        assert zoe != stranger
        assert (zoe.email, str(zoe.phone), zoe.only_typed) == ("", PHONE, [])
        # She is herself from then on, and the stranger, too.
        assert identify(organization, email="", proven_email="", phone=PHONE, proven_phone=PHONE) == zoe
        assert identify(organization, email="me@example.org", proven_email="me@example.org") == stranger

    def test_by_either_contact_of_who_types_both(self, organization):
        by_mail = identify(organization, phone=PHONE)
        assert by_mail.only_typed == [PHONE]

        by_phone = identify(organization, proven_email="", proven_phone=PHONE, phone=PHONE)

        assert by_phone == by_mail
        assert by_phone.only_typed == []
        # Both are proven now: each is enough.
        assert identify(organization, email="", proven_email="", proven_phone=PHONE, phone=PHONE) == by_mail

    def test_by_what_an_agent_wrote(self, organization, known):
        known.phone = PHONE
        known.save()

        assert identify(organization, email="", proven_email="", proven_phone=PHONE, phone=PHONE) == known

    def test_a_blank_that_is_filled_was_only_typed(self, organization, known):
        identify(organization, phone=PHONE)

        assert Citizen.objects.get(pk=known.pk).only_typed == [PHONE]
        assert identify(organization, email="", proven_email="", proven_phone=PHONE, phone=PHONE) != known

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
