"""A table as a file holds it: a line of headers, and rows with the line they stand on. No query.

The content decides what a file is, never its name.
"""

from ..engine.typography import NBSP
from .csv_tables import read_csv
from .json_tables import read_json
from .raw import RawTable, TableError, refuse_too_many
from .xlsx_tables import read_xlsx

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_BOM = b"\xef\xbb\xbf"


def is_json(content: bytes) -> bool:
    return content.removeprefix(_BOM).lstrip()[:1] in (b"{", b"[")


def read_table(content: bytes) -> RawTable:
    """Headers and rows of an uploaded file; empty rows are left out. Raises TableError, in French, with the place."""
    if content.startswith(_OLD_OFFICE):
        raise TableError(f"C'est un ancien classeur Excel{NBSP}: enregistrez-le au format .xlsx, ou en CSV.")
    if content.startswith(_ZIP):
        table = read_xlsx(content)
    elif is_json(content):
        table = read_json(content)
    else:
        table = read_csv(content)
    if not any(table.headers):
        raise TableError("Le fichier est vide.")
    if not table.rows:
        raise TableError("Le fichier n'a aucune ligne sous ses en-têtes.")
    refuse_too_many(len(table.rows))
    return table
