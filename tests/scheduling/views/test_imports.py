"""Importing on screen: upload, dry run by row, import, again; who may, and what becomes of the file."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from organizations.models import Citizen, Desk, Location, Motif, Organization
from scheduling.import_files.kinds import TABLES
from scheduling.models import DirectoryImport, DirectoryImportRow, Opening
from scheduling.services.imports import continue_imports, purge_import_reports
from scheduling.tasks import run_directory_import
from tests.factories import (
    NOW,
    make_agent,
    make_import,
    make_location,
    make_organization,
    make_territory,
    make_territory_admin,
)

MUNICH = Path(__file__).resolve().parents[4] / "shared" / "data" / "munich_directory.json"


@pytest.fixture
def territory(db):
    return make_territory(name="Artois", slug="artois")


@pytest.fixture
def organization(territory):
    return make_organization(territory=territory, name="Mairie")


@pytest.fixture
def admin(client, territory):
    admin = make_territory_admin(territory=territory)
    client.force_login(admin)
    return admin


@pytest.fixture
def at_now():
    with time_machine.travel(NOW, tick=False):
        yield


def url(name, territory, *args, **query):
    return reverse(f"scheduling:territory_import_{name}", args=[territory.slug, *args], query=query)


def upload(client, territory, kind, content, name="fichier.csv", **fields):
    """The page that follows, which is the report of the dry run."""
    content = content.encode() if isinstance(content, str) else content
    data = {"kind": kind, "file": SimpleUploadedFile(name, content), **fields}
    return client.post(url("add", territory), data, follow=True)


def run(client, territory, job=None):
    job = job or DirectoryImport.objects.latest("pk")
    response = client.post(url("run", territory, job.pk), follow=True)
    return response, DirectoryImport.objects.get(pk=job.pk)


def text_of(response):
    return response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ").replace("&#x27;", "'")


PLACES = """identifiant;nom;adresse;code postal;commune;latitude;longitude;téléphone;visible
A1;Centre social;12 rue des Tilleuls;62000;Arras;50,2910;2,7775;03 21 12 34 56;oui
A2;Annexe;;1000;Bourg;;;;non
A3;Sans point;;62000;Arras;50,2;;;
"""


class TestPlaces:
    def test_dry_run_import_and_again(self, client, territory, organization, admin, at_now):
        page = text_of(upload(client, territory, "locations", PLACES))

        assert "Importer les 2 lignes valables" in page
        assert "Donnez la latitude et la longitude, ou aucune des deux." in page
        assert not Location.objects.exists()

        page, job = run(client, territory)

        names = ("name", "postal_code", "phone", "is_visible_on_portal")
        assert list(Location.objects.order_by("pk").values_list(*names)) == [
            ("Centre social", "62000", "+33321123456", True),
            ("Annexe", "01000", "", False),
        ]
        assert (job.status, job.counts, job.content) == ("imported", {"created": 2, "refused": 1}, None)

        page = text_of(upload(client, territory, "locations", PLACES))

        assert "Aucune ligne n'apporterait de changement" in page

    def test_says_what_changes_before_and_after(self, client, territory, organization, admin):
        make_location(organization=organization, name="Annexe", external_id="A2", city="Lens")

        page = text_of(upload(client, territory, "locations", "id;nom;commune\nA2;Annexe;Arras\n"))

        assert "À modifier" in page
        assert "<del>Lens</del>" in page
        assert "<ins>Arras</ins>" in page
        assert Location.objects.get().city == "Lens"

    def test_tells_what_came_otherwise_than_announced(self, client, territory, organization, admin):
        upload(client, territory, "locations", "nom\nAnnexe\nMairie\n")
        make_location(organization=organization, name="Annexe", street="", postal_code="")

        page, job = run(client, territory)

        assert job.counts == {"created": 1, "unchanged": 1}
        assert "Prévu : créé" in text_of(page)
        assert "Des données ont changé depuis l'examen" in text_of(page)

    def test_an_organization_of_another_territory_is_unknown(self, client, territory, organization, admin):
        make_organization(name="Ailleurs", slug="ailleurs")

        for name in ("Ailleurs", "ailleurs"):
            page = text_of(upload(client, territory, "locations", f"nom;organisation\nA;{name}\n"))
            assert f"Organisation : « {name} » est inconnue dans ce territoire." in page

    def test_formulas_markup_and_long_cells_do_no_harm(self, client, territory, organization, admin):
        content = f"nom;acces\n=1+1;<script>alert(1)</script>\n{'x' * 300};\nMairie;{'y' * 5000}\n"

        page = text_of(upload(client, territory, "locations", content))

        assert "<script>alert" not in page
        assert "au plus 160 caractères" in page
        assert "5000 caractères, 4000 au plus" in page
        run(client, territory)
        assert Location.objects.get().name == "=1+1"


def test_a_file_that_cannot_be_read_is_refused_beside_its_field(client, territory, organization, admin):
    for content in (b"\x00\x01", b"PK\x03\x04", b"{", b"ville\nArras\n", b"", b"x" * (5 * 1024 * 1024 + 1)):
        response = upload(client, territory, "locations", content)
        assert response.status_code == 422
        assert "id_file_error" in text_of(response)
    assert upload(client, territory, "nonsense", "nom\nA\n").status_code == 422
    assert upload(client, territory, "directory", "nom\nA\n").status_code == 422
    assert not DirectoryImport.objects.exists()


def test_the_report_is_filtered_and_paged_at_the_same_cost(client, territory, organization, admin, assert_query_count):
    upload(client, territory, "locations", "nom\n" + "".join(f"Lieu {n}\n" for n in range(60)) + ";x\n")
    job = DirectoryImport.objects.get()

    with assert_query_count("territory_import_detail"):
        page = client.get(url("detail", territory, job.pk, page=2))
    assert "51 à 61 sur 61" in text_of(page)
    with assert_query_count("territory_import_detail"):
        page = client.get(url("detail", territory, job.pk, resultat="refused"))
    assert "Lieu 1<" not in text_of(page)
    with assert_query_count("territory_import_add"):
        client.get(url("add", territory))
    for _ in range(3):
        make_import(territory=territory)
    with assert_query_count("territory_import_add"):
        client.get(url("add", territory))


def test_pressed_twice_it_is_imported_once(client, territory, organization, admin):
    upload(client, territory, "locations", "nom\nMairie\n")
    run(client, territory)

    page, job = run(client, territory)

    assert "rien n'a été refait" in text_of(page)
    assert (Location.objects.count(), job.counts) == (1, {"created": 1})


def test_given_up_nothing_is_kept_of_the_file(client, territory, organization, admin):
    upload(client, territory, "citizens", "nom;prénom;tel\nDurand;Ana;06 12 34 56 78\n")
    job = DirectoryImport.objects.get()

    page = client.post(url("discard", territory, job.pk), follow=True)

    job.refresh_from_db()
    assert (job.status, job.content) == ("given_up", None)
    assert not DirectoryImportRow.objects.exists()
    assert not Citizen.objects.exists()
    assert "Abandonné" in text_of(page)
    assert "Rien n'a été écrit" in text_of(client.get(url("detail", territory, job.pk)))
    assert "déjà fait" in text_of(run(client, territory, job)[0])


def test_after_seven_days_only_the_history_stays(client, territory, organization, admin, at_now):
    upload(client, territory, "citizens", "nom;prénom\nDurand;Ana\n")
    run(client, territory)
    upload(client, territory, "citizens", "nom;prénom\nPetit;Luc\n")

    assert purge_import_reports(now=NOW + timedelta(days=6)) == 0
    assert purge_import_reports(now=NOW + timedelta(days=7)) == 3

    imported, forgotten = DirectoryImport.objects.order_by("pk")
    assert (imported.status, imported.counts) == ("imported", {"created": 1})
    assert (forgotten.status, forgotten.content) == ("given_up", None)
    assert not DirectoryImportRow.objects.exists()
    assert "effacé après sept jours" in text_of(client.get(url("detail", territory, imported.pk)))
    assert purge_import_reports(now=NOW + timedelta(days=7)) == 0


def test_a_large_file_waits_for_a_worker_and_says_how_far_it_is(client, territory, organization, admin, monkeypatch):
    monkeypatch.setattr("scheduling.services.imports.MOST_ROWS_AT_ONCE", 2)
    page = upload(client, territory, "locations", "nom\nA\nB\nC\n")
    job = DirectoryImport.objects.get()

    assert "0 ligne sur 3" in text_of(page)
    poll = client.get(url("progress", territory, job.pk))
    assert "import-progress" in text_of(poll)
    assert "HX-Refresh" not in poll.headers

    DirectoryImport.objects.update(touched_at=NOW)
    assert continue_imports(now=NOW + timedelta(minutes=1)) == 1
    assert client.get(url("progress", territory, job.pk)).headers["HX-Refresh"] == "true"
    job.refresh_from_db()
    assert (job.status, job.counts) == ("checked", {"created": 3})

    page, job = run(client, territory)
    assert "Import en cours" in text_of(page)
    assert not Location.objects.exists()
    run_directory_import(job.pk)
    run_directory_import(job.pk)
    job.refresh_from_db()
    assert (job.status, Location.objects.count()) == ("imported", 3)


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("locations", "Nom;Cou\0leur\nMairie;rouge\n", 200),
        ("locations", '[{"Nom": "Mairie", "Cou\\u0000leur": "rouge"}]', 200),
        ("locations", '[{"Nom": "Mairie", "Cou\\ud800leur": "rouge"}]', 200),
        ("locations", '[{"Cou\\ud800leur": "rouge"}]', 422),
        ("directory", '{"locations": [], "services": [], "timezone": "Europe/\\ud800", "holidays": "FR"}', 422),
        ("locations", f"Nom;Identifiant\nMairie;{'1' * 81}\n", 200),
        ("motifs", f"Nom;Identifiant\nMairie;{'1' * 81}\n", 200),
    ],
)
def test_no_header_zone_or_identifier_ends_on_an_error_page(
    client, territory, organization, admin, kind, content, status
):
    page = upload(client, territory, kind, content)

    assert page.status_code == status
    assert ("81 caractères, 80 au plus" in text_of(page)) == ("1" * 81 in content)


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_template_is_given_and_its_own_example_examined(client, territory, organization, admin, kind, extension):
    template = client.get(url("template", territory, quoi=kind, format=extension))

    assert f'filename="modele-{kind}.{extension}"' in template["Content-Disposition"]
    page = upload(client, territory, kind, template.content, f"modele.{extension}")
    assert page.status_code == 200
    assert DirectoryImport.objects.get().row_count == 1


class TestAccess:
    """Territory administrators only; for those of another territory it does not exist."""

    def pages(self, territory, job):
        return [
            ("get", url("add", territory)),
            ("get", url("template", territory)),
            ("get", url("detail", territory, job.pk)),
            ("get", url("progress", territory, job.pk)),
            ("post", url("run", territory, job.pk)),
            ("post", url("discard", territory, job.pk)),
        ]

    def test_the_import_of_another_territory_does_not_exist(self, client, territory, organization, admin):
        upload(client, territory, "citizens", "nom;prénom\nDurand-Secret;Ana\n")
        job = DirectoryImport.objects.get()
        elsewhere = make_territory()
        client.force_login(make_territory_admin(territory=elsewhere))

        theirs = [getattr(client, method)(path).status_code for method, path in self.pages(territory, job)]
        own = [getattr(client, method)(path) for method, path in self.pages(elsewhere, job)]

        assert theirs == [404] * 6
        assert [response.status_code for response in own] == [200, 200, 404, 404, 404, 404]
        assert not any(b"Durand-Secret" in response.content for response in own)
        job.refresh_from_db()
        assert job.status == "checked"

    def test_an_administrator_of_an_organization_is_none_of_the_territory(self, client, territory, organization, admin):
        upload(client, territory, "locations", "nom\nA\n")
        client.force_login(make_agent(organization=organization, role="admin"))

        for method, path in self.pages(territory, DirectoryImport.objects.get()):
            assert getattr(client, method)(path).status_code == 404


SMALL = {
    "timezone": "Europe/Paris",
    "holidays": "FR",
    "services": [{"id": "1", "name": "Passeport", "max_quantity": 1}],
    "locations": [
        {"id": "10", "name": "Accueil", "unit": "Mairie", "services": [{"service": "1", "duration_min": 15}]},
        {"id": "11", "name": "Fermé", "unit": "Mairie", "phone": "12", "services": []},
    ],
}


def test_a_directory_gives_its_places_desks_as_asked_and_says_what_it_left_out(client, territory, admin, at_now):
    content = json.dumps(SMALL, indent=1)
    page = text_of(upload(client, territory, "directory", content, "annuaire.json", desks_per_place=2))

    assert "guichet « Guichet 2 » à « Accueil » (10)" in page
    assert "téléphone « 12 » illisible, laissé vide" in page
    assert not Desk.objects.exists()
    run(client, territory)
    assert (Desk.objects.count(), Opening.objects.count()) == (2, 4)
    page = text_of(upload(client, territory, "directory", content, "annuaire.json", desks_per_place=2))
    assert "Tout ce que dit ce fichier est déjà en place." in page


# What each spoils, by the words that its refusal holds.
FAULTS = {
    "il manque « name »": lambda places, services: places[0].pop("name"),
    "il manque « id »": lambda places, services: places[1].pop("id"),
    "est déjà celui d'un autre lieu": lambda places, services: places[2].update(id=places[3]["id"]),
    "« lat » et « lon » vont ensemble": lambda places, services: places[4].update(lon=None),
    "« lat » doit être un nombre de −90 à 90": lambda places, services: places[5].update(lat=91),
    "« name » dépasse 160 caractères": lambda places, services: places[6].update(name="x" * 5000),
    "« services » doit être une liste": lambda places, services: places[7].update(services="x"),
    "la ligne n'est pas un objet": lambda places, services: places.append("x"),
    "« street » n'est pas un texte": lambda places, services: places[8].update(street=["x"]),
    "est déjà celui d'un autre service": lambda places, services: services.append(dict(services[0])),
    "« max_quantity » doit être un nombre entier": lambda places, services: services.append(
        {"id": "new-1", "name": "Neu", "max_quantity": "1"}
    ),
    "« name » n'est pas un texte": lambda places, services: services.append(
        {"id": "new-2", "name": True, "max_quantity": 1}
    ),
}


@pytest.mark.skipif(not MUNICH.exists(), reason="the directory of Munich is not beside the repository")
def test_the_directory_of_munich_on_screen_and_a_spoilt_copy(client, db, at_now):
    territory = make_territory(name="München", country="DE", subdivision="BY", time_zone="Europe/Berlin")
    client.force_login(make_territory_admin(territory=territory))
    content = MUNICH.read_text(encoding="utf-8")

    # Dry run: every row with its line, nothing written.
    page = text_of(upload(client, territory, "directory", content, "muenchen.json", desks_per_place=0))
    job = DirectoryImport.objects.get()
    assert f"Importer les {job.valid_count} lignes valables" in page
    assert "refused" not in job.counts
    assert not Organization.objects.exists()
    lines = content.splitlines()
    for row in job.rows.filter(label__startswith="lieu «"):
        assert lines[row.line - 1].lstrip().startswith("{")
        assert row.label.split(" (")[-1][:-1] in lines[row.line]
    announced = list(job.rows.order_by("number").values_list("label", "line", "result", "changes"))

    # Import: exactly that.
    _, job = run(client, territory)
    done = job.rows.filter(step="import").order_by("number").values_list("label", "line", "result", "changes")
    assert list(done) == announced
    assert (Location.objects.count(), job.status) == (109, "imported")
    motifs = Motif.objects.count()

    # Again: nothing changes.
    page = text_of(upload(client, territory, "directory", content, desks_per_place=0))
    assert "Tout ce que dit ce fichier est déjà en place." in page
    assert set(DirectoryImport.objects.latest("pk").counts) == {"unchanged"}

    # A spoilt copy, in a territory of its own: twelve rows refused with line and reason, the rest imported.
    data = json.loads(content)
    for spoil in FAULTS.values():
        spoil(data["locations"], data["services"])
    spoilt = json.dumps(data, ensure_ascii=False, indent=0)
    other = make_territory(name="Spoilt", country="DE", subdivision="BY", time_zone="Europe/Berlin")
    client.force_login(make_territory_admin(territory=other))
    page = text_of(upload(client, other, "directory", spoilt, desks_per_place=0))
    job = DirectoryImport.objects.latest("pk")
    assert job.counts["refused"] == len(FAULTS) == 12
    page = text_of(client.get(url("detail", other, job.pk, resultat="refused")))
    refused = job.rows.filter(result="refused").order_by("number")
    for reason in FAULTS:
        (row,) = [row for row in refused if reason in row.reason]
        assert spoilt.splitlines()[row.line - 1].lstrip()[0] in '{"'
        assert row.reason in page
        assert f">{row.line}<" in page
    _, job = run(client, other)
    assert job.counts["refused"] == 12
    imported = Location.objects.filter(organization__territory=other)
    assert imported.count() == 109 - 9 + 1
    assert Motif.objects.filter(organization__territory=other).count() <= motifs
    page = text_of(upload(client, other, "directory", spoilt, desks_per_place=0))
    assert set(DirectoryImport.objects.latest("pk").counts) == {"unchanged", "refused"}
