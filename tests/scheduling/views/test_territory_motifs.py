"""The motifs of a whole territory: the table, one field of many with its undo, one motif in many organizations."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from organizations.models import Motif, PartnerType
from scheduling.models import MotifBulkEdit
from scheduling.motif_fields import BULK_FIELDS
from tests.factories import (
    MONDAY,
    NOW,
    make_appointment,
    make_motif,
    make_opening,
    make_organization,
    make_territory,
    make_territory_admin,
    make_unit,
)
from tests.scheduling.services.test_motif_bulk_edits import make_motifs
from tests.scheduling.views.test_motifs import text, typed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _early():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def territory():
    return make_territory()


@pytest.fixture(autouse=True)
def admin(client, territory):
    admin = make_territory_admin(territory=territory)
    client.force_login(admin)
    return admin


def url(name, territory, *args, **query):
    return reverse(f"scheduling:territory_motif_{name}", args=[territory.slug, *args], query=query)


class TestTheTable:
    def shown(self, client, territory, **query):
        response = client.get(url("list", territory, **query))
        assert response.status_code == 200
        return [motif.name for motif in response.context["page"]]

    @pytest.fixture
    def two(self, territory):
        """Two organizations with a motif each, all different."""
        town, centre = (make_organization(territory=territory, name=name) for name in ("Mairie", "Centre social"))
        unit = make_unit(territory=territory, name="PMI")
        identity = make_motif(organization=town, name="Identité", category="Mairie", duration=timedelta(minutes=20))
        visit = make_motif(
            organization=centre,
            name="Visite",
            category="Famille",
            units=[unit],
            location_kind="home",
            booking_audience="agents",
            duration=timedelta(minutes=60),
        )
        make_opening(motifs=[identity])
        make_opening(motifs=[visit], first_day=MONDAY - timedelta(days=7), now=NOW - timedelta(days=8))
        make_motif(organization=town, name="Ancien", archived_at=NOW)
        make_motif(name="Ailleurs")
        return identity, visit, unit

    def test_shows_the_motifs_of_all_organizations_and_no_others(self, client, territory, two):
        page = text(client.get(url("list", territory)))

        assert self.shown(client, territory) == ["Identité", "Visite"]
        for words in ("Mairie", "Centre social", "PMI", "Famille", "aucune plage d'ouverture"):
            assert words in page

    def test_filters_by_what_stands_in_the_address(self, client, territory, two):
        _, visit, unit = two
        for query in (
            {"q": "vis"},
            {"organisation": visit.organization_id},
            {"service": unit.pk},
            {"categorie": "Famille"},
            {"public": "agents"},
            {"lieu": "home"},
            {"sans_plage": "on"},
        ):
            assert self.shown(client, territory, **query) == ["Visite"], query
        assert self.shown(client, territory, etat="archives") == ["Ancien"]
        assert self.shown(client, territory, etat="tous") == ["Ancien", "Identité", "Visite"]
        assert self.shown(client, territory, q="vis", categorie="Mairie") == []

    @pytest.mark.parametrize("order", ["nom", "duree", "-organisation", "-categorie", "-lieu", "-public", "x", "-", ""])
    def test_sorts_both_ways(self, client, territory, two, order):
        forwards = ["Identité", "Visite"]
        backwards = {"-nom", "organisation", "-duree", "categorie", "lieu", "public"}

        assert self.shown(client, territory, tri=order) == forwards
        other_way = order.removeprefix("-") if order.startswith("-") else f"-{order}"
        assert self.shown(client, territory, tri=other_way) == (forwards[::-1] if other_way in backwards else forwards)

    def test_says_by_what_it_is_sorted(self, client, territory, two):
        assert 'aria-sort="descending"' in text(client.get(url("list", territory, tri="-duree")))
        assert text(client.get(url("list", territory))).count("aria-sort") == 1

    @pytest.mark.parametrize(("organizations", "motifs"), [(2, 2), (40, 60)])
    def test_costs_the_same_whatever_the_rows(self, client, territory, organizations, motifs, assert_query_count):
        make_motifs(territory, organizations=organizations, motifs=motifs)

        with assert_query_count("territory_motif_list"):
            response = client.get(url("list", territory))

        assert len(response.context["page"]) == min(motifs, 50)

    def test_answers_a_filter_with_the_results_alone(self, client, territory, two):
        page = text(client.get(url("list", territory, q="vis"), headers={"HX-Request": "true"}))

        assert "<html" not in page
        assert "Visite" in page

    def test_says_what_to_do_where_there_is_nothing(self, client, territory):
        assert "Ajouter un motif" in text(client.get(url("list", territory)))
        make_motif(organization=make_organization(territory=territory))
        assert "Aucun motif ne correspond" in text(client.get(url("list", territory, q="zzz")))


class TestChangingMany:
    @pytest.fixture
    def motifs(self, territory):
        return make_motifs(territory, organizations=2, motifs=6)

    def path(self, territory, field, motifs=None, **query):
        chosen = {"motif": [motif.pk for motif in motifs]} if motifs is not None else {"tous": 1}
        return f"{url('bulk_edit', territory)}?{urlencode({'champ': field} | chosen | query, doseq=True)}"

    def preview(self, client, path, **value):
        return client.post(path, {"etape": "apercu"} | value)

    def apply(self, client, path, **value):
        expected = self.preview(client, path, **value).context["plan"].fingerprint
        return client.post(path, {"etape": "appliquer", "expected": expected} | value)

    def test_asks_for_the_field_and_then_for_its_value_in_the_field_of_the_form(self, client, territory, motifs):
        page = text(client.get(self.path(territory, "", motifs[:3])))
        assert "3 motifs choisis" in page
        assert 'name="duration"' not in page

        page = text(client.get(self.path(territory, "duration", motifs[:3])))
        assert "field-duration" in page
        assert "Par exemple 45, 60m ou 1h30." in page

    @pytest.mark.parametrize(
        ("field", "value"), [("max_persons", "45"), ("max_persons", "0"), ("max_upcoming", "0"), ("color", "rouge")]
    )
    def test_refuses_what_the_row_of_a_motif_does_not_hold(self, client, territory, motifs, field, value):
        response = self.preview(client, self.path(territory, field, motifs), **{field: value})

        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert response.context["plan"] is None

    def test_shows_the_first_of_hundreds_and_counts_them_all(self, client, territory):
        make_motifs(territory, organizations=1, motifs=203)

        page = text(self.preview(client, self.path(territory, "duration"), duration="50"))

        assert page.count('data-label="Après"') == 200
        assert "203 motifs modifiés" in page
        assert "Et 3 autres." in page

    def test_shows_what_would_change_and_changes_nothing(self, client, territory, motifs):
        response = self.preview(client, self.path(territory, "duration", motifs), duration="45")

        page = text(response)
        assert response.status_code == 200
        assert "Appliquer à 2 motifs" in page
        assert "4 motifs inchangés" in page
        assert {motif.duration for motif in Motif.objects.filter(name="Motif 000")} == {timedelta(minutes=30)}

    def test_applies_it_and_offers_to_take_it_back(self, client, territory, motifs):
        response = self.apply(client, self.path(territory, "duration", motifs), duration="50")

        assert response.status_code == 302
        assert set(Motif.objects.values_list("duration", flat=True).order_by()) == {timedelta(minutes=50)}
        edit = MotifBulkEdit.objects.get()
        page = text(client.get(response["Location"]))
        assert "6 motifs modifiés." in page
        assert url("bulk_undo", territory, edit.pk) in page

        Motif.objects.filter(pk=motifs[0].pk).update(duration=timedelta(minutes=20))
        undo = url("bulk_undo", territory, edit.pk)
        assert "Rendre sa valeur à 5 motifs" in text(client.get(undo))
        done = client.post(undo, follow=True)
        assert "5 motifs ont retrouvé leur valeur, 1 laissé tel quel : Motif 000" in text(done)
        assert "Motif 000, Commune 000 – Modifié depuis." in text(done)
        assert url("bulk_undo", territory, edit.pk) not in text(client.get(url("list", territory)))
        assert "ne peut plus être annulée" in text(client.post(undo, follow=True))

    def test_of_all_results_of_a_filter(self, client, territory, motifs):
        path = self.path(territory, "max_persons", q="Motif 00", public="agents")

        self.apply(client, path, max_persons="3")

        assert Motif.objects.filter(max_persons=3).count() == 4

    def test_shows_the_new_preview_when_something_changed_meanwhile(self, client, territory, motifs):
        path = self.path(territory, "duration", motifs)
        expected = self.preview(client, path, duration="50").context["plan"].fingerprint
        Motif.objects.filter(pk=motifs[0].pk).update(duration=timedelta(minutes=50))

        response = client.post(path, {"etape": "appliquer", "expected": expected, "duration": "50"})

        assert response.status_code == 422
        assert "La situation a changé depuis l'aperçu" in text(response)
        assert "Appliquer à 5 motifs" in text(response)
        assert not MotifBulkEdit.objects.exists()

    def test_another_value_than_the_previewed_one_is_previewed_first(self, client, territory, motifs):
        path = self.path(territory, "duration", motifs)
        expected = self.preview(client, path, duration="50").context["plan"].fingerprint

        assert client.post(path, {"etape": "appliquer", "expected": expected, "duration": "55"}).status_code == 422
        assert not MotifBulkEdit.objects.exists()

    def test_refuses_what_the_form_of_a_motif_refuses(self, client, territory, motifs):
        response = self.preview(client, self.path(territory, "duration", motifs), duration="bientôt")

        assert response.status_code == 422
        assert "n'est pas une durée" in text(response)
        assert 'value="bientôt"' in text(response)

    @pytest.mark.parametrize(
        ("field", "value", "expected"),
        [
            ("name", {"name": "Accueil"}, "Plusieurs motifs choisis"),
            ("category", {"category": "Famille"}, "<strong>Famille</strong>"),
            ("description", {"description": "Bonjour"}, "<strong>Bonjour</strong>"),
            ("color", {"color": "#aa0000"}, "<strong>#aa0000</strong>"),
            ("pause", {"pause": ""}, "6 motifs inchangés"),
            ("location_kind", {"location_kind": "phone"}, "<strong>téléphone</strong>"),
            ("is_collective", {"is_collective": "on"}, "<strong>oui</strong>"),
            ("booking_audience", {"booking_audience": "link"}, "<strong>tous ceux qui ont le lien</strong>"),
            ("minimum_delay", {"minimum_delay": "2j"}, "<strong>2 jours</strong>"),
            ("maximum", {"maximum": "2m"}, "<strong>2 mois</strong>"),
            ("minimum_delay_binds_agents", {"minimum_delay_binds_agents": "on"}, "<strong>oui</strong>"),
            ("is_follow_up", {"is_follow_up": "on"}, "<strong>oui</strong>"),
            ("instructions_before", {"instructions_before": "Lisez"}, "<strong>Lisez</strong>"),
            ("instructions_after", {"instructions_after": "Sonnez"}, "<strong>Sonnez</strong>"),
            ("citizen_may_cancel", {}, "<strong>non</strong>"),
            ("citizen_may_move", {}, "<strong>non</strong>"),
            ("offers_earlier_slots", {}, "<strong>non</strong>"),
            ("change_deadline", {"change_deadline": "1j"}, "<strong>1 jour</strong>"),
            ("cancellation_warning", {"cancellation_warning": "Vraiment ?"}, "<strong>Vraiment ?</strong>"),
            ("reminder_lead_times", {"reminder_lead_times": "48h, 6h"}, "<strong>2 jours et 6 h</strong>"),
            ("max_persons", {"max_persons": "4"}, "<strong>4</strong>"),
            ("max_upcoming", {"max_upcoming": "2"}, "<strong>2</strong>"),
            ("max_upcoming", {"max_upcoming": ""}, "<strong>sans limite</strong>"),
            ("archived", {"archived": "1"}, "<strong>archivé</strong>"),
        ],
    )
    def test_knows_every_field(self, client, territory, motifs, field, value, expected):
        path = self.path(territory, field, motifs)
        response = self.preview(client, path, **value)

        assert response.status_code == 200
        assert expected in text(response)

    @pytest.mark.parametrize("field", [*BULK_FIELDS, "x", "\x00"])
    def test_answers_whatever_is_posted(self, client, territory, motifs, field):
        make_unit(territory=territory)
        PartnerType.objects.create(territory=territory, name="CAF")
        path = self.path(territory, field, motifs)

        for forged in ("", "\x00", "9" * 5000, "-1", "²"):
            posted = {"etape": "appliquer", "expected": forged, "mode": forged, field: forged}
            assert client.post(path, posted).status_code in {200, 422}

        assert not MotifBulkEdit.objects.exists()

    def test_lists_can_be_added_to_and_taken_from(self, client, territory, motifs):
        pmi, social = (make_unit(territory=territory, name=name) for name in ("PMI", "Social"))
        caf = PartnerType.objects.create(territory=territory, name="CAF")
        motifs[0].units.set([pmi])

        self.apply(client, self.path(territory, "units", motifs[:2]), units=[social.pk], mode="add")
        assert set(motifs[0].units.all()) == {pmi, social}
        self.apply(client, self.path(territory, "units", motifs[:2]), units=[pmi.pk], mode="remove")
        assert [set(motif.units.all()) for motif in motifs[:2]] == [{social}, {social}]
        self.apply(client, self.path(territory, "units", motifs[:2]), units=[], mode="replace")
        assert not motifs[0].units.exists()
        self.apply(client, self.path(territory, "partner_types", motifs[:1]), partner_types=[caf.pk])
        assert list(motifs[0].partner_types.all()) == [caf]
        response = self.preview(client, self.path(territory, "units", motifs), units=[], mode="add")
        assert response.status_code == 422

    def test_archives_and_takes_back_into_use(self, client, territory, motifs):
        self.apply(client, self.path(territory, "archived", motifs[:4]), archived="1")
        assert Motif.objects.filter(archived_at=NOW).count() == 4

        self.apply(client, self.path(territory, "archived", motifs), archived="0")
        assert not Motif.objects.exclude(archived_at=None).exists()

        client.post(url("bulk_undo", territory, MotifBulkEdit.objects.latest("pk").pk))
        assert Motif.objects.filter(archived_at=NOW).count() == 4

    def test_says_that_appointments_freeze(self, client, territory, motifs):
        make_appointment(motif=motifs[0])

        page = text(self.preview(client, self.path(territory, "location_kind", motifs), location_kind="phone"))

        assert "Des rendez-vous existent" in page
        assert "Appliquer à 5 motifs" in page

    def test_never_chooses_from_another_territory(self, client, territory, motifs):
        elsewhere = make_motif()
        unit = make_unit()

        response = client.get(self.path(territory, "duration", [elsewhere]))
        assert "Aucun motif choisi" in text(response)
        make_unit(territory=territory)
        assert (
            self.preview(client, self.path(territory, "units", motifs), units=[unit.pk], mode="add").status_code == 422
        )

    def test_costs_the_same_whatever_the_rows(self, client, assert_query_count):
        costs = []
        for organizations, motifs in ((2, 4), (40, 200)):
            territory = make_territory()
            client.force_login(make_territory_admin(territory=territory))
            make_motifs(territory, organizations=organizations, motifs=motifs)
            path = self.path(territory, "duration")
            client.get(path)
            with CaptureQueriesContext(connection) as preview:
                expected = self.preview(client, path, duration="50").context["plan"].fingerprint
            with CaptureQueriesContext(connection) as applied:
                client.post(path, {"etape": "appliquer", "expected": expected, "duration": "50"})
            undo = url("bulk_undo", territory, MotifBulkEdit.objects.latest("pk").pk)
            with CaptureQueriesContext(connection) as asked:
                client.get(undo)
            with CaptureQueriesContext(connection) as undone:
                client.post(undo)
            costs.append([len(each) for each in (preview, applied, asked, undone)])

        assert costs[0] == costs[1]
        with assert_query_count("territory_motif_bulk_edit"):
            self.preview(client, path, duration="50")
        with assert_query_count("territory_motif_bulk_undo"):
            client.get(undo)


class TestAddingToMany:
    @pytest.fixture
    def towns(self, territory):
        return [make_organization(territory=territory, name=name) for name in ("Arras", "Béthune", "Calais")]

    def post(self, client, territory, towns, **fields):
        return client.post(url("add", territory), typed(organisations=[town.pk for town in towns], **fields))

    def create(self, client, territory, towns, **fields):
        plan = self.post(client, territory, towns, **fields).context["plan"]
        return self.post(client, territory, towns, etape="creer", expected=plan.fingerprint, **fields)

    def test_shows_first_where_it_would_be_made_and_where_not_and_why(self, client, territory, towns):
        make_motif(organization=towns[1], name="ACCUEIL social", slug="autre", archived_at=NOW)
        make_motif(organization=towns[2], name="Permanence", slug="accueil-social")

        response = self.post(client, territory, towns)

        page = text(response)
        assert response.status_code == 200
        assert "Créer dans 1 organisation" in page
        assert "« ACCUEIL social » (archivé)" in page
        assert "« Permanence »" in page
        assert Motif.objects.count() == 2

    def test_makes_it_with_its_lists_in_all_of_them(self, client, territory, towns):
        unit = make_unit(territory=territory)
        lists = {
            "units": [unit.pk],
            "options": [{"name": "CNI"}, {"name": "Passeport", "duration": "20"}],
            "questions": [{"label": "Quartier", "kind": "choice", "choices": "Nord\nSud"}],
        }

        response = self.create(client, territory, towns, **lists)

        assert response.status_code == 302
        motifs = Motif.objects.order_by("organization__name")
        assert [motif.organization.name for motif in motifs] == ["Arras", "Béthune", "Calais"]
        for motif in motifs:
            assert (motif.slug, list(motif.units.all())) == ("accueil-social", [unit])
            assert [(o.name, o.duration, o.position) for o in motif.options.all()] == [
                ("CNI", None, 0),
                ("Passeport", timedelta(minutes=20), 1),
            ]
            assert motif.questions.get().choices == ["Nord", "Sud"]

    def test_shows_a_new_preview_when_one_of_them_got_it_meanwhile(self, client, territory, towns):
        plan = self.post(client, territory, towns).context["plan"]
        make_motif(organization=towns[0], name="Accueil social")

        response = self.post(client, territory, towns, etape="creer", expected=plan.fingerprint)

        assert response.status_code == 422
        assert "La situation a changé" in text(response)
        assert "Créer dans 2 organisations" in text(response)
        assert Motif.objects.count() == 1

    def test_shows_a_new_preview_when_the_motif_is_another(self, client, territory, towns):
        plan = self.post(client, territory, towns).context["plan"]

        response = self.post(client, territory, towns, etape="creer", expected=plan.fingerprint, duration="20")

        assert response.status_code == 422
        assert not Motif.objects.exists()

    @pytest.mark.parametrize("forged", ["", "\x00", "9" * 5000, "²", "<b>"])
    def test_answers_whatever_is_posted(self, client, territory, towns, forged):
        fields = {"acte": forged, "etape": forged, "expected": forged, "organisations": forged}

        assert client.post(url("add", territory), typed(**fields)).status_code in {200, 422}
        assert not Motif.objects.exists()

    @pytest.mark.parametrize(("act", "ticked"), [("toutes", 3), ("aucune", 0), ("apercu", 1), ("option", 1)])
    def test_ticks_all_or_none_and_keeps_the_rest(self, client, territory, towns, act, ticked):
        response = self.post(client, territory, towns[:1], acte=act)

        boxes = re.findall(r'<input[^>]*name="organisations"[^>]*>', text(response))
        assert response.status_code == 200
        assert len(boxes) == 3
        assert sum("checked" in box for box in boxes) == ticked
        assert 'value="Accueil social"' in text(response)

    def test_asks_for_an_organization_and_takes_none_from_elsewhere(self, client, territory, towns):
        assert "Choisissez au moins une organisation." in text(self.post(client, territory, []))
        response = self.post(client, territory, [make_organization()])
        assert response.status_code == 422
        assert not Motif.objects.exists()

    def test_shows_its_form_at_one_price(self, client, territory, towns, assert_query_count):
        with assert_query_count("territory_motif_add"):
            client.get(url("add", territory))

    def test_costs_the_same_whatever_the_organizations(self, client, territory, towns):
        more = [make_organization(territory=territory) for _ in range(20)]
        lists = {"options": [{"name": "CNI"}], "questions": [{"label": "Quartier", "kind": "short"}]}
        with CaptureQueriesContext(connection) as few:
            self.create(client, territory, towns[:2], name="Un", **lists)
        with CaptureQueriesContext(connection) as many:
            self.create(client, territory, more, name="Deux", **lists)

        assert len(few) == len(many)
        assert Motif.objects.count() == 22
