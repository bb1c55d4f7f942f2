"""Services and types of partners of a territory: the same pages for both."""

from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from organizations.exceptions import NameTaken, StillUsed
from organizations.models import PartnerType, ServiceUnit
from organizations.services.invitations import revoke_invitation
from organizations.services.territory_lists import add_entry, delete_entry
from tests.factories import (
    NOW,
    make_citizen,
    make_desk,
    make_invitation,
    make_membership,
    make_motif,
    make_organization,
    make_partner_type,
    make_territory_admin,
    make_unit,
)

pytestmark = pytest.mark.django_db

BOTH = pytest.mark.parametrize(
    ("screen", "model", "make"),
    [("unit", ServiceUnit, make_unit), ("partner_type", PartnerType, make_partner_type)],
    ids=["services", "types of partners"],
)


@pytest.fixture
def organization():
    return make_organization(name="Mairie")


@pytest.fixture
def territory(organization, client):
    client.force_login(make_territory_admin(territory=organization.territory))
    return organization.territory


def url(territory, name, *arguments):
    return reverse(f"organizations:{name}", args=[territory.slug, *arguments])


def text(response):
    return response.content.decode().replace("&#x27;", "'").replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")


@BOTH
class TestBoth:
    def test_begin_with_what_to_do(self, client, territory, screen, model, make):
        assert url(territory, f"{screen}_add") in text(client.get(url(territory, f"{screen}_list")))

    def test_are_added_renamed_and_deleted(self, client, territory, screen, model, make):
        client.post(url(territory, f"{screen}_add"), {"name": "  Protection   maternelle "})
        entry = model.objects.get()
        assert (entry.name, entry.territory) == ("Protection maternelle", territory)

        page = client.post(url(territory, f"{screen}_edit", entry.pk), {"name": "PMI"}, follow=True)
        assert "« PMI » est renommé" in text(page)

        page = client.post(url(territory, f"{screen}_delete", entry.pk), follow=True)
        assert "« PMI » est supprimé" in text(page)
        assert not model.objects.exists()

    @pytest.mark.parametrize("typed", ["", "   ", "pmi", "x" * 121, "a\x00b"])
    def test_refuse_a_name_that_is_none_or_taken_and_keep_what_was_typed(
        self, client, territory, screen, model, make, typed
    ):
        make(territory=territory, name="PMI")
        response = client.post(url(territory, f"{screen}_add"), {"name": typed})

        assert response.status_code == 422
        assert model.objects.count() == 1
        if typed == "pmi":
            assert 'value="pmi"' in text(response)
            assert "existe déjà" in text(response)

    def test_may_bear_the_name_of_another_territorys(self, client, territory, screen, model, make):
        make(name="PMI")

        assert client.post(url(territory, f"{screen}_add"), {"name": "PMI"}).status_code == 302

    def test_keep_their_own_name_in_another_case(self, client, territory, screen, model, make):
        entry = make(territory=territory, name="pmi")
        client.post(url(territory, f"{screen}_edit", entry.pk), {"name": "PMI"})

        entry.refresh_from_db()
        assert entry.name == "PMI"

    def test_added_twice_at_once_are_refused_politely(self, territory, screen, model, make):
        make(territory=territory, name="PMI")

        with pytest.raises(NameTaken):
            add_entry(model=model, territory=territory, name="pmi")

    def test_deleted_twice_are_deleted_once(self, territory, screen, model, make):
        entry = make(territory=territory)
        delete_entry(entry=entry)
        delete_entry(entry=entry)

    @pytest.mark.parametrize("number", [1, 6])
    def test_cost_the_same_however_many(
        self, client, territory, organization, assert_query_count, screen, model, make, number
    ):
        field = "units" if screen == "unit" else "partner_types"
        for _ in range(number):
            entry = make(territory=territory)
            getattr(make_motif(organization=organization), field).add(entry)
            if screen == "unit":
                make_membership(organization=organization, units=[entry])

        with assert_query_count(f"{screen}_list"):
            assert client.get(url(territory, f"{screen}_list")).status_code == 200


class TestAServiceInUse:
    @pytest.fixture
    def unit(self, organization):
        return make_unit(territory=organization.territory, name="PMI")

    def test_is_listed_with_the_numbers_of_agents_motifs_and_desks(self, client, territory, organization, unit):
        member = make_membership(organization=organization, units=[unit])
        make_membership(organization=make_organization(territory=territory), agent=member.agent, units=[unit])
        for _ in range(2):
            make_motif(organization=organization, units=[unit])
        for _ in range(3):
            make_desk(organization=organization, units=[unit])

        (listed,) = client.get(url(territory, "unit_list")).context["page"]
        assert (listed.agent_count, listed.motif_count, listed.desk_count) == (1, 2, 3)

    def test_is_not_deleted_and_says_by_what_it_is_used(self, client, territory, organization, unit):
        make_membership(organization=organization, units=[unit])
        make_motif(organization=organization, units=[unit], name="Consultation")
        make_desk(organization=organization, units=[unit], name="Guichet A")
        make_invitation(organization=organization, email="nora@example.org", units=[unit])
        make_citizen(organization=organization, units=[unit], last_name="Secret")
        response = client.post(url(territory, "unit_delete", unit.pk))
        page = text(response)

        assert response.status_code == 422
        assert ServiceUnit.objects.exists()
        for words in (
            "1 agent :",
            "1 motif : Consultation – Mairie",
            "1 guichet : Guichet A",
            "1 invitation en attente : nora@example.org",
            "1 fiche d'usager",
        ):
            assert words in page
        assert "Secret" not in page

    def test_names_some_and_counts_the_rest(self, client, territory, organization, unit):
        for _ in range(11):
            make_motif(organization=organization, units=[unit])

        assert "et 3 de plus" in text(client.get(url(territory, "unit_delete", unit.pk)))

    def test_lets_invitations_go_that_nobody_can_accept(self, organization, unit):
        revoke_invitation(invitation=make_invitation(organization=organization, units=[unit]), now=NOW)
        delete_entry(entry=unit)

        assert not ServiceUnit.objects.exists()

    def test_a_type_of_partners_in_use_is_not_deleted(self, client, territory, organization):
        kind = make_partner_type(territory=territory)
        make_motif(organization=organization, name="Orientation").partner_types.add(kind)

        assert "Orientation – Mairie" in text(client.post(url(territory, "partner_type_delete", kind.pk)))
        assert PartnerType.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_motif_that_takes_a_service_while_it_is_deleted_never_loses_it_unseen():
    """A motif without its only service would be open to everybody."""
    organization = make_organization()
    unit, motif = make_unit(territory=organization.territory), make_motif(organization=organization)
    outcome = []

    def delete():
        try:
            delete_entry(entry=unit)
        except StillUsed:
            outcome.append("refused")
        finally:
            connection.close()

    try:
        with transaction.atomic():
            motif.units.add(unit)
            deletion = Thread(target=delete)
            deletion.start()
            deletion.join(5)
    except IntegrityError:
        outcome.append("the motif was refused")

    assert len(outcome) == 1
    assert ServiceUnit.objects.filter(pk=unit.pk).exists() == motif.units.exists()
