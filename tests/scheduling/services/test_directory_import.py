"""A small made-up directory for the rules; the real one of a city where it is at hand (beside the repository)."""

import json
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from organizations.directory import DirectoryError, read_directory
from organizations.models import Desk, Location, Motif, Organization, Territory
from scheduling.models import Calendar, FreeWindow, Opening
from scheduling.selectors.slots import Demand, next_slots
from scheduling.services.directory_import import import_directory
from scheduling.services.nightly import open_run, pending_batches, run_batch
from tests.factories import NOW, make_territory

MUNICH = Path(__file__).resolve().parents[4] / "shared" / "data" / "munich_directory.json"

SMALL = {
    "timezone": "Europe/Berlin",
    "holidays": "DE-BY",
    "services": [
        {"id": "1", "name": "Reisepass", "max_quantity": 3},
        {"id": "2", "name": "Ummeldung", "max_quantity": 1},
    ],
    "locations": [
        {
            "id": "10",
            "name": "Bürgerbüro",
            "unit": "Referat",
            "street": "Ruppertstraße 11",
            "postal_code": "80337",
            "city": "München",
            "lat": 48.12,
            "lon": 11.55,
            "phone": "089 233-96000",
            "services": [{"service": "1", "duration_min": 15, "slots": 3}, {"service": "2", "duration_min": 10}],
        },
        {
            "id": "11",
            "name": "Bürgerbüro",
            "unit": "Referat",
            "street": "Ruppertstraße 11",
            "postal_code": "80337",
            "city": "München",
            "services": [{"service": "1", "duration_min": 30}],
        },
        {"id": "12", "name": "Fundbüro", "unit": None, "services": [{"service": "1", "duration_min": 15}]},
    ],
}


def directory(**changes):
    return read_directory(json.dumps(SMALL | changes))


def spoilt(change):
    data = deepcopy(SMALL)
    change(data)
    return read_directory(json.dumps(data))


@pytest.fixture
def territory(db):
    return make_territory(name="München", slug="muenchen", country="DE", subdivision="BY", time_zone="Europe/Berlin")


def run_import(territory, data=None, **options):
    return import_directory(territory=territory, directory=data or directory(), now=NOW, **options)


class TestImport:
    def test_makes_organizations_places_and_motifs(self, territory):
        report = run_import(territory)

        assert sorted(Organization.objects.values_list("name", flat=True)) == ["München", "Referat"]
        assert Location.objects.get(external_id="10").phone == "+498923396000"
        assert [(motif.name, motif.duration, motif.max_persons) for motif in Motif.objects.order_by("pk")] == [
            ("Reisepass", timedelta(minutes=15), 3),
            ("Reisepass (30 min)", timedelta(minutes=30), 3),
            ("Ummeldung", timedelta(minutes=10), 1),
            ("Reisepass", timedelta(minutes=15), 3),
        ]
        assert report.refused == []

    def test_twice_changes_nothing(self, territory):
        run_import(territory, desks_per_place=2)
        before = (Location.objects.count(), Motif.objects.count(), Desk.objects.count(), Opening.objects.count())

        report = run_import(territory, desks_per_place=2)

        assert report.is_idle
        assert before == (
            Location.objects.count(),
            Motif.objects.count(),
            Desk.objects.count(),
            Opening.objects.count(),
        )

    def test_says_what_changed(self, territory):
        run_import(territory)
        places = deepcopy(SMALL["locations"])
        places[0]["street"] = "Ruppertstraße 19"

        report = run_import(territory, directory(locations=places))

        assert report.changed == ["lieu « Bürgerbüro » (10) : adresse"]
        assert Location.objects.get(external_id="10").street == "Ruppertstraße 19"

    def test_dry_reports_the_same_and_writes_nothing(self, territory):
        dry = run_import(territory, desks_per_place=1, is_dry_run=True)

        assert not Organization.objects.exists()
        assert run_import(territory, desks_per_place=1).created == dry.created

    def test_leaves_a_place_alone_that_would_change_its_organization(self, territory):
        run_import(territory)
        places = deepcopy(SMALL["locations"])
        places[0]["unit"] = "Sozialreferat"

        report = run_import(territory, directory(locations=places))

        assert [fault.reason for fault in report.refused] == ["il appartient déjà à une autre organisation"]

    def test_touches_no_other_territory(self, territory):
        run_import(territory)
        other = make_territory(country="DE", subdivision="BY", time_zone="Europe/Berlin", name="München-Land")

        report = run_import(other)

        assert len([line for line in report.created if line.startswith("lieu")]) == 3
        assert Location.objects.filter(external_id="10").count() == 2

    def test_gives_desks_hours_that_answer_before_and_after_the_night(self, territory):
        run_import(territory, desks_per_place=2)
        motif = Motif.objects.select_related("organization__territory").get(external_id="1@30")
        before = next_slots([Demand(motif)], now=NOW)
        assert not FreeWindow.objects.exists()
        assert Calendar.objects.filter(windows_stale_since__isnull=False).count() == 6

        for batch in pending_batches(open_run(day=NOW.date(), now=NOW)):
            run_batch(batch_id=batch, now=NOW)

        assert FreeWindow.objects.exists()
        assert next_slots([Demand(motif)], now=NOW) == before
        assert len(before) == 1


