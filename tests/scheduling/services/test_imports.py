"""Rows of each kind through the real services, and runs that are stopped, repeated, or meet another."""

import json
from datetime import timedelta
from threading import Barrier, Event, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from organizations.models import Citizen, CitizenAccess, Desk, Invitation, Location, Membership, Motif
from scheduling.import_files.raw import TableError
from scheduling.import_files.upload import read_upload, size_of
from scheduling.models import DirectoryImport, DirectoryImportRow, FreeWindow, Opening
from scheduling.services import imports as services
from scheduling.services.import_run import _TableRun, run_import
from scheduling.services.imports import continue_imports, give_up, import_valid_rows, receive_file
from scheduling.services.recomputation import refresh_stale_calendars
from tests.factories import (
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_desk,
    make_import,
    make_location,
    make_motif,
    make_opening,
    make_option,
    make_organization,
    make_territory,
    make_territory_admin,
    make_unit,
)


@pytest.fixture
def territory(db):
    return make_territory()


@pytest.fixture
def organization(territory):
    return make_organization(territory=territory, name="Mairie")


@pytest.fixture
def admin(territory):
    return make_territory_admin(territory=territory)


@pytest.fixture
def receive(territory, organization, admin):
    def receive_one(kind, text):
        content = text.encode()
        return receive_file(
            territory=territory,
            actor=admin,
            kind=kind,
            file_name="fichier.csv",
            content=content,
            row_count=size_of(read_upload(kind, content)),
            now=NOW,
        )

    return receive_one


@pytest.fixture
def take(receive):
    """Examine and import: (result, label or reason) of each row, which the examination announced."""

    def take_one(kind, text):
        job = receive(kind, text)
        announced = rows_of(job, "check")
        import_valid_rows(job=job, now=NOW)
        assert rows_of(job, "import") == announced
        return announced

    return take_one


def rows_of(job, step):
    rows = DirectoryImportRow.objects.filter(directory_import=job, step=step).order_by("number")
    return [(row.result, (row.reason or row.label).replace("\xa0", " ")) for row in rows]


def changes_of(label):
    return DirectoryImportRow.objects.filter(label=label).latest("pk").changes


class TestMotifs:
    def test_are_held_to_the_rules_of_the_form(self, take, territory, organization):
        unit = make_unit(territory=territory, name="État civil")
        make_unit(name="Ailleurs")

        rows = take(
            "motifs",
            "nom;durée;pause;type de lieu;qui peut réserver;délai max;services;collectif\n"
            "Passeport;45;5;sur place;tout le monde;2m;etat-civil;non\n"
            "Trop court;2;;;;;;\n"
            "Inconnu;;;au bureau;;;;\n"
            "D'ailleurs;;;;;;Ailleurs;\n"
            "Ni oui;;;;;;;peut-être\n"
            "Par défaut;;;;;;;\n",
        )

        assert [result for result, _ in rows] == ["created", "refused", "refused", "refused", "refused", "created"]
        assert rows[1][1].startswith("Durée : « 2 min » est trop court")
        assert rows[2][1].startswith("Type de lieu : « au bureau » n'existe pas. Écrivez l'un de : sur place")
        assert rows[3][1] == "Services : « Ailleurs » est inconnu dans ce territoire."
        assert rows[4][1] == "Collectif : « peut-être » n'est ni oui ni non."
        passport = Motif.objects.get(name="Passeport")
        assert (passport.duration, passport.pause) == (timedelta(minutes=45), timedelta(minutes=5))
        assert (passport.booking_audience, passport.maximum_delay_months) == ("everyone", 2)
        assert list(passport.units.all()) == [unit]
        plain = Motif.objects.get(name="Par défaut")
        assert (plain.duration, plain.booking_audience) == (timedelta(minutes=30), "agents")

    def test_change_what_the_file_says_and_keep_the_rest(self, take, organization):
        motif = make_motif(organization=organization, name="Passeport", external_id="P", category="Identité")
        make_option(motif=motif, name="Enfant")

        rows = take("motifs", "id;nom;catégorie;durée\nP;Passeports;;1h\n")

        assert rows == [("changed", "Passeports")]
        assert changes_of("Passeports") == [["Nom", "Passeport", "Passeports"], ["Durée", "30\xa0min", "1\xa0h"]]
        motif.refresh_from_db()
        assert (motif.name, motif.category, motif.duration) == ("Passeports", "Identité", timedelta(hours=1))
        assert motif.options.filter(archived_at=None).count() == 1
        assert take("motifs", "id;nom;catégorie;durée\nP;Passeports;;60\n") == [("unchanged", "Passeports")]

    def test_what_appointments_freeze_stays(self, take, organization):
        motif = make_motif(organization=organization, name="Passeport")
        make_appointment(motif=motif)

        ((result, reason),) = take("motifs", "nom;type de lieu\nPasseport;visio\n")

        assert (result, "le type de lieu ne peut plus changer" in reason) == ("refused", True)


