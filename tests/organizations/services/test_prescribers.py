"""Who books for somebody else: known to a territory by their e-mail."""

from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from organizations.exceptions import EntryGone
from organizations.models import PartnerType, Prescriber
from organizations.services.prescribers import remember_prescriber
from organizations.services.territory_lists import delete_entry
from tests.factories import make_partner_type, make_prescriber, make_territory

pytestmark = pytest.mark.django_db


def test_the_same_e_mail_in_any_case_is_the_same_prescriber_as_they_introduce_themselves_today():
    territory = make_territory()
    kind = make_partner_type(territory=territory)
    first = make_prescriber(territory=territory, email="Jeanne.Dupont@CCAS.example", structure="CCAS")

    again = remember_prescriber(
        territory=territory,
        email=" jeanne.dupont@ccas.example ",
        first_name="Jeanne",
        last_name="Dupont-Lajoie",
        phone="+33321000000",
        structure="Mission locale",
        partner_type=kind,
    )

    assert again == first
    stored = Prescriber.objects.get()
    assert (stored.email, stored.last_name, stored.partner_type) == (
        "jeanne.dupont@ccas.example",
        "Dupont-Lajoie",
        kind,
    )
    assert stored.introduced == "Jeanne DUPONT-LAJOIE (Mission locale)"


def test_each_territory_knows_its_own():
    one, other = (make_prescriber(email="jeanne@ccas.example") for _ in range(2))

    assert one != other
    assert list(Prescriber.objects.for_territory(one.territory)) == [one]


def test_without_a_structure_the_name_is_enough():
    assert make_prescriber(first_name="Jeanne", last_name="Dupont").introduced == "Jeanne DUPONT"


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"email": "Jeanne@CCAS.example"}, "prescriber_email_in_lower_case"),
        ({"email": ""}, "prescriber_email_in_lower_case"),
    ],
)
def test_the_database_keeps_e_mails_alike(changes, constraint):
    prescriber = make_prescriber()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Prescriber.objects.filter(pk=prescriber.pk).update(**changes)


def test_the_database_keeps_one_for_each_e_mail():
    prescriber = make_prescriber()
    other = make_prescriber(territory=prescriber.territory)

    with pytest.raises(IntegrityError, match="prescriber_once_per_email"), transaction.atomic():
        Prescriber.objects.filter(pk=other.pk).update(email=prescriber.email)


def test_the_type_of_partner_is_of_the_same_territory():
    prescriber = make_prescriber()

    with pytest.raises(IntegrityError, match="prescriber_partner_type_of_their_territory"), transaction.atomic():
        Prescriber.objects.filter(pk=prescriber.pk).update(partner_type=make_partner_type())
        connection.check_constraints()


def test_a_type_of_partner_that_only_prescribers_have_may_be_deleted():
    kind = make_partner_type()
    prescriber = make_prescriber(territory=kind.territory, partner_type=kind)

    delete_entry(entry=kind)

    prescriber.refresh_from_db()
    assert prescriber.partner_type is None


def test_a_type_of_partner_that_is_gone_is_not_given():
    kind = make_partner_type()
    PartnerType.objects.filter(pk=kind.pk).delete()

    with pytest.raises(EntryGone):
        make_prescriber(territory=kind.territory, partner_type=kind)


@pytest.mark.django_db(transaction=True)
def test_two_first_bookings_at_once_make_one_prescriber():
    territory, start, found = make_territory(), Barrier(2), []

    def book():
        start.wait()
        try:
            found.append(make_prescriber(territory=territory, email="jeanne@ccas.example").pk)
        finally:
            connection.close()

    threads = [Thread(target=book) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert len(set(found)) == 1
