"""The motif's form beyond saving: rows added, the citizen's view shown, a copy made."""

import pytest
from django.urls import reverse

from organizations.models import Membership, Motif, MotifQuestion
from tests.factories import (
    make_agent,
    make_motif,
    make_option,
    make_organization,
    make_territory_admin,
    make_unit,
)
from tests.scheduling.views.test_motifs import rows, text, typed

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture(autouse=True)
def admin(client, organization):
    admin = make_agent(organization=organization, role=Membership.Role.ADMIN)
    client.force_login(admin)
    return admin


def url(name, organization, pk=None):
    return reverse(f"scheduling:motif_{name}", args=[organization.slug, *([pk] if pk else [])])


QUESTION = {"label": "Quartier", "kind": "choice", "choices": "Nord\nSud", "is_required": "on"}


class TestOneMoreRow:
    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["without a script", "in place"])
    def test_keeps_what_is_typed_and_saves_nothing(self, client, organization, headers):
        posted = typed(options=[{"name": "CNI", "duration": "20"}, {"name": "Passeport"}], acte="option")

        response = client.post(url("add", organization), posted, headers=headers)

        page = text(response)
        assert response.status_code == 200
        assert 'value="CNI"' in page
        assert 'value="20"' in page
        assert 'value="Passeport"' in page
        assert 'name="options-TOTAL_FORMS" value="3"' in page
        assert page.count("autofocus") == 1
        assert ("<html" in page) is (not headers)
        assert not Motif.objects.exists()

    def test_reproaches_nothing_yet(self, client, organization):
        response = client.post(url("add", organization), typed(name="", duration="bientôt", acte="question"))

        assert response.status_code == 200
        assert "bientôt" in text(response)
        assert "field-error" not in text(response)
        assert "Donnez le nom" not in text(response)

    def test_pressed_again_gives_another_empty_one(self, client, organization):
        response = client.post(url("add", organization), typed(options=[{"name": ""}], acte="option"))

        assert 'name="options-TOTAL_FORMS" value="2"' in text(response)

    def test_keeps_the_ids_and_the_boxes_of_what_exists(self, client, organization):
        motif = make_motif(organization=organization)
        option = make_option(motif=motif, name="CNI")
        posted = typed(options=[{"id": option.pk, "name": "CNI", "DELETE": "on"}], acte="option")

        response = client.post(url("edit", organization, motif.pk), posted, headers=HTMX)

        page = text(response)
        assert f'name="options-0-id" value="{option.pk}"' in page
        assert "checked" in page.partition('name="options-0-DELETE"')[2].partition(">")[0]
        motif.refresh_from_db()
        assert motif.name != "Accueil social"

    def test_keeps_every_field_of_a_motif_that_exists_as_typed(self, client, organization):
        motif = make_motif(organization=organization, maximum_delay_months=6)

        page = text(client.post(url("edit", organization, motif.pk), typed(maximum="90", acte="option")))

        assert 'value="90"' in page
        assert 'value="Accueil social"' in page

    @pytest.mark.parametrize("total", ["", "abc", "9" * 30, "-1", "1000"])
    def test_is_no_fault_whatever_was_forged(self, client, organization, total):
        posted = typed(acte="option") | {"options-TOTAL_FORMS": total}

        assert client.post(url("add", organization), posted).status_code == 200


class TestThePreview:
    def seen(self, client, organization, headers=HTMX, **fields):
        response = client.post(url("add", organization), typed(acte="apercu", **fields), headers=headers)
        assert response.status_code == 200
        return text(response)

    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["without a script", "beside the form"])
    def test_shows_what_the_citizen_will_see_and_saves_nothing(self, client, organization, headers):
        page = self.seen(
            client,
            organization,
            headers,
            description="Pour vos droits.",
            options=[{"name": "CNI"}, {"name": "Passeport"}, {"name": ""}],
            questions=[QUESTION],
            instructions_before="Apportez vos papiers.",
            instructions_after="Sonnez deux fois.",
            max_persons="3",
        )

        preview = page.partition('id="motif-preview"')[2]
        for words in (
            "Accueil social",
            "Pour vos droits.",
            "45 min",
            "Sur place",
            "<li>CNI</li><li>Passeport</li>",
            "de 1 à 3",
            "Apportez vos papiers.",
            "Sonnez deux fois.",
            "Quartier",
            "Nord",
            "au plus 2 mois à l'avance",
        ):
            assert words in preview, words
        assert ("<html" in page) is (not headers)
        assert not Motif.objects.exists()

    def test_names_what_cannot_be_read_and_shows_the_rest(self, client, organization):
        page = self.seen(client, organization, duration="bientôt", options=[{"name": "CNI", "duration": "x"}])

        assert "À corriger : Durée, Options." in page
        assert "Accueil social" in page
        assert "Quand" not in page

    def test_says_who_sees_nothing_of_it(self, client, organization):
        assert "Seuls les agents" in self.seen(client, organization, booking_audience="agents")
        assert "Seuls les agents" not in self.seen(client, organization, booking_audience="everyone")

    def test_says_what_the_citizen_may_change_afterwards(self, client, organization):
        assert "ni annuler ni déplacer" in self.seen(client, organization)
        page = self.seen(client, organization, citizen_may_cancel="on", cancellation_warning="Pensez aux autres.")
        assert "peut annuler en ligne jusqu'à 1 jour avant" in page
        assert "Pensez aux autres." in page

    def test_says_that_a_single_option_is_not_asked(self, client, organization):
        assert "choisie d'office" in self.seen(client, organization, options=[{"name": "CNI"}])

    def test_escapes_what_is_typed(self, client, organization):
        assert "<script>alert" not in self.seen(client, organization, name="<script>alert(1)</script>")