class TestPairs:
    TEXT = "lieu;motif;guichets\nC1;P1;2\nCentre;Carte;\n"

    @pytest.fixture
    def parts(self, organization):
        make_location(organization=organization, name="Centre", external_id="C1")
        make_motif(organization=organization, name="Passeport", external_id="P1")
        make_motif(organization=organization, name="Carte")

    def test_are_desks_of_the_place_with_hours_for_the_motif(self, take, parts):
        assert take("pairs", self.TEXT) == [("created", "Passeport – Centre"), ("created", "Carte – Centre")]

        desks = {desk.name: sorted(motif.name for motif in desk.motifs.all()) for desk in Desk.objects.order_by("pk")}
        assert desks == {"Guichet 1": ["Carte", "Passeport"], "Guichet 2": ["Passeport"]}
        assert Opening.objects.count() == 4
        assert Opening.objects.filter(motifs__name="Carte").count() == 2
        refresh_stale_calendars(now=NOW)
        assert FreeWindow.objects.exists()
        assert [result for result, _ in take("pairs", self.TEXT)] == ["unchanged", "unchanged"]

    def test_leave_openings_that_were_made_for_something_else(self, take, organization, parts):
        location, (passport, card) = Location.objects.get(), Motif.objects.order_by("pk")
        desk = make_desk(organization=organization, location=location, name="Guichet 1", motifs=[passport])
        other = make_motif(organization=organization)
        whole = make_opening(calendar=desk.calendar, location=location, motifs=[passport])
        special = make_opening(calendar=desk.calendar, location=location, motifs=[other])

        take("pairs", "lieu;motif\nCentre;Carte\n")

        assert set(whole.motifs.all()) == {passport, card}
        assert set(special.motifs.all()) == {other}

    def test_name_what_does_not_exist_here(self, take, parts):
        elsewhere = make_location(name="Ailleurs", external_id="X")
        make_location(organization=Location.objects.get(external_id="C1").organization, name="centre", street="2")

        rows = take(
            "pairs", f"lieu;motif;guichets\n{elsewhere.name};Carte;\nX;Carte;\nCentre;Carte;\nC1;Nul;\nC1;Carte;0\n"
        )

        assert [result for result, _ in rows] == ["refused"] * 5
        assert rows[0][1] == "Lieu : « Ailleurs » est inconnu dans cette organisation."
        assert rows[2][1] == "Lieu : plusieurs portent le nom « Centre » : donnez l'identifiant."
        assert rows[4][1] == "Guichets : au moins 1."


class TestAgents:
    def test_become_invitations_and_no_account(self, take, organization):
        before = Membership.objects.count()

        rows = take(
            "agents", "email;prénom;nom;rôle\nAna@ville.fr;Ana;Durand;administrateur\nana;;;\nANA@ville.fr;;;\n"
        )

        assert rows == [
            ("created", "Ana Durand – Ana@ville.fr"),
            ("refused", "E-mail : ce n'est pas une adresse e-mail."),
            ("refused", "La ligne 2 est déjà pour le même agent."),
        ]
        invitation = Invitation.objects.get()
        assert (invitation.email, invitation.role) == ("ana@ville.fr", "admin")
        assert Membership.objects.count() == before
        assert take("agents", "email\nana@ville.fr\n") == [("unchanged", "Déjà invité, n'a pas encore accepté.")]

    def test_keep_what_the_file_does_not_say(self, take, territory, organization):
        units = [make_unit(territory=territory, name=name) for name in ("PMI", "Social")]
        agent = make_agent(organization=organization, units=[units[0]], is_front_desk=True)

        assert take("agents", f"email;rôle;services\n{agent.email};;\n")[0][0] == "unchanged"
        assert take("agents", f"email;rôle;services\n{agent.email};;Social\n")[0][0] == "changed"

        membership = agent.memberships.get()
        assert (list(membership.units.all()), membership.is_front_desk) == ([units[1]], True)

    def test_the_last_administrator_stays_one(self, take, organization):
        agent = make_agent(organization=organization, role=Membership.Role.ADMIN)

        ((result, reason),) = take("agents", f"email;rôle\n{agent.email};agent\n")

        assert (result, "garde toujours un administrateur" in reason) == ("refused", True)
        assert agent.memberships.get().is_admin

    def test_services_of_a_used_motif_stay(self, take, territory, organization):
        pmi, social = (make_unit(territory=territory, name=name) for name in ("PMI", "Social"))
        agent = make_agent(organization=organization, units=[pmi])
        make_opening(calendar=agent.calendar, motifs=[make_motif(organization=organization, units=[pmi])])

        ((result, reason),) = take("agents", f"email;services\n{agent.email};{social.name}\n")

        assert (result, "Changez d'abord ses plages" in reason) == ("refused", True)


