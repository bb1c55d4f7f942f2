"""Columns that each kind of table knows, under whatever name, and the rows of a file by these columns. No query."""

import re
from dataclasses import dataclass, field

from organizations.citizen_search import normalize

from ..engine.typography import NBSP, enumerate_words, quote
from .raw import MOST_COLUMNS, RawTable, TableError, Unreadable

LONGEST_CELL = 4_000

_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Column:
    """`field` is what the form or the service calls it; `names` are other headers that mean it."""

    field: str
    label: str
    help: str
    example: str = ""
    names: tuple[str, ...] = ()
    is_required: bool = False
    is_long: bool = False
    longest: int = LONGEST_CELL

    @property
    def keys(self):
        return {_key(name) for name in (self.field, self.label, *self.names)}


@dataclass(frozen=True)
class TableKind:
    """`rule` says how a row is found again, `noun` what a row is."""

    slug: str
    label: str
    noun: str
    rule: str
    columns: tuple[Column, ...]

    def column(self, field):
        return next((column for column in self.columns if column.field == field), None)

    def label_of(self, field):
        column = self.column(field)
        return column.label if column else field


@dataclass(frozen=True)
class Row:
    """Cells by field of their column. A column that the file has not is no key; one that is empty here is ""."""

    line: int
    cells: dict[str, str]
    faults: list[str]


@dataclass
class Sheet:
    kind: TableKind
    rows: list[Row] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def sheet_of(table: RawTable, kind: TableKind) -> Sheet:
    """Raises TableError where required columns are missing, or two mean the same."""
    if len(table.headers) > MOST_COLUMNS:
        raise TableError(f"Le fichier a plus de {MOST_COLUMNS} colonnes.")
    by_key = {key: column for column in kind.columns for key in column.keys}
    headers = [_FORBIDDEN.sub("", header) for header in table.headers]  # They are kept, and shown.
    columns = [by_key.get(_key(header)) for header in headers]
    known = [column for column in columns if column]
    _refuse_missing([column for column in kind.columns if column.is_required and column not in known], headers)
    twice = next((column for place, column in enumerate(known) if column in known[:place]), None)
    if twice:
        raise TableError(f"Deux colonnes veulent dire {quote(twice.label)}{NBSP}: gardez-en une.")
    unknown = [header.strip()[:80] for header, column in zip(headers, columns, strict=True) if not column and header]
    return Sheet(kind, [_row(raw, columns) for raw in table.rows], unknown)


def _refuse_missing(missing, headers):
    if missing:
        names = enumerate_words([quote(column.label) for column in missing])
        found = ", ".join(header.strip()[:40] for header in headers if header.strip()) or "aucune"
        raise TableError(
            f"Il manque {'la colonne' if len(missing) == 1 else 'les colonnes'} {names}. Colonnes lues{NBSP}: {found}."
        )


def _row(raw, columns):
    cells, faults = {}, []
    for place, column in enumerate(columns):
        value = raw.cells[place] if place < len(raw.cells) else ""
        if column is None:
            continue
        cells[column.field] = "" if isinstance(value, Unreadable) else _clean(value, column)
        if fault := _fault_of(value, column):
            faults.append(f"{column.label}{NBSP}: {fault}.")
    if len(raw.cells) > len(columns):
        faults.append(
            f"la ligne a {len(raw.cells)} cases et l'en-tête {len(columns)}{NBSP}: un séparateur est de trop."
        )
    elif raw.cells and isinstance(raw.cells[0], Unreadable) and columns and columns[0] is None:
        faults.append(f"{raw.cells[0].reason}.")
    return Row(raw.line, cells, faults)


def _fault_of(value, column):
    if isinstance(value, Unreadable):
        return value.reason
    if found := _FORBIDDEN.search(value):
        name = "nul" if found[0] == "\x00" else "illisible"
        return f"un caractère {name} s'y trouve, en position {found.start() + 1}"
    if len(value) > column.longest:
        return f"{len(value)} caractères, {column.longest} au plus"
    return ""


def _clean(value, column):
    value = _FORBIDDEN.sub("", value)[:LONGEST_CELL]
    return value.strip() if column.is_long else " ".join(value.split())


def _key(name):
    return normalize(name).replace(" ", "")
