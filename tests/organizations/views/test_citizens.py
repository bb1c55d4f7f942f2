"""Searching, adding and correcting citizens' records."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from organizations.models import Citizen, CitizenAccess, Membership
from tests.factories import (
    NOW,
    make_agent,
    make_citizen,
    make_membership,
    make_organization,
    make_territory,
    make_unit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def territory():
    return make_territory()


@pytest.fixture
def organization(territory):
    return make_organization(territory=territory)


@pytest.fixture
def unit_a(territory):
    return make_unit(territory=territory)


@pytest.fixture
def unit_b(territory):
    return make_unit(territory=territory)


@pytest.fixture
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


def address(name, organization, *arguments):
    return reverse(f"organizations:{name}", args=[organization.slug, *arguments])


def typed(**fields):
    return {"last_name": "Durand", "first_name": "Zoé", "notify_by_email": "on"} | fields


def names_in(response):
    return [citizen.last_name for citizen in response.context["page"]]


class TestList:
    @pytest.fixture
    def zoe(self, organization):
        return make_citizen(
            organization=organization, first_name="Zoé", last_name="D'Hondt-Müller", phone="+33612345678"
        )

    @pytest.mark.parametrize(
        "query", ["zoe", "MULLER d'hondt", "dhondt zoé", "06 12 34 56 78", "+33 6 12", "0612", "0033 6 12 34"]
    )
    def test_search_does_not_mind_accents_order_hyphens_or_phone_formats(self, client, admin, organization, zoe, query):
        make_citizen(organization=organization, last_name="Martin", phone="+33711111111")

        response = client.get(address("citizen_list", organization), {"q": query})

        assert names_in(response) == ["D'Hondt-Müller"]

    @pytest.mark.parametrize("query", ["'", "a:*&|!", "\\", "\x00", "%", "é" * 3000, "<script>alert(1)</script>"])
    def test_hostile_searches_are_only_searches(self, client, admin, organization, zoe, query):
        response = client.get(address("citizen_list", organization), {"q": query})

        assert response.status_code == 200
        assert b"<script>alert" not in response.content

    def test_a_search_as_one_types_gets_the_results_only(self, client, admin, organization, zoe):
        response = client.get(address("citizen_list", organization), {"q": "zoe"}, headers={"HX-Request": "true"})

        assert response.content.decode().strip().startswith('<section id="citizen-results"')
        assert "D&#x27;HONDT-MÜLLER" in response.content.decode()

    def test_without_a_search_the_last_added_come_first(self, client, admin, organization):
        for last_name in ["Ancien", "Moyen", "Nouveau"]:
            make_citizen(organization=organization, last_name=last_name)

        assert names_in(client.get(address("citizen_list", organization))) == ["Nouveau", "Moyen", "Ancien"]

    def test_long_lists_have_pages_and_odd_page_numbers_do_no_harm(self, client, admin, organization):
        for n in range(30):
            make_citizen(organization=organization, last_name=f"Durand{n:02}")

        second = client.get(address("citizen_list", organization), {"q": "durand", "page": 2})

        assert names_in(second) == [f"Durand{n}" for n in range(25, 30)]
        for page in ["x", "-1", "0", "99999999999999999999"]:
            assert client.get(address("citizen_list", organization), {"page": page}).status_code == 200

    def test_names_are_written_as_text(self, client, admin, organization):
        make_citizen(organization=organization, first_name="<b>Bo</b>", last_name="<img src=x onerror=alert(1)>")

        content = client.get(address("citizen_list", organization)).content.decode()

        assert "<b>Bo</b>" not in content
        assert "<img" not in content.lower().replace("&lt;img", "")

    def test_searching_in_vain_leads_to_a_new_record_with_what_was_typed(self, client, admin, organization):
        response = client.get(address("citizen_list", organization), {"q": "Zoé DURAND"})

        assert f"{address('citizen_add', organization)}?q=Zo%C3%A9+DURAND" in response.content.decode()
        form = client.get(address("citizen_add", organization), {"q": "Zoé DURAND"}).context["form"]
        assert (form["first_name"].value(), form["last_name"].value()) == ("Zoé", "DURAND")

    def test_queries_do_not_grow_with_the_rows(self, client, admin, organization, assert_query_count):
        for _ in range(20):
            make_citizen(organization=organization)

        with assert_query_count("citizen_list"):
            response = client.get(address("citizen_list", organization))

        assert len(response.context["page"]) == 20


class TestWhoSeesWhom:
    @pytest.fixture
    def citizens(self, organization, unit_a, unit_b, territory):
        return {
            "a": make_citizen(organization=organization, units=[unit_a], last_name="Alpha"),
            "b": make_citizen(organization=organization, units=[unit_b], last_name="Beta"),
            "whole": make_citizen(organization=organization, last_name="Tous"),
            "sister": make_citizen(organization=make_organization(territory=territory), last_name="Soeur"),
            "foreign": make_citizen(organization=make_organization(), last_name="Ailleurs"),
        }

    @pytest.mark.parametrize(
        ("who", "seen"),
        [
            ("a", {"a", "whole"}),
            ("b", {"b", "whole"}),
            ("front desk", {"a", "b", "whole"}),
            ("admin", {"a", "b", "whole"}),
            ("without service", {"whole"}),
        ],
    )
    def test_in_lists_searches_and_pages(self, client, organization, unit_a, unit_b, citizens, who, seen):
        client.force_login(
            make_agent(
                organization=organization,
                units={"a": [unit_a], "b": [unit_b]}.get(who, []),
                is_front_desk=who == "front desk",
                role=Membership.Role.ADMIN if who == "admin" else Membership.Role.BASIC,
            )
        )
        expected = {citizens[name].last_name for name in seen}

        assert set(names_in(client.get(address("citizen_list", organization)))) == expected
        for name, citizen in citizens.items():
            found = names_in(client.get(address("citizen_list", organization), {"q": citizen.last_name}))
            assert found == ([citizen.last_name] if name in seen else [])
            edit = address("citizen_edit", organization, citizen.pk)
            assert client.get(edit).status_code == (200 if name in seen else 404)
            assert client.post(edit, typed()).status_code == (302 if name in seen else 404)

    @pytest.mark.parametrize("page", ["citizen_list", "citizen_add"])
    def test_an_agent_of_elsewhere_finds_no_such_page(self, client, organization, territory, page):
        for elsewhere in [make_organization(territory=territory), make_organization()]:
            client.force_login(make_agent(organization=elsewhere, role=Membership.Role.ADMIN))

            assert client.get(address(page, organization)).status_code == 404

    def test_a_territory_that_shares_its_citizens_shows_them_to_every_organization(
        self, client, organization, unit_b, citizens, territory
    ):
        territory.citizens_are_shared = True
        territory.save()
        client.force_login(make_agent(organization=organization, units=[unit_b]))

        found = set(names_in(client.get(address("citizen_list", organization))))

        assert found == {"Alpha", "Beta", "Tous", "Soeur"}


class TestAdd:
    def add(self, client, organization, **fields):
        return client.post(address("citizen_add", organization), typed(**fields))

    def test_a_record_is_added_and_shown(self, client, admin, organization):
        response = self.add(
            client,
            organization,
            phone="06 12 34 56 78",
            email="Zoe@Exemple.fr",
            birth_date="12.05.1984",
            address="3 rue Haute",
            notes="Préfère le matin",
        )

        zoe = Citizen.objects.get()
        assert response.url == reverse("scheduling:citizen_detail", args=[organization.slug, zoe.pk])
        assert (zoe.territory, str(zoe.phone), zoe.email) == (organization.territory, "+33612345678", "zoe@exemple.fr")
        assert zoe.birth_date == date(1984, 5, 12)
        assert (zoe.notify_by_email, zoe.notify_by_sms) == (True, False)

    @pytest.mark.parametrize("text", ["12/05/1984", "12-05-1984", "12 05 1984", "12051984", "1984-05-12"])
    def test_a_birth_date_is_read_as_people_write_it(self, client, admin, organization, text):
        self.add(client, organization, birth_date=text)

        assert Citizen.objects.get().birth_date == date(1984, 5, 12)

    @pytest.mark.parametrize(
        ("field", "text", "message"),
        [
            ("first_name", "", "Indiquez le prénom."),
            ("last_name", "   ", "Indiquez le nom."),
            ("phone", "06 12 34", "Ce numéro n'existe pas."),
            ("phone", "pas un numéro", "Ce numéro n'existe pas."),
            ("email", "zoe@", "Cette adresse n'est pas complète."),
            ("birth_date", "31/02/1984", "Cette date n'existe pas."),
            ("birth_date", "hier", "Cette date n'existe pas."),
            ("birth_date", "03/03/2026", "La date de naissance est dans le futur."),
            ("birth_date", "12/05/1084", "Vérifiez l'année de naissance."),
        ],
    )
    def test_what_cannot_be_is_said_beside_its_field_and_stays_typed(
        self, client, admin, organization, field, text, message
    ):
        response = self.add(client, organization, notes="À garder", **{field: text})

        assert response.status_code == 422
        assert Citizen.objects.count() == 0
        form = response.context["form"]
        assert form.errors[field][0].startswith(message)
        assert form[field].value() == text
        content = response.content.decode().replace("&#x27;", "'")
        assert content.count(message) == 2  # In the summary and beside the field.
        assert "À garder" in content
        assert not text.strip() or f'value="{text}"' in content

    def test_born_today_is_possible(self, client, admin, organization):
        assert self.add(client, organization, birth_date="02/03/2026").status_code == 302

    def test_the_record_is_known_through_the_services_of_the_agent(self, client, organization, unit_a):
        client.force_login(make_agent(organization=organization, units=[unit_a]))

        self.add(client, organization)

        assert [access.unit for access in CitizenAccess.objects.all()] == [unit_a]

    def test_the_front_desk_adds_it_for_the_whole_organization(self, client, organization, unit_a):
        client.force_login(make_agent(organization=organization, units=[unit_a], is_front_desk=True))

        self.add(client, organization)

        assert [access.unit for access in CitizenAccess.objects.all()] == [None]

    def test_a_relative_is_added_to_the_person_responsible(self, client, admin, organization):
        parent = make_citizen(organization=organization)

        page = client.get(address("citizen_add", organization), {"responsable": parent.pk})
        self.add(client, organization, responsible=page.context["form"]["responsible"].value())

        assert Citizen.objects.get(first_name="Zoé").responsible == parent

    @pytest.mark.parametrize("field", ["responsible", "referents"])
    def test_rows_of_other_tenants_are_no_choices(self, client, admin, organization, territory, field):
        for elsewhere in [make_organization(territory=territory), make_organization()]:
            forged = {
                "responsible": make_citizen(organization=elsewhere),
                "referents": make_agent(organization=elsewhere),
            }

            response = self.add(client, organization, **{field: forged[field].pk})

            assert response.status_code == 422
            assert field in response.context["form"].errors
            assert str(forged[field]) not in response.content.decode()
        assert not Citizen.objects.filter(first_name="Zoé").exists()

    @pytest.mark.parametrize("named", ["999999999999999999999", "x", "-1", "0", "٣"])
    def test_an_odd_person_in_the_address_is_nobody(self, client, admin, organization, named):
        page = client.get(address("citizen_add", organization), {"responsable": named})

        assert page.status_code == 200
        assert page.context["form"]["responsible"].value() is None


class TestDuplicates:
    def add(self, client, organization, **fields):
        return client.post(address("citizen_add", organization), typed(**fields))

    @pytest.fixture
    def zoe(self, organization):
        return make_citizen(
            organization=organization,
            first_name="Zoe",
            last_name="DURAND",
            email="zoe@exemple.fr",
            phone="+33612345678",
            birth_date=date(1984, 5, 12),
        )

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"first_name": "Max", "phone": "06 12 34 56 78"}, "Même téléphone"),
            ({"first_name": "Max", "email": "ZOE@exemple.fr"}, "Même e-mail"),
            ({"birth_date": "12/05/1984"}, "Même nom et même date de naissance"),
            ({"first_name": "Durand", "last_name": "zoé", "birth_date": "12/05/1984"}, "Même nom et même date"),
            ({}, "Même nom"),
        ],
    )
    def test_a_likely_record_is_shown_before_another_is_made(self, client, admin, organization, zoe, fields, reason):
        response = self.add(client, organization, **fields)

        assert response.status_code == 422
        content = response.content.decode()
        assert "Zoe DURAND" in content
        assert reason in content
        assert reverse("scheduling:citizen_detail", args=[organization.slug, zoe.pk]) in content
        assert Citizen.objects.count() == 1

        assert self.add(client, organization, create_anyway="1", **fields).status_code == 302
        assert Citizen.objects.count() == 2

    def test_a_namesake_born_on_another_day_is_somebody_else(self, client, admin, organization, zoe):
        assert self.add(client, organization, birth_date="13/05/1984").status_code == 302

    @pytest.mark.parametrize(
        "fields",
        [
            {"first_name": "Max", "phone": "06 12 34 56 78"},
            {"first_name": "Max", "email": "zoe@exemple.fr"},
            {"birth_date": "12/05/1984"},
        ],
    )
    @pytest.mark.parametrize("hidden_by", ["another organization", "another service"])
    def test_of_a_record_one_may_not_see_no_more_is_said_than_that_it_exists(
        self, client, organization, territory, unit_a, unit_b, fields, hidden_by
    ):
        elsewhere = organization if hidden_by == "another service" else make_organization(territory=territory)
        make_citizen(
            organization=elsewhere,
            units=[unit_b] if hidden_by == "another service" else [],
            first_name="Zoé",
            last_name="Durand",
            birth_name="Secretnom",
            email="zoe@exemple.fr",
            phone="+33612345678",
            birth_date=date(1984, 5, 12),
            address="7 rue Cachée",
        )
        client.force_login(make_agent(organization=organization, units=[unit_a]))

        response = self.add(client, organization, **fields)

        assert response.status_code == 422
        content = response.content.decode()
        assert "Une fiche semblable existe" in content
        assert not response.context["duplicates"].known
        for secret in ["Secretnom", "Cachée", "/usagers/1", "DURAND", "Même"]:
            assert secret not in content
        assert self.add(client, organization, create_anyway="1", **fields).status_code == 302

    def test_a_mere_namesake_one_may_not_see_is_not_told(self, client, admin, organization, territory):
        make_citizen(organization=make_organization(territory=territory), first_name="Zoé", last_name="Durand")

        assert self.add(client, organization).status_code == 302

    def test_another_territory_is_never_told(self, client, admin, organization):
        make_citizen(organization=make_organization(), email="zoe@exemple.fr", phone="+33612345678")

        assert self.add(client, organization, email="zoe@exemple.fr", phone="0612345678").status_code == 302


class TestEdit:
    @pytest.fixture
    def zoe(self, organization):
        return make_citizen(organization=organization, first_name="Zoé", last_name="Durand", notes="Ancienne note")

    def test_what_changed_is_kept_and_found(self, client, admin, organization, zoe):
        response = client.post(
            address("citizen_edit", organization, zoe.pk),
            typed(last_name="Lemoine", birth_name="Durand", phone="06 98 76 54 32", notes=""),
        )

        assert response.status_code == 302
        assert Citizen.objects.search("lemoine 0698").get() == zoe
        zoe.refresh_from_db()
        assert (zoe.birth_name, zoe.notes, zoe.email) == ("Durand", "", "")

    def test_bad_input_changes_nothing_and_stays(self, client, admin, organization, zoe):
        response = client.post(
            address("citizen_edit", organization, zoe.pk), typed(last_name="Autre", phone="12", notes="Nouvelle note")
        )

        assert response.status_code == 422
        content = response.content.decode()
        assert "Nouvelle note" in content
        assert "Modifier la fiche de Zoé DURAND" in content
        zoe.refresh_from_db()
        assert (zoe.last_name, zoe.notes) == ("Durand", "Ancienne note")

    def test_referents_are_chosen_here_and_those_of_other_organizations_stay(
        self, client, admin, organization, territory, zoe
    ):
        elsewhere = make_agent(organization=make_organization(territory=territory))
        before, after = make_agent(organization=organization), make_agent(organization=organization)
        zoe.referents.set([elsewhere, before])

        client.post(address("citizen_edit", organization, zoe.pk), typed(referents=[after.pk]))

        assert set(zoe.referents.all()) == {elsewhere, after}

    def test_a_relative_may_get_their_own_messages_again(self, client, admin, organization, zoe):
        child = make_citizen(organization=organization, responsible=zoe)
        url = address("citizen_edit", organization, child.pk)
        assert client.get(url).context["form"]["responsible"].value() == zoe.pk

        client.post(url, typed(responsible=zoe.pk))
        child.refresh_from_db()
        assert child.responsible == zoe

        client.post(url, typed())
        child.refresh_from_db()
        assert child.responsible is None

    def test_nobody_else_can_be_made_responsible_here(self, client, admin, organization, zoe):
        child, other = make_citizen(organization=organization, responsible=zoe), make_citizen(organization=organization)

        response = client.post(address("citizen_edit", organization, child.pk), typed(responsible=other.pk))

        assert response.status_code == 422

    def test_a_responsible_one_may_not_see_is_neither_shown_nor_lost(self, client, organization, unit_a, unit_b):
        hidden = make_citizen(organization=organization, units=[unit_b], first_name="Caché", last_name="Parent")
        child = make_citizen(organization=organization, units=[unit_a], responsible=hidden)
        client.force_login(make_agent(organization=organization, units=[unit_a]))
        url = address("citizen_edit", organization, child.pk)

        assert "PARENT" not in client.get(url).content.decode()
        assert client.post(url, typed()).status_code == 302
        child.refresh_from_db()
        assert child.responsible == hidden


def test_an_agent_of_two_organizations_sees_in_each_what_it_knows(client, organization, territory):
    sister = make_organization(territory=territory)
    agent = make_agent(organization=organization)
    make_membership(agent=agent, organization=sister)
    make_citizen(organization=organization, last_name="Ici")
    make_citizen(organization=sister, last_name="Labas")
    client.force_login(agent)

    assert names_in(client.get(address("citizen_list", organization))) == ["Ici"]
    assert names_in(client.get(address("citizen_list", sister))) == ["Labas"]