class TestCitizens:
    def test_are_created_with_their_numbers_and_dates(self, take, organization):
        rows = take(
            "citizens",
            "nom;prénom;né le;tel;mail\n"
            "Durand;Ana;12/05/1980;06 12 34 56 78;Ana@x.fr\n"
            "Petit;Luc;29221;+32 470 12 34 56;\n"
            "Futur;Léa;01/01/2999;;\n"
            "Faux;Max;31/02/1980;;\n"
            "Muet;Bob;;12;\n",
        )

        assert [result for result, _ in rows] == ["created", "created", "refused", "refused", "refused"]
        assert rows[2][1] == "Date de naissance : La date de naissance est dans le futur."
        assert rows[4][1] == "Téléphone : « 12 » n'est pas un numéro qui existe."
        ana, luc = Citizen.objects.order_by("pk")
        assert (ana.phone, ana.email, str(ana.birth_date)) == ("+33612345678", "ana@x.fr", "1980-05-12")
        assert (luc.phone, str(luc.birth_date)) == ("+32470123456", "1980-01-01")
        assert CitizenAccess.objects.filter(organization=organization).count() == 2

    def test_are_found_again_when_it_is_surely_them(self, take, organization):
        text = "nom;prénom;né le;tel;adresse\nDURAND;Ana;12/05/1980;;\nPetit;Luc;;06 12 34 56 79;3 rue du Port\n"
        make_citizen(organization=organization, last_name="Durand", first_name="Ana", birth_date="1980-05-12")
        make_citizen(organization=organization, last_name="Petit", first_name="Luc", phone="+33612345679")

        assert [result for result, _ in take("citizens", text)] == ["unchanged", "changed"]
        assert [result for result, _ in take("citizens", text)] == ["unchanged", "unchanged"]
        assert Citizen.objects.count() == 2

    def test_are_made_known_where_only_a_sister_knew_them(self, take, territory, organization):
        sister = make_organization(territory=territory)
        citizen = make_citizen(organization=sister, last_name="Durand", first_name="Ana", birth_date="1980-05-12")

        rows = take("citizens", "nom;prénom;né le;organisation\nDurand;Ana;12/05/1980;Mairie\n")

        assert rows[0][0] == "changed"
        assert citizen.accesses.filter(organization=organization).exists()

    def test_that_might_be_somebody_else_are_refused(self, take, organization):
        make_citizen(organization=organization, last_name="Durand", first_name="Ana", phone="+33612345678")

        rows = take("citizens", "nom;prénom;tel\nPetit;Luc;0612345678\nDurand;Ana;\nPetit;Zoé;\nZOE;petit;\n")

        assert [result for result, _ in rows] == ["refused", "refused", "created", "refused"]
        assert rows[0][1].startswith("Doublon possible de « Ana DURAND » (même téléphone)")
        assert rows[3][1] == "La ligne 4 est déjà pour le même usager."

    def test_of_another_territory_are_nobody_here(self, take):
        make_citizen(last_name="Durand", first_name="Ana", birth_date="1980-05-12")

        assert take("citizens", "nom;prénom;né le\nDurand;Ana;12/05/1980\n")[0][0] == "created"


def test_rows_with_faults_of_reading_are_refused_with_their_column(take, organization):
    rows = take("locations", "nom;ville\nA\x00;Arras\nMairie;Arras\nMairie;Lens;x\nMAIRIE;\n")

    assert rows[0] == ("refused", "Nom : un caractère nul s'y trouve, en position 2.")
    assert rows[1] == ("created", "Mairie")
    assert rows[2] == ("refused", "la ligne a 3 cases et l'en-tête 2 : un séparateur est de trop.")
    assert rows[3] == ("refused", "La ligne 3 est déjà pour le même lieu.")


TEXT = "nom\n" + "".join(f"Lieu {n}\n" for n in range(8)) + "Lieu 2\n"


