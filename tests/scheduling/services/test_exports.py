"""Exports: asked once, written once, by the rights of the moment, and what stands in the file."""

import os
import tempfile
import threading
from datetime import date, time, timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from openpyxl import load_workbook

from organizations.models import Membership
from scheduling import tasks
from scheduling.exceptions import ExportGivenUp, TooManyExports
from scheduling.export_cells import clean
from scheduling.models import Appointment, AppointmentStatus, Export, ExportChunk
from scheduling.selectors.appointment_list import AppointmentFilter
from scheduling.selectors.exports import NO_LONGER_A_MEMBER, pieces_of
from scheduling.services import exports
from scheduling.services.actors import Actor
from scheduling.services.appointments import cancel_appointment
from scheduling.services.export_workbook import ExportWorkbook
from scheduling.services.exports import (
    CLAIM_LASTS,
    KEPT_FOR,
    MOST_AT_ONCE,
    MOST_ATTEMPTS,
    delete_export,
    purge_expired_exports,
    request_export,
    take_up_abandoned,
    unwritten_exports,
    write_export,
)
from scheduling.services.participants import set_participant_status
from tests.factories import (
    MONDAY,
    NOW,
    make_agent,
    make_appointment,
    make_citizen,
    make_motif,
    make_organization,
    make_participation,
    make_territory_admin,
    make_unit,
    make_workshop,
    paris,
)

pytestmark = pytest.mark.django_db

Status, Kind = Export.Status, Export.Kind


@pytest.fixture(autouse=True)
def _the_clock_of_the_tests():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization():
    """With an administrator who stays."""
    organization = make_organization()
    make_agent(organization=organization, role=Membership.Role.ADMIN)
    return organization


def member(organization, **fields):
    agent = make_agent(organization=organization, **fields)
    return Membership.objects.of(agent, organization.slug)


@pytest.fixture
def admin(organization):
    return member(organization, role=Membership.Role.ADMIN)


def ask(membership, *, kind=Kind.APPOINTMENTS, now=NOW, **asked):
    return request_export(
        membership=membership, kind=kind, asked=AppointmentFilter(**asked), description="tout", now=now
    )


def rows_of(export):
    """What stands below the headings, by heading, as openpyxl reads it back."""
    sheet = load_workbook(BytesIO(b"".join(pieces_of(export)))).active
    headings, *rows = sheet.iter_rows()
    return [dict(zip((cell.value for cell in headings), row, strict=True)) for row in rows]


def written(membership, **asked):
    export = ask(membership, **asked)
    assert write_export(export_id=export.pk, now=NOW)
    export.refresh_from_db()
    return export


def of_everybody(organization, count=3, **fields):
    motif = fields.pop("motif", None) or make_motif(organization=organization)
    return [make_appointment(motif=motif, starts_at=paris(MONDAY, 9 + n), **fields) for n in range(count)]


