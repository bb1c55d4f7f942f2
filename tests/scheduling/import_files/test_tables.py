"""Files as people's programs write them, and as people spoil them."""

import io
import zipfile
from datetime import date, datetime, time
from time import process_time

import pytest
from openpyxl import Workbook

from scheduling.import_files import raw
from scheduling.import_files.kinds import CITIZENS, LOCATIONS, TABLES
from scheduling.import_files.raw import TableError
from scheduling.import_files.tables import read_table
from scheduling.import_files.templates import csv_template, xlsx_template
from scheduling.import_files.upload import read_upload


def rows_of(content, kind="locations"):
    return [(row.line, row.cells) for row in read_upload(kind, content).rows]


def workbook_of(*rows):
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def respelt(workbook, old, new):
    """The same workbook with other words in its parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts, zipfile.ZipFile(file, "w") as written:
        for name in parts.namelist():
            written.writestr(name, parts.read(name).replace(old, new))
    return file.getvalue()


class TestCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    @pytest.mark.parametrize("separator", [";", ",", "\t"])
    def test_is_read_in_every_encoding_with_every_separator(self, encoding, separator):
        text = f"Nom{separator}Commune\r\nMaison de l'été{separator}Orléans\r\n"

        assert rows_of(text.encode(encoding)) == [(2, {"name": "Maison de l'été", "city": "Orléans"})]

    def test_headers_are_forgiving(self):
        content = "TELEPHONE;code_postal;nom du lieu;Accès\n;62000;Mairie;Bus 3\n".encode()

        assert rows_of(content) == [
            (2, {"phone": "", "postal_code": "62000", "name": "Mairie", "access_notes": "Bus 3"})
        ]

    def test_names_unknown_columns(self):
        assert read_upload("locations", "nom;Étage;Chef\nMairie;2;X\n".encode()).unknown == ["Étage", "Chef"]

    def test_lines_are_those_of_the_file(self):
        content = b'\n\nnom;acces\n\n"A";"deux\nlignes"\n#aide : rien;\nB;\n;;;\n'

        assert [line for line, _ in rows_of(content)] == [5, 8]

    def test_missing_columns_are_named(self):
        with pytest.raises(TableError, match="Il manque les colonnes «\xa0Nom\xa0» et «\xa0Prénom\xa0»"):
            read_upload("citizens", b"mail;tel\na@b.fr;06\n")

    def test_two_columns_that_mean_the_same_are_refused(self):
        with pytest.raises(TableError, match="Deux colonnes veulent dire «\xa0Commune\xa0»"):
            read_upload("locations", b"nom;ville;commune\nA;B;C\n")

    def test_mixed_encodings_are_refused_with_the_place(self):
        with pytest.raises(TableError, match="Ligne 3, colonne 5"):
            read_table("nom\nété\n".encode() + "abcdé\n".encode("cp1252"))

    def test_an_open_quote_is_refused_with_the_line(self):
        with pytest.raises(TableError, match="Ligne 3"):
            read_table(b'nom;ville\nA;B\n"C;D\n')

    def test_a_separator_too_many_is_of_the_row(self):
        sheet = read_upload("locations", b"nom;ville\nMairie;Arras;62000\n")

        assert "3 cases et l'en-tête 2" in sheet.rows[0].faults[0]

    def test_null_bytes_and_endless_cells_are_named_with_their_column(self):
        sheet = read_upload("locations", b"nom;ville\nMai\x00rie;Arras\nB;" + b"x" * 5000 + b"\n")

        assert sheet.rows[0].faults == ["Nom\xa0: un caractère nul s'y trouve, en position 4."]
        assert sheet.rows[1].faults == ["Commune\xa0: 5000 caractères, 4000 au plus."]

    @pytest.mark.parametrize("content", [b"", b"\n\n", b";;\n", b"nom\n", b"\xef\xbb\xbf"])
    def test_nothing_to_read_is_refused(self, content):
        with pytest.raises(TableError, match=r"vide|aucune ligne"):
            read_table(content)

    def test_too_many_rows_are_refused(self):
        with pytest.raises(TableError, match="plus de 20000 lignes"):
            read_table(b"nom\n" + b"a\n" * (raw.MOST_ROWS + 1))

    def test_what_looks_like_a_formula_is_data(self):
        assert rows_of(b"nom\n=1+1\n@cmd\n") == [(2, {"name": "=1+1"}), (3, {"name": "@cmd"})]


class TestXlsx:
    def test_cells_become_what_people_see(self):
        content = workbook_of(
            ["Nom", "Prénom", "Date de naissance", "Téléphone"],
            ["Durand", "Ana", date(1980, 5, 12), 612345678],
            [None, None, None, None],
            ["Petit", "Luc", datetime.combine(date(1990, 1, 2), time.min), 612345679.0],
            ["", "", "", ""],
        )

        assert rows_of(content, "citizens") == [
            (2, {"last_name": "Durand", "first_name": "Ana", "birth_date": "12/05/1980", "phone": "612345678"}),
            (4, {"last_name": "Petit", "first_name": "Luc", "birth_date": "02/01/1990", "phone": "612345679"}),
        ]

    def test_a_formula_is_not_evaluated_and_named(self):
        sheet = read_upload("locations", workbook_of(["Nom", "Commune"], ["Mairie", "=A1"], ["B", "#N/A"]))

        assert sheet.rows[0].faults == ["Commune\xa0: la case contient une formule. Remplacez-la par sa valeur."]
        assert "#N/A" in sheet.rows[1].faults[0]

    def test_a_bomb_is_refused_before_it_goes_off(self):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * (70 * 1024 * 1024))

        with pytest.raises(TableError, match="bien plus grand"):
            read_table(file.getvalue())

    def test_a_million_lines_left_out_cost_nothing(self):
        workbook, begun = workbook_of(["Nom"], ["Mairie"]), process_time()

        last = respelt(workbook, b'<row r="2"', b'<row r="1048576"')
        beyond = respelt(workbook, b'<row r="2"', b'<row r="99999999999999"')

        assert rows_of(last) == [(1_048_576, {"name": "Mairie"})]
        with pytest.raises(TableError, match="aucune ligne"):
            read_table(beyond)
        assert process_time() - begun < 10

    def test_entities_are_not_expanded_without_end(self):
        entities = (
            b'<!ENTITY a0 "'
            + b"x" * 10_000
            + b'">'
            + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 9))
        )
        content = respelt(workbook_of(["Nom"], ["Mairie"]), b"<sst", b"<!DOCTYPE l [" + entities + b"]><sst")
        content = respelt(content, b"Mairie", b"&a8;")

        with pytest.raises(TableError, match="ne peut pas être lu"):
            read_table(content)

    @pytest.mark.parametrize(
        "parts",
        [{}, {"a.txt": b"x"}, {"[Content_Types].xml": b"<x"}, {"[Content_Types].xml": b"<!DOCTYPE x><x/>"}],
    )
    def test_any_other_archive_is_refused(self, parts):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("z", b"")
            for name, content in parts.items():
                archive.writestr(name, content)

        with pytest.raises(TableError, match="ne peut pas être lu"):
            read_table(file.getvalue())

    def test_a_broken_workbook_is_refused(self):
        content = workbook_of(["Nom"], ["Mairie"])

        for cut in range(4, len(content), len(content) // 15):
            with pytest.raises(TableError):
                read_table(content[:cut])

    def test_an_old_workbook_is_named(self):
        with pytest.raises(TableError, match="ancien classeur"):
            read_table(b"\xd0\xcf\x11\xe0" + b"\x00" * 100)


class TestJson:
    def test_a_list_of_objects_by_itself_or_in_an_object(self):
        text = '[\n {"nom": "A", "latitude": 50.5},\n {"nom": "B",\n  "visible": false}\n]'

        for content in (text, f'{{"version": 1, "lieux": {text}}}'):
            assert rows_of(content.encode()) == [
                (2, {"name": "A", "latitude": "50.5", "is_visible_on_portal": ""}),
                (3, {"name": "B", "latitude": "", "is_visible_on_portal": "non"}),
            ]

    @pytest.mark.parametrize(
        "text",
        ["{", "[" * 100_000, '[{"nom": ' + "9" * 5000 + "}]", '{"a": [], "b": []}', '[{"nom": NaN}]', '{"a": 1}'],
    )
    def test_anything_else_is_refused(self, text):
        with pytest.raises(TableError):
            read_table(text.encode())

    def test_a_row_that_is_no_object_is_refused_alone(self):
        sheet = read_upload("locations", b'[{"nom": "A"}, 3, {"nom": {"x": 1}}, {"nom": "\\ud800"}]')

        assert [bool(row.faults) for row in sheet.rows] == [False, True, True, True]


@pytest.mark.parametrize("kind", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("write", [csv_template, xlsx_template])
def test_a_template_is_read_back_as_its_example(kind, write):
    sheet = read_upload(kind.slug, write(kind))

    assert len(sheet.rows) == 1
    assert sheet.unknown == []
    assert sheet.rows[0].cells == {column.field: column.example for column in kind.columns}


def test_no_two_columns_of_a_kind_share_a_name():
    for kind in TABLES.values():
        keys = [key for column in kind.columns for key in column.keys]
        assert len(keys) == len(set(keys)), kind.slug
    assert (TABLES["locations"], TABLES["citizens"]) == (LOCATIONS, CITIZENS)