class TestRuns:
    """Stopped anywhere, taken up by anybody: each row once."""

    def test_one_that_was_killed_is_taken_up_where_it_was(self, receive, organization):
        job = receive("locations", TEXT)
        DirectoryImport.objects.update(status="importing", done_count=0)
        job.refresh_from_db()
        run = _TableRun(job, NOW)
        run._take_up()
        for _ in range(5):
            run._import()

        assert continue_imports(now=NOW) == 0  # Somebody may still be at it.
        DirectoryImport.objects.update(touched_at=NOW - timedelta(minutes=1))
        assert continue_imports(now=NOW) == 1

        job.refresh_from_db()
        assert (job.status, job.counts) == ("imported", {"created": 8, "refused": 1})
        assert Location.objects.count() == 8

    def test_one_that_cannot_be_done_keeps_nobody_elses_back(self, territory, organization):
        left = {"status": "checking", "done_count": 0, "touched_at": NOW - timedelta(minutes=2)}
        broken = make_import(territory=make_territory(), content=b"PK\x03\x04", **left)
        sound = make_import(territory=territory, **left | {"status": "importing"})

        with pytest.raises(TableError):
            continue_imports(now=NOW)

        assert {job.pk: job.status for job in DirectoryImport.objects.all()} == {
            broken.pk: "checking",
            sound.pk: "imported",
        }

    def test_one_that_is_given_up_meanwhile_stops(self, receive, organization, monkeypatch):
        monkeypatch.setattr(services, "MOST_ROWS_AT_ONCE", 0)
        job = receive("locations", TEXT)
        run = _TableRun(job, NOW)
        assert give_up(job=job)

        run.run()

        job.refresh_from_db()
        assert (job.status, job.content) == ("given_up", None)
        assert not DirectoryImportRow.objects.exists()
        run_import(import_id=job.pk, now=NOW)

    def test_what_the_examination_refused_stays_out(self, receive, organization):
        job = receive("pairs", "lieu;motif\nCentre;Carte\n")
        make_location(organization=organization, name="Centre")
        make_motif(organization=organization, name="Carte")

        import_valid_rows(job=job, now=NOW)

        assert not Desk.objects.exists()

    def test_a_file_stays_only_until_it_is_imported(self, receive, organization):
        job = receive("locations", TEXT)

        with pytest.raises(IntegrityError), transaction.atomic():
            DirectoryImport.objects.filter(pk=job.pk).update(status="imported", imported_at=NOW)
        with pytest.raises(IntegrityError), transaction.atomic():
            DirectoryImport.objects.filter(pk=job.pk).update(content=None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_import_do_each_row_once(monkeypatch):
    territory = make_territory()
    make_organization(territory=territory)
    content = TEXT.encode()
    job = receive_file(
        territory=territory,
        actor=make_territory_admin(territory=territory),
        kind="locations",
        file_name="f",
        content=content,
        row_count=9,
        now=NOW,
    )
    DirectoryImport.objects.update(status="importing", done_count=0)
    barrier = Barrier(2)

    def work():
        try:
            barrier.wait()
            run_import(import_id=job.pk, now=NOW)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    job.refresh_from_db()
    assert (job.status, job.counts) == ("imported", {"created": 8, "refused": 1})
    assert Location.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_a_directory_that_somebody_is_at_holds_up_no_other_worker():
    job = make_import(territory=make_territory(), kind="directory", status="importing", done_count=0)
    answered = Event()

    def work():
        try:
            run_import(import_id=job.pk, now=NOW)
            answered.set()
        finally:
            connection.close()

    worker = Thread(target=work)
    with transaction.atomic():
        DirectoryImport.objects.select_for_update().get(pk=job.pk)
        worker.start()
        is_answered = answered.wait(5)
    worker.join()

    assert is_answered


def directory_of(*service_ids):
    pairs = [{"service": pk, "duration_min": 30} for pk in service_ids]
    return json.dumps(
        {
            "timezone": "Europe/Paris",
            "holidays": "FR",
            "services": [{"id": pk, "name": f"Service {pk}", "max_quantity": 1} for pk in service_ids],
            "locations": [{"id": "1", "name": "Mairie", "unit": "Accueil", "services": pairs}],
        }
    )


@pytest.mark.django_db(transaction=True)
def test_a_directory_that_somebody_else_brings_in_at_once_is_left_to_the_sweep():
    territory = make_territory()
    content = directory_of("a").encode()
    job = make_import(territory=territory, kind="directory", content=content)
    began = []

    def begin():
        try:
            began.append(import_valid_rows(job=job, now=NOW))
        finally:
            connection.close()

    worker = Thread(target=begin)
    with transaction.atomic():
        make_organization(territory=territory, name="Accueil")
        worker.start()
        worker.join(2)
        assert worker.is_alive()
    worker.join()

    job.refresh_from_db()
    assert (began, job.status) == ([True], "importing")
    assert continue_imports(now=NOW + timedelta(minutes=1)) == 1
    job.refresh_from_db()
    assert (job.status, Location.objects.get().name) == ("imported", "Mairie")