class TestTheFile:
    def test_has_a_row_for_each_rdv_of_the_filter_in_its_order(self, admin, organization):
        first, _, third = of_everybody(organization)
        cancel_appointment(
            appointment=first,
            status=AppointmentStatus.CANCELLED_BY_AGENT,
            actor=Actor.of(admin.agent),
            now=NOW,
        )

        export = written(admin, statuses=("upcoming",), order="-date")

        assert [row["N° du rendez-vous"].value for row in rows_of(export)] == [third.pk, third.pk - 1]
        assert (export.status, export.rows, export.total, export.done) == (Status.READY, 2, 2, 2)
        assert export.expires_at == NOW + KEPT_FOR
        assert export.size == len(b"".join(pieces_of(export)))

    def test_has_days_and_hours_that_are_days_and_hours_by_the_clocks_of_the_organization(self, admin, organization):
        organization.time_zone_override = "America/Martinique"
        organization.save()
        make_appointment(organization=organization, starts_at=paris(MONDAY, 2), duration=timedelta(minutes=45))

        (row,) = rows_of(written(Membership.objects.of(admin.agent, organization.slug)))

        assert row["Date"].value.date() == MONDAY - timedelta(days=1)
        assert (row["Début"].value, row["Fin"].value) == (time(21), time(21, 45))
        assert row["Date"].is_date
        assert row["Date"].number_format == "dd/mm/yyyy"
        assert row["Créé le"].is_date
        assert row["Durée (min)"].value == 45

    def test_has_a_row_for_each_participation_with_how_to_reach_people(self, admin, organization):
        citizen = make_citizen(
            organization=organization,
            first_name="Zoë",
            last_name="Lefèvre",
            phone="+33612345678",
            birth_date=date(1980, 5, 4),
        )
        appointment = make_appointment(organization=organization, citizen=citizen)
        appointment.participations.update(answers=[{"question": "Numéro d'allocataire", "answer": "=12"}])

        (row,) = rows_of(written(admin, kind=Kind.PARTICIPATIONS))

        shown = {name: cell.value for name, cell in row.items()}
        assert (shown["Prénom"], shown["Nom"], shown["Téléphone"]) == ("Zoë", "Lefèvre", "06 12 34 56 78")
        assert shown["Date de naissance"].date() == citizen.birth_date
        assert shown["Statut de la participation"] == "À venir"
        assert shown["Réponses"] == "Numéro d'allocataire\u00a0: =12"

    @pytest.mark.parametrize("kind", Kind.values)
    def test_says_who_came_without_an_appointment(self, admin, organization, kind):
        came, _ = of_everybody(organization, count=2)
        Appointment.objects.filter(pk=came.pk).update(is_walk_in=True)

        rows = rows_of(written(admin, kind=kind))

        assert [row["Sans rendez-vous"].value for row in rows] == ["oui", None]

    def test_has_a_workshop_by_its_title_and_each_participant_with_their_own_status(self, admin, organization):
        workshop = make_workshop(organization=organization, seats=2, title="Budget")
        there, left, moved_up, waiting = (make_participation(workshop=workshop) for _ in range(4))
        act = {"actor": Actor.of(admin.agent), "now": NOW}
        set_participant_status(participation=left, status=AppointmentStatus.CANCELLED_BY_CITIZEN, **act)
        set_participant_status(participation=there, status=AppointmentStatus.FULFILLED, **act)

        (row,) = rows_of(written(admin))
        shown = {name: cell.value for name, cell in row.items()}
        assert (shown["Intitulé"], shown["Usagers"]) == ("Budget", "2/2 inscrits, 1 en attente")
        assert shown["Nombre d'usagers"] == 2

        rows = rows_of(written(admin, kind=Kind.PARTICIPATIONS))
        assert [(row["Nom"].value, row["Statut de la participation"].value) for row in rows] == [
            (there.citizen.last_name, "Honoré"),
            (left.citizen.last_name, "Annulé par l'usager"),
            (moved_up.citizen.last_name, "À venir"),
            (waiting.citizen.last_name, "En liste d'attente"),
        ]

    def test_of_nothing_has_its_headings(self, admin):
        assert rows_of(written(admin)) == []

    def test_goes_on_to_a_second_sheet_where_excel_ends_the_first(self, organization):
        appointments = of_everybody(organization)
        book = ExportWorkbook(Kind.APPOINTMENTS, organization.zone, NOW, rows_per_sheet=2)
        for appointment in appointments:
            book.add(appointment)
        file = BytesIO()

        book.save(file)

        read = load_workbook(file)
        assert [(sheet.title, sheet.max_row) for sheet in read] == [("Rendez-vous", 3), ("Rendez-vous 2", 2)]


HOSTILE = [
    '=HYPERLINK("http://evil.example","Cliquez")',
    "=cmd|' /C calc'!A0",
    "+33 6 12 34 56 78",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "＝1+1",
    "#N/A",
    "#REF!",
    "%0a=1",
    "{=1+1}",
    "'=1+1",
]


class TestText:
    @pytest.mark.parametrize("typed", HOSTILE)
    def test_that_looks_like_a_formula_stays_text(self, admin, organization, typed):
        make_appointment(organization=organization, citizen=make_citizen(organization=organization, first_name=typed))

        (row,) = rows_of(written(admin, kind=Kind.PARTICIPATIONS))

        cell = row["Prénom"]
        assert cell.data_type == "s"
        assert cell.value == clean(typed)
        assert cell.quotePrefix or typed[0] in "'{"

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("a\x07b\x0bc\x1b", "abc"),
            ("a\ufffeb", "ab"),
            ("ligne\r\nautre\rfin", "ligne\nautre\nfin"),
            ("_x000D_", "_x005F_x000D_"),
            ("é" * 40_000, "é" * 32_766 + "…"),
            ("𝕊 œuvre 漢字", "𝕊 œuvre 漢字"),
        ],
    )
    def test_keeps_what_a_workbook_can_hold(self, typed, kept):
        assert clean(typed) == kept