class TestEnter:
    def test_presses_the_button_that_saves(self, client, organization):
        form = text(client.get(url("add", organization))).partition('id="motif-form"')[2]

        first = form.partition('type="submit"')
        assert "name=" not in first[0].rpartition("<button")[2] + first[2].partition(">")[0]


class TestDuplicating:
    @pytest.fixture
    def motif(self, organization):
        unit = make_unit(territory=organization.territory, name="PMI")
        motif = make_motif(
            organization=organization,
            units=[unit],
            name="Pièces d'identité",
            description="Sur rendez-vous.",
            maximum_delay_months=2,
        )
        make_option(motif=motif, name="CNI")
        MotifQuestion.objects.create(
            organization=organization, motif=motif, label="Quartier", kind="choice", choices=["Nord", "Sud"]
        )
        return motif

    def test_opens_the_form_filled_with_a_copy(self, client, organization, motif):
        page = text(client.get(url("duplicate", organization, motif.pk)))

        assert 'value="Pièces d\'identité (copie)"' in page
        assert "Sur rendez-vous." in page
        assert 'value="CNI"' in page
        assert "Quartier" in page
        assert 'value="2 mois"' in page
        assert 'name="options-0-id" id=' in page  # Without the id of the option that is copied.
        assert "Organisation de la copie" not in page

    def test_costs_the_same_whatever_its_lists(self, client, organization, motif, assert_query_count):
        for _ in range(8):
            make_option(motif=motif)

        with assert_query_count("motif_duplicate"):
            client.get(url("duplicate", organization, motif.pk))

    def test_saves_it_as_a_new_one(self, client, organization, motif):
        posted = typed(name="Pièces d'identité (copie)", options=[{"name": "CNI"}], questions=[QUESTION])

        response = client.post(url("duplicate", organization, motif.pk), posted)

        copy = Motif.objects.exclude(pk=motif.pk).get()
        assert response.status_code == 302
        assert (copy.name, copy.organization) == ("Pièces d'identité (copie)", organization)
        assert (copy.options.get().name, copy.questions.get().choices) == ("CNI", ["Nord", "Sud"])
        motif.refresh_from_db()
        assert (motif.name, motif.options.count()) == ("Pièces d'identité", 1)

    def test_shortens_a_name_that_leaves_no_room(self, client, organization):
        motif = make_motif(organization=organization, name="é" * 120)

        assert f'value="{"é" * 112} (copie)"' in text(client.get(url("duplicate", organization, motif.pk)))

    def test_into_a_sister_organization_is_for_who_administers_the_territory(self, client, organization, motif):
        sister = make_organization(territory=organization.territory, name="Centre social")
        posted = typed(name="Copie", organisation=sister.pk)

        client.post(url("duplicate", organization, motif.pk), posted)
        assert Motif.objects.get(name="Copie").organization == organization

        client.force_login(make_territory_admin(territory=organization.territory))
        assert "Centre social" in text(client.get(url("duplicate", organization, motif.pk)))
        response = client.post(url("duplicate", organization, motif.pk), posted | {"name": "Autre copie"})
        assert Motif.objects.get(name="Autre copie").organization == sister
        assert response["Location"] == url("list", sister)

    def test_into_another_territory_is_refused(self, client, organization, motif):
        make_organization(territory=organization.territory)
        client.force_login(make_territory_admin(territory=organization.territory))
        posted = typed(name="Copie", organisation=make_organization().pk)

        assert client.post(url("duplicate", organization, motif.pk), posted).status_code == 422
        assert not Motif.objects.filter(name="Copie").exists()

    def test_keeps_the_chosen_organization_while_rows_are_added(self, client, organization, motif):
        sister = make_organization(territory=organization.territory)
        client.force_login(make_territory_admin(territory=organization.territory))

        page = text(
            client.post(
                url("duplicate", organization, motif.pk), typed(organisation=sister.pk, acte="option", **rows("x", []))
            )
        )

        assert f'<option value="{sister.pk}" selected' in page
