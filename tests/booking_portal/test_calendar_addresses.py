"""Whether an agent or a desk has a public address: chosen by whoever opens their hours. Rights of pages with an id of
somebody else's: test_settings_rights.py.
"""

import pytest
from django.test import Client
from django.urls import reverse

from organizations.exceptions import NameTaken, NoLongerMember
from organizations.models import Membership, PublicAddress
from organizations.services.public_addresses import publish_address, withdraw_address
from tests.booking_portal.conftest import text_of
from tests.factories import (
    make_agent,
    make_desk,
    make_membership,
    make_motif,
    make_opening,
    make_organization,
    make_public_address,
    make_territory_admin,
    make_unit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def jeanne(organization):
    return make_agent(organization=organization, first_name="Jeanne", last_name="d'Arc")


@pytest.fixture
def client(client, jeanne):
    """Signed in as herself."""
    client.force_login(jeanne)
    return client


@pytest.fixture
def admin(organization):
    client = Client()
    client.force_login(make_agent(organization=organization, role=Membership.Role.ADMIN))
    return client


def page_of(organization, calendar, page="calendar_address_edit"):
    return reverse(f"booking_portal:{page}", args=[organization.slug, calendar.pk])


def list_of(organization, **query):
    return reverse("booking_portal:calendar_address_list", args=[organization.slug], query=query)


def published(organization, agent):
    return PublicAddress.objects.for_organization(organization).filter(membership__agent=agent).first()


class TestOwnCalendar:
    def test_is_off_and_proposes_the_name(self, client, organization, jeanne):
        response = client.get(page_of(organization, jeanne.calendar))

        assert published(organization, jeanne) is None
        assert 'value="jeanne-d-arc"' in response.content.decode()
        assert "checked" not in response.content.decode()
        assert "À donner" not in text_of(response)

    @pytest.mark.parametrize("page", ["calendar_poster", "calendar_qr"])
    def test_has_nothing_to_give_out_while_it_is_off(self, client, organization, jeanne, page):
        assert client.get(page_of(organization, jeanne.calendar, page)).status_code == 404

    def test_is_switched_on_with_what_was_typed(self, client, organization, jeanne):
        typed = {"is_published": "on", "slug": "Jeanne  l'Adviser É", "shown_name": "Jeanne, conseillère"}

        response = client.post(page_of(organization, jeanne.calendar), typed, follow=True)

        address = published(organization, jeanne)
        assert (address.slug, address.shown_name) == ("jeanne-l-adviser-e", "Jeanne, conseillère")
        text = text_of(response)
        assert "http://testserver/prendre-rdv/pas-de-calais/mairie-d-arras/avec/jeanne-l-adviser-e/" in text
        assert "/api/public/organisations/mairie-d-arras/avec/jeanne-l-adviser-e.json" in text
        assert "Cette adresse ne propose rien" in text

    def test_says_what_it_offers(self, client, organization, motif, jeanne):
        make_public_address(organization=organization, agent=jeanne)
        make_opening(motifs=[motif], calendar=jeanne.calendar)
        make_opening(motifs=[make_motif(organization=organization, name="Passeport")])

        text = text_of(client.get(page_of(organization, jeanne.calendar)))

        assert "Motifs proposés à cette adresse : Carte d'identité." in text

    def test_is_switched_off(self, client, organization, jeanne):
        make_public_address(organization=organization, agent=jeanne)

        client.post(page_of(organization, jeanne.calendar), {"slug": "jeanne"})

        assert published(organization, jeanne) is None

    def test_its_end_changes_and_the_old_one_is_dead(self, client, organization, jeanne):
        make_public_address(organization=organization, agent=jeanne, slug="avant")

        client.post(page_of(organization, jeanne.calendar), {"is_published": "on", "slug": "apres"})

        url = "/prendre-rdv/pas-de-calais/mairie-d-arras/avec/{}/"
        assert [client.get(url.format(slug)).status_code for slug in ("avant", "apres")] == [404, 302]

    def test_is_kept_when_saved_again(self, client, organization, jeanne):
        address = make_public_address(organization=organization, agent=jeanne, slug="jeanne")

        client.post(page_of(organization, jeanne.calendar), {"is_published": "on", "slug": "jeanne"})

        assert published(organization, jeanne) == address

    @pytest.mark.parametrize(
        ("slug", "said"),
        [
            ("", "Écrivez la fin de l'adresse"),
            ("???", "Écrivez la fin de l'adresse"),
            ("x" * 61, "60 caractères"),
            ("prise", "Cette adresse est déjà prise dans l'organisation."),
        ],
    )
    def test_what_cannot_be_one_is_said_and_kept_as_typed(self, client, organization, jeanne, slug, said):
        make_public_address(organization=organization, slug="prise")

        typed = {"is_published": "on", "slug": slug, "shown_name": "Jeanne"}
        response = client.post(page_of(organization, jeanne.calendar), typed)

        assert response.status_code == 422
        assert said in text_of(response)
        assert 'value="Jeanne"' in response.content.decode()
        assert published(organization, jeanne) is None

    def test_may_be_the_same_elsewhere(self, client, organization, jeanne):
        make_public_address(slug="jeanne")

        client.post(page_of(organization, jeanne.calendar), {"is_published": "on", "slug": "jeanne"})

        assert published(organization, jeanne)

    def test_is_of_one_organization(self, client, territory, organization, jeanne):
        sister = make_organization(territory=territory)
        make_membership(agent=jeanne, organization=sister)

        client.post(page_of(sister, jeanne.calendar), {"is_published": "on", "slug": "jeanne"})

        assert published(sister, jeanne)
        assert published(organization, jeanne) is None

    def test_a_second_of_the_same_name_is_numbered(self, admin, organization, jeanne):
        make_public_address(organization=organization, agent=jeanne, slug="jeanne-d-arc")
        namesake = make_agent(organization=organization, first_name="Jeanne", last_name="d'Arc")

        assert 'value="jeanne-d-arc-2"' in admin.get(page_of(organization, namesake.calendar)).content.decode()


class TestWhoDecides:
    def test_an_agent_on_their_own_and_on_the_desks_they_keep(self, client, territory, organization, jeanne):
        unit = make_unit(territory=territory)
        make_agent(organization=organization, last_name="Collègue")
        make_desk(organization=organization, name="Guichet ouvert")
        make_desk(organization=organization, name="Guichet fermé", units=[unit])

        text = text_of(client.get(list_of(organization)))

        assert ("Jeanne d'Arc" in text, "Guichet ouvert" in text) == (True, True)
        assert ("Collègue" in text, "Guichet fermé" in text) == (False, False)

    @pytest.mark.parametrize("who", ["admin", "territory admin"])
    def test_an_administrator_on_all(self, organization, jeanne, who):
        agent = make_agent(organization=organization, role=Membership.Role.ADMIN)
        if who == "territory admin":
            agent = make_territory_admin(territory=organization.territory)
        desk = make_desk(organization=organization)
        client = Client()
        client.force_login(agent)

        for calendar in (jeanne.calendar, desk.calendar):
            client.post(page_of(organization, calendar), {"is_published": "on", "slug": f"agenda-{calendar.pk}"})

        assert PublicAddress.objects.for_organization(organization).count() == 2
        text = text_of(client.get(list_of(organization)))
        assert (f"/avec/agenda-{jeanne.calendar.pk}/" in text, f"/avec/agenda-{desk.calendar.pk}/" in text) == (
            True,
            True,
        )

    def test_nobody_on_an_archived_desk(self, admin, organization, now):
        desk = make_desk(organization=organization, archived_at=now)

        assert admin.get(page_of(organization, desk.calendar)).status_code == 404

    def test_the_list_is_searched_by_name(self, admin, organization, jeanne):
        make_agent(organization=organization, last_name="Durand")

        text = text_of(admin.get(list_of(organization, q="d'arc")))

        assert ("Jeanne d'Arc" in text, "Durand" in text) == (True, False)

    def test_costs_the_same_for_few_and_for_many(self, admin, organization, jeanne, assert_query_count):
        make_public_address(organization=organization, agent=jeanne)
        make_public_address(desk=make_desk(organization=organization))
        with assert_query_count("calendar_address_list"):
            admin.get(list_of(organization))
        with assert_query_count("calendar_address_edit"):
            admin.get(page_of(organization, jeanne.calendar))
        for _ in range(4):
            make_public_address(organization=organization)
            make_public_address(desk=make_desk(organization=organization))
        with assert_query_count("calendar_address_list"):
            admin.get(list_of(organization))


class TestServices:
    def test_who_has_left_meanwhile_has_none(self, jeanne):
        membership = jeanne.memberships.get()
        gone = Membership.objects.get(pk=membership.pk)
        membership.delete()

        with pytest.raises(NoLongerMember):
            publish_address(owner=gone, slug="jeanne")

    def test_what_somebody_else_has_is_refused(self, organization, jeanne):
        make_public_address(desk=make_desk(organization=organization), slug="guichet")

        with pytest.raises(NameTaken):
            publish_address(owner=jeanne.memberships.get(), slug="guichet")

    def test_withdrawing_twice_is_no_fault(self, jeanne):
        publish_address(owner=jeanne.memberships.get(), slug="jeanne")

        for _ in range(2):
            withdraw_address(owner=jeanne.memberships.get())

        assert not PublicAddress.objects.exists()


class TestBeforeItEnds:
    """What removing an agent, leaving, and archiving a desk say of it."""

    @pytest.mark.parametrize("has_address", [True, False])
    def test_the_page_says_so(self, client, admin, organization, jeanne, has_address):
        desk = make_desk(organization=organization)
        if has_address:
            make_public_address(organization=organization, agent=jeanne)
            make_public_address(desk=desk)
        membership = jeanne.memberships.get()

        pages = [
            admin.get(reverse("scheduling:member_remove", args=[organization.slug, membership.pk])),
            client.get(reverse("scheduling:member_leave", args=[organization.slug])),
            admin.get(reverse("scheduling:desk_archive", args=[organization.slug, desk.pk])),
        ]

        assert {"adresse publique" in text_of(page).replace("Mon adresse publique", "") for page in pages} == {
            has_address
        }