class TestAskingTwice:
    def test_before_it_is_written_gives_the_same(self, admin):
        assert ask(admin) == ask(admin, now=NOW + timedelta(minutes=1))
        assert ask(admin, kind=Kind.PARTICIPATIONS) != ask(admin)

    def test_once_it_is_written_gives_another(self, admin):
        assert written(admin) != ask(admin, now=NOW + timedelta(minutes=1))

    def test_is_another_person_s_right(self, admin, organization):
        assert ask(admin) != ask(member(organization))

    def test_for_many_is_refused(self, admin):
        for pk in range(MOST_AT_ONCE):
            ask(admin, motif=pk)

        with pytest.raises(TooManyExports):
            ask(admin, motif=987)
        assert ask(admin, motif=0).pk == Export.objects.order_by("pk").first().pk


class TestRights:
    """Those of the moment of writing."""

    def test_gone_meanwhile_give_nothing(self, admin, organization):
        of_everybody(organization)
        export = ask(admin)
        Membership.objects.filter(pk=admin.pk).delete()

        assert not write_export(export_id=export.pk, now=NOW)

        export.refresh_from_db()
        assert (export.status, export.error) == (Status.FAILED, NO_LONGER_A_MEMBER)
        assert not ExportChunk.objects.exists()

    def test_of_an_agent_who_was_deactivated_give_nothing(self, organization):
        other = member(organization)
        export = ask(other)
        type(other.agent).objects.filter(pk=other.agent_id).update(is_active=False)

        assert not write_export(export_id=export.pk, now=NOW)

    def test_of_an_administrator_of_the_territory_are_enough(self, organization):
        of_everybody(organization)
        agent = make_territory_admin(territory=organization.territory)

        assert len(rows_of(written(Membership.objects.of(agent, organization.slug)))) == 3

    def test_lowered_meanwhile_narrow_it(self, admin, organization):
        of_everybody(
            organization,
            motif=make_motif(organization=organization, units=[make_unit(territory=organization.territory)]),
        )
        own = make_appointment(organization=organization, calendar=admin.agent.calendar, starts_at=paris(MONDAY, 15))
        export = ask(admin)
        Membership.objects.filter(pk=admin.pk).update(role=Membership.Role.BASIC)

        write_export(export_id=export.pk, now=NOW)

        assert [row["N° du rendez-vous"].value for row in rows_of(export)] == [own.pk]

    def test_lowered_while_it_is_written_hold_from_the_next_batch_on(self, admin, organization, settings):
        hidden = of_everybody(
            organization,
            motif=make_motif(organization=organization, units=[make_unit(territory=organization.territory)]),
        )
        export = ask(admin)
        ids = exports.ids_asked(export, admin, now=NOW)
        assert list(ids) == [appointment.pk for appointment in hidden]
        Membership.objects.filter(pk=admin.pk).update(role=Membership.Role.BASIC)

        assert list(exports.rows_by_batch(export, ids)) == [[]]

    def test_of_a_plain_agent_are_those_of_the_list(self, organization):
        unit = make_unit(territory=organization.territory)
        seen = of_everybody(organization, 2, motif=make_motif(organization=organization, units=[unit]))
        of_everybody(
            organization,
            motif=make_motif(organization=organization, units=[make_unit(territory=organization.territory)]),
        )
        of_everybody(make_organization(territory=organization.territory))

        rows = rows_of(written(member(organization, units=[unit])))

        assert [row["N° du rendez-vous"].value for row in rows] == [appointment.pk for appointment in seen]


