"""An organization is added or changed: one name in its territory, one address in the installation."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from organizations.exceptions import OrganizationRefused
from organizations.models import Invitation, Membership, Organization
from organizations.selectors.slugs import free_slug
from scheduling.services.organizations import change_organization, create_organization
from tests.factories import NOW, make_agent, make_organization, make_territory

pytestmark = pytest.mark.django_db


@pytest.fixture
def territory():
    return make_territory()


def add(territory, **fields):
    return create_organization(
        territory=territory, invited_by=make_agent(), now=NOW, **{"name": "Mairie", "slug": "mairie"} | fields
    )


def test_its_first_administrator_is_invited(territory):
    organization = add(territory, first_administrator="Maire@example.org")

    invitation = Invitation.objects.get()
    assert (invitation.organization, invitation.email) == (organization, "maire@example.org")
    assert invitation.role == Membership.Role.ADMIN


def test_nobody_is_invited_without_an_address(territory):
    add(territory)

    assert not Invitation.objects.exists()


def test_a_name_is_taken_in_its_territory_only(territory):
    add(territory)

    with pytest.raises(OrganizationRefused, match="ce nom") as refusal:
        add(territory, slug="autre", first_administrator="maire@example.org")
    assert refusal.value.field == "name"
    assert not Invitation.objects.exists()
    add(make_territory(), slug="ailleurs")


def test_an_address_is_taken_everywhere():
    add(make_territory())

    with pytest.raises(OrganizationRefused, match="adresse") as refusal:
        add(make_territory(), name="Autre")
    assert refusal.value.field == "slug"


def test_a_change_to_a_name_that_is_taken_is_refused(territory):
    add(territory)
    other = make_organization(territory=territory, name="Annexe")

    with pytest.raises(OrganizationRefused):
        change_organization(organization=other, now=NOW, name="Mairie", email="a@example.org")

    other.refresh_from_db()
    assert (other.name, other.email) == ("Annexe", "")


@pytest.mark.parametrize(
    ("wanted", "slug"),
    [
        ("Mairie d'Arras", "mairie-d-arras"),
        ("Centre social Jean-Jaurès", "centre-social-jean-jaures"),
        ("日本", "organisation"),
        ("", "organisation"),
        ("a" * 200, "a" * 55),
    ],
)
def test_a_name_gives_an_address(wanted, slug):
    assert free_slug(wanted) == slug


def test_an_address_that_is_taken_gets_a_number():
    for slug in ("mairie", "mairie-2", "mairie-dhiver"):
        make_organization(slug=slug)

    assert free_slug("Mairie") == "mairie-3"


@pytest.mark.django_db(transaction=True)
def test_two_who_add_the_same_at_once_get_one_and_a_refusal(territory):
    barrier, agent = Barrier(2), make_agent()

    def act(_):
        try:
            barrier.wait()
            return create_organization(territory=territory, invited_by=agent, now=NOW, name="Mairie", slug="mairie")
        except OrganizationRefused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(act, range(2)))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Organization", "OrganizationRefused"]
    assert Organization.objects.count() == 1
