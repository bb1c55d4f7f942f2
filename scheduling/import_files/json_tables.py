"""JSON: a list of objects, by itself or as the only list of an object; the keys are the headers."""

import json

from organizations.json_lines import element_lines, load_json

from ..engine.typography import NBSP
from .csv_tables import decode
from .raw import MOST_COLUMNS, RawRow, RawTable, TableError, Unreadable, refuse_too_many


def read_json(content: bytes) -> RawTable:
    text = decode(content)
    try:
        data = load_json(text)
    except json.JSONDecodeError as error:
        raise TableError(
            f"Le fichier n'est pas du JSON lisible{NBSP}: ligne {error.lineno}, colonne {error.colno}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise TableError("Le fichier n'est pas du JSON lisible.") from error
    key, elements = _the_list(data)
    refuse_too_many(len(elements))
    lines = element_lines(text)[key]
    headers = list(dict.fromkeys(name for element in elements if isinstance(element, dict) for name in element))
    if len(headers) > MOST_COLUMNS:
        raise TableError(f"Le fichier a plus de {MOST_COLUMNS} colonnes.")
    rows = [
        RawRow(line, _cells(element, headers))
        for line, element in zip(lines, elements, strict=True)
        if element not in ({}, None)
    ]
    return RawTable(headers, rows)


def _the_list(data):
    if isinstance(data, list):
        return "", data
    lists = {key: value for key, value in data.items() if isinstance(value, list)}
    if len(lists) != 1:
        raise TableError("Le fichier JSON doit être une liste d'objets, un par ligne à importer.")
    return next(iter(lists.items()))


def _cells(element, headers):
    if not isinstance(element, dict):
        return [Unreadable("ce n'est pas un objet JSON")]
    return [_cell(element.get(name)) for name in headers]


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    if isinstance(value, str | int | float):
        return str(value)
    return Unreadable("ce n'est ni un texte ni un nombre")
