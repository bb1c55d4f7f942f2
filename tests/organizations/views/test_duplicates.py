"""Records that may be of one person: who is shown beside whom, and that it is remembered when they are two."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from organizations.citizen_search import name_key
from organizations.models import CitizensToldApart, Membership
from organizations.selectors.duplicate_pairs import MOST_SHARERS
from tests.factories import NOW, make_agent, make_citizen, make_organization, make_unit

pytestmark = pytest.mark.django_db

BORN = date(1980, 5, 12)


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


@pytest.fixture
def make(organization):
    def make(first_name, last_name, **fields):
        return make_citizen(
            **{"organization": organization, "email": "", "first_name": first_name, "last_name": last_name} | fields
        )

    return make


def address(name, organization, *arguments):
    return reverse(f"organizations:citizen_{name}", args=[organization.slug, *arguments])


def pairs_in(client, organization, **query):
    response = client.get(address("duplicates", organization), query)
    assert response.status_code == 200
    return {frozenset([pair.one, pair.other]): pair.reasons for pair in response.context["pairs"]}


def distinguish(client, organization, one, other):
    return client.post(address("distinguish", organization, one.pk), {"avec": other.pk})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Philippe Dupond", "DUPONT Filippe"),
        ("Jean-Marc Lefèvre", "jean marc lefebvre"),
        ("Thérèse Gauthier", "Terese Gautier"),
        ("Zoé D'Hondt", "Zoe Dhondt"),
        ("Christine Meyer", "Kristine Meier"),
    ],
)
def test_names_that_sound_alike_have_one_key(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Jean Durand", "Jeanne Moreau"), ("Paul Petit", "Louis Petit"), ("Ali Haddad", "Ali Traoré")]
)
def test_other_names_have_another_key(one, other):
    assert name_key(one) != name_key(other)


def test_one_phone_one_e_mail_or_close_names_and_one_birth_date_make_a_pair(client, admin, organization, make):
    phone = [make("Léa", "Petit", phone="+33612345678"), make("Paul", "Roux", phone="+33612345678")]
    email = [make("Ali", "Haddad", email="a@example.org"), make("A.", "H.", email="A@example.org")]
    name = [make("Zoé", "Durand", birth_date=BORN), make("DURANT", "Zoe", birth_date=BORN)]
    married = [make("Anne", "Roy", birth_name="Colin", birth_date=BORN), make("Anne", "Colin", birth_date=BORN)]
    make("Zoé", "Durand", birth_date=date(1981, 5, 12))
    make("Zoé", "Durand")

    found = pairs_in(client, organization)

    assert found == {
        frozenset(phone): ["même téléphone"],
        frozenset(email): ["même e-mail"],
        frozenset(name): ["noms proches et même date de naissance"],
        frozenset(married): ["nom de naissance et même date de naissance"],
    }


def test_what_most_speaks_for_comes_first_and_once(client, admin, organization, make):
    fields = {"phone": "+33612345678", "email": "zoe@example.org", "birth_date": BORN}
    twice = [make("Zoé", "Durand", **fields), make("Zoé", "Durand", **fields)]
    for _ in range(2):
        make("Léa", "Petit", phone="+33711111111")

    pairs = client.get(address("duplicates", organization)).context["pairs"]

    assert [pairs[0].one, pairs[0].other] == twice
    assert len(pairs[0].reasons) == 3
    assert len(pairs) == 2


def test_families_and_shelters_are_no_duplicates(client, admin, organization, make):
    parent = make("Zoé", "Durand", phone="+33612345678")
    for name in ("Léo", "Mia"):
        make(name, "Durand", phone="+33612345678", responsible=parent)
    for n in range(MOST_SHARERS + 1):
        make("Résident", f"Numéro{n}", phone="+33321000000")

    assert pairs_in(client, organization) == {}


def test_two_people_are_told_apart_for_good_and_once(client, admin, organization, make):
    one, other = (make("Léa", "Petit", phone="+33612345678") for _ in range(2))

    for pair in [(other, one), (one, other)]:
        assert distinguish(client, organization, *pair).status_code == 302

    assert pairs_in(client, organization) == {}
    told = CitizensToldApart.objects.get()
    assert (told.one, told.other, told.agent, told.at) == (one, other, admin, NOW)
    response = client.post(address("distinguish", organization, one.pk), {"avec": one.pk}, follow=True)
    assert "n'est plus là" in response.content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("who", "sees", "may"),
    [("service a", "a", False), ("service b", "b", False), ("front desk", "ab", True), ("admin", "ab", True)],
)
def test_each_sees_pairs_of_whom_they_see_and_who_sees_all_services_decides(client, organization, make, who, sees, may):
    units = {name: make_unit(territory=organization.territory) for name in "ab"}
    pairs = {}
    for n, (name, unit) in enumerate(units.items()):
        pairs[name] = [make("Léa", "Petit", phone=f"+3361234567{n}", units=[unit]) for _ in range(2)]
    make("Paul", "Roux", phone="+33611111111", units=[units["a"]])
    make("Paul", "Roux", phone="+33611111111", units=[units["b"]])
    elsewhere = make_organization(territory=organization.territory)
    for _ in range(2):
        make("Jo", "Roy", phone="+33622222222", organization=elsewhere)
    client.force_login(
        make_agent(
            organization=organization,
            units={"service a": [units["a"]], "service b": [units["b"]]}.get(who, []),
            is_front_desk=who == "front desk",
            role=Membership.Role.ADMIN if who == "admin" else Membership.Role.BASIC,
        )
    )

    found = pairs_in(client, organization)

    expected = [frozenset(pairs[name]) for name in sees]
    assert set(found) - {pair for pair in found if "Roux" in {c.last_name for c in pair}} == set(expected)
    assert len(found) == (3 if may else 1)
    own = pairs[sees[0]]
    assert distinguish(client, organization, *own).status_code == (302 if may else 403)
    content = client.get(address("duplicates", organization)).content.decode()
    assert ("Comparer et fusionner" in content) == may


def test_queries_do_not_grow_with_the_pairs_and_there_are_pages(client, admin, organization, make, assert_query_count):
    for n in range(23):
        for _ in range(2):
            make("Léa", f"Petit{n}", phone=f"+336123456{n:02}")

    with assert_query_count("citizen_duplicates"):
        response = client.get(address("duplicates", organization))

    assert len(response.context["pairs"]) == 20
    assert len(pairs_in(client, organization, page=2)) == 3


class TestRelatives:
    def change(self, client, organization, citizen, **data):
        return client.post(address("relatives", organization, citizen.pk), data)

    def test_somebody_with_a_record_is_found_added_and_parted(self, client, admin, organization, make):
        parent, child = make("Zoé", "Durand"), make("Léo", "Durand")

        found = client.get(address("relatives", organization, parent.pk), {"q": "durand"}).context["found"]
        assert found == [child]

        assert self.change(client, organization, parent, ajouter=child.pk).status_code == 302
        child.refresh_from_db()
        assert child.responsible == parent
        assert child.contact == parent

        assert self.change(client, organization, parent, retirer=child.pk).status_code == 302
        child.refresh_from_db()
        assert child.responsible is None

    def test_nobody_who_answers_for_others_is_a_relative_nor_the_other_way(self, client, admin, organization, make):
        parent, child, other = make("Zoé", "Durand"), make("Léo", "Durand"), make("Ali", "Haddad")
        self.change(client, organization, parent, ajouter=child.pk)

        for citizen, relative in [(other, parent), (child, other), (other, child), (parent, parent)]:
            response = self.change(client, organization, citizen, ajouter=relative.pk)
            assert response.status_code == 422, (citizen, relative)
            assert response.context["refusal"]

    def test_only_who_the_member_sees(self, client, admin, organization, make):
        parent = make("Zoé", "Durand")
        hidden = make("Jo", "Roy", organization=make_organization(territory=organization.territory))

        assert self.change(client, organization, parent, ajouter=hidden.pk).status_code == 422
        assert self.change(client, organization, parent, ajouter="x").status_code == 422
        assert client.get(address("relatives", organization, hidden.pk)).status_code == 404

    def test_queries_do_not_grow_with_the_relatives(self, client, admin, organization, make, assert_query_count):
        parent = make("Zoé", "Durand")
        for _ in range(5):
            make("Léo", "Durand", responsible=parent)

        with assert_query_count("citizen_relatives"):
            client.get(address("relatives", organization, parent.pk), {"q": "durand"})