class TestTheClaim:
    def test_is_taken_once(self, admin):
        export = written(admin)

        assert not write_export(export_id=export.pk, now=NOW)

    def test_of_a_dead_worker_is_taken_up_and_of_a_living_one_is_not(self, admin):
        export = ask(admin)
        Export.objects.update(status=Status.WRITING, claim="0" * 32, seen_at=NOW, attempts=1)

        assert take_up_abandoned(now=NOW + CLAIM_LASTS - timedelta(seconds=1)) == 0
        assert take_up_abandoned(now=NOW + CLAIM_LASTS) == 1
        assert unwritten_exports(now=NOW + CLAIM_LASTS) == [export.pk]
        assert write_export(export_id=export.pk, now=NOW + CLAIM_LASTS)

    def test_is_given_up_after_some_attempts(self, admin):
        export = ask(admin)
        Export.objects.update(status=Status.WRITING, claim="0" * 32, seen_at=NOW, attempts=MOST_ATTEMPTS)

        take_up_abandoned(now=NOW + CLAIM_LASTS)

        export.refresh_from_db()
        assert (export.status, export.error) == (Status.FAILED, ExportGivenUp.message)

    def test_lost_on_the_way_leaves_no_file(self, admin, organization, monkeypatch):
        """The sweep took the worker for dead: it finds out when it packs, and another one writes."""
        of_everybody(organization)
        export = ask(admin)
        pack = ExportWorkbook.save

        def slow(book, file):
            pack(book, file)
            assert take_up_abandoned(now=NOW + CLAIM_LASTS) == 1

        with monkeypatch.context() as patch:
            patch.setattr(ExportWorkbook, "save", slow)
            assert not write_export(export_id=export.pk, now=NOW)
        assert not ExportChunk.objects.exists()
        assert write_export(export_id=export.pk, now=NOW)

    def test_is_lost_with_the_row(self, admin, organization, monkeypatch):
        of_everybody(organization)
        export = ask(admin)
        monkeypatch.setattr(
            exports,
            "_tell",
            lambda held, told=exports._tell, **progress: (
                Export.objects.filter(done=0, total__isnull=False).delete(),
                told(held, **progress),
            ),
        )

        assert not write_export(export_id=export.pk, now=NOW)


def test_what_a_killed_worker_left_on_its_machine_goes_with_the_next_export(admin, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, being_written, other = (tmp_path / name for name in ("openpyxl.left", "openpyxl.now", "other.left"))
    for path in (left, being_written, other):
        path.write_text("Zoë LEFÈVRE")
    for path, age in ((left, timedelta(hours=2)), (being_written, timedelta(minutes=1)), (other, timedelta(hours=2))):
        os.utime(path, times=((NOW - age).timestamp(),) * 2)

    written(admin)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["openpyxl.now", "other.left"]


class TestItsWeek:
    def test_ends_with_the_night(self, admin):
        export = written(admin)

        assert purge_expired_exports(now=NOW + KEPT_FOR - timedelta(seconds=1)) == 0
        assert purge_expired_exports(now=NOW + KEPT_FOR) == 1
        assert not Export.objects.filter(pk=export.pk).exists()
        assert not ExportChunk.objects.exists()

    def test_ends_for_what_failed_too(self, admin):
        ask(admin)
        Membership.objects.filter(pk=admin.pk).delete()
        tasks.write_export(Export.objects.get().pk)

        tasks.purge_expired_exports()
        assert Export.objects.exists()
        with time_machine.travel(NOW + KEPT_FOR, tick=False):
            tasks.purge_expired_exports()
        assert not Export.objects.exists()

    def test_ends_when_its_owner_says_so(self, admin):
        delete_export(export=written(admin))

        assert not ExportChunk.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def all_at_once(self, act, count=6):
        results, everybody = [], threading.Barrier(count)

        def run():
            everybody.wait()
            try:
                results.append(act())
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def test_asking_gives_one_export(self, admin):
        results = self.all_at_once(lambda: ask(admin).pk)

        assert len(results) == 6
        assert set(results) == {Export.objects.get().pk}

    def test_writing_gives_one_file(self, admin, organization):
        of_everybody(organization)
        export = ask(admin)

        results = self.all_at_once(lambda: write_export(export_id=export.pk, now=NOW))

        assert sorted(results) == [False] * 5 + [True]
        assert len(rows_of(export)) == 3