@pytest.mark.parametrize(
    ("change", "where", "reason"),
    [
        (lambda d: d["services"][0].pop("name"), "service n° 1", "il manque « name »"),
        (lambda d: d["services"][0].update(max_quantity=0), "service n° 1", "de 1 à 20"),
        (lambda d: d["services"].append(d["services"][0]), "service n° 3", "déjà celui d'un autre service"),
        (lambda d: d["services"].append("x"), "service n° 3", "n'est pas un objet"),
        (lambda d: d["locations"][0].pop("id"), "lieu n° 1", "il manque « id »"),
        (lambda d: d["locations"][0].update(name="x" * 200), "lieu n° 1", "dépasse 160 caractères"),
        (lambda d: d["locations"][0].update(lat=91), "lieu n° 1", "« lat » doit être un nombre"),
        (lambda d: d["locations"][0].update(lat=None), "lieu n° 1", "vont ensemble"),
        (lambda d: d["locations"][0].update(services="x"), "lieu n° 1", "doit être une liste"),
        (lambda d: d["locations"][1].update(id="10"), "lieu n° 2", "déjà celui d'un autre lieu"),
        (
            lambda d: d["locations"][0]["services"][0].update(service="9"),
            "lieu n° 1 (Bürgerbüro), service n° 1",
            "n'est pas dans l'annuaire",
        ),
        (
            lambda d: d["locations"][0]["services"][0].update(duration_min=3),
            "lieu n° 1 (Bürgerbüro), service n° 1",
            "de 5 à 720",
        ),
    ],
)
def test_a_spoilt_row_is_refused_with_its_place_and_reason(change, where, reason):
    faults = spoilt(change).faults

    assert where in [fault.where for fault in faults]
    assert any(reason in fault.reason for fault in faults)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "n'est pas du JSON lisible : ligne 1, colonne 1"),
        ("[]", "il manque locations, services, timezone, holidays"),
        (json.dumps(SMALL | {"timezone": "Europe/Munich"}), "« Europe/Munich » n'est pas un fuseau horaire connu"),
        (json.dumps(SMALL | {"locations": {}}), "« locations » doit être une liste"),
    ],
)
def test_a_file_that_is_no_directory_is_refused_whole(text, message):
    with pytest.raises(DirectoryError, match=message):
        read_directory(text)


class TestCommand:
    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "directory.json"
        path.write_text(json.dumps(SMALL), encoding="utf-8")
        return path

    def test_creates_the_territory_with_the_zone_of_the_file_when_asked(self, db, file, capsys):
        call_command("import_directory", file, territory="muenchen", create_territory="München")

        territory = Territory.objects.get()
        assert (territory.time_zone, territory.country, territory.subdivision) == ("Europe/Berlin", "DE", "BY")
        assert "11 créés, 0 changés, 0 sans changement, 0 refusés." in capsys.readouterr().out

    def test_refuses_an_unknown_territory(self, db, file):
        with pytest.raises(CommandError, match="« muenchen » n'existe pas"):
            call_command("import_directory", file, territory="muenchen")

    def test_refuses_a_missing_file(self, db, tmp_path):
        with pytest.raises(CommandError, match="ne peut pas être lu"):
            call_command("import_directory", tmp_path / "none.json", territory="muenchen")

    def test_refuses_a_zone_without_known_holidays(self, db, file):
        file.write_text(json.dumps(SMALL | {"holidays": "XX"}), encoding="utf-8")

        with pytest.raises(CommandError, match="ne sont pas connus"):
            call_command("import_directory", file, territory="muenchen", create_territory="München")


@pytest.mark.skipif(not MUNICH.exists(), reason="the directory of Munich is not beside the repository")
def test_the_directory_of_munich_goes_in_whole_and_once(territory):
    data = read_directory(MUNICH.read_text(encoding="utf-8"))

    report = run_import(territory, data)

    assert (len(data.places), len(data.services)) == (109, 287)
    assert sum(len(place.durations) for place in data.places) == 526
    assert Location.objects.count() == 109
    assert [fault.reason for fault in report.refused] == ["téléphone « 115 » illisible, laissé vide"]
    assert run_import(territory, data).is_idle
