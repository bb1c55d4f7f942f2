"""Template files to fill in: headers, what each column means, one example row."""

import csv
import io

from openpyxl import Workbook
from openpyxl.writer.excel import save_workbook

from ..engine.typography import NBSP
from .columns import TableKind
from .raw import REMARK


def template_rows(kind: TableKind) -> list[list[str]]:
    """Headers, explanations (a row that the import passes over), example."""
    remarks = [_remark(column) for column in kind.columns]
    remarks[0] = f"{REMARK}{NBSP}: {remarks[0]}"
    return [[column.label for column in kind.columns], remarks, [column.example for column in kind.columns]]


def _remark(column):
    return " ".join(filter(None, ["Obligatoire." if column.is_required else "", column.help])) or "Facultatif."


def csv_template(kind: TableKind) -> bytes:
    """With the mark that makes Excel read UTF-8, and the separator that it expects in French."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";").writerows(template_rows(kind))
    return file.getvalue().encode("utf-8-sig")


def xlsx_template(kind: TableKind) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(kind.label)
    for number in range(len(kind.columns)):
        sheet.column_dimensions[chr(ord("A") + number)].width = 24
    for row in template_rows(kind):
        sheet.append(row)
    file = io.BytesIO()
    save_workbook(workbook, file)
    return file.getvalue()
