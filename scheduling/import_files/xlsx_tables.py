"""XLSX: the first sheet, read row by row; formulas are never evaluated and a bomb is refused before it is opened."""

import io
import warnings
import zipfile
import zlib
from datetime import date, datetime, time
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils.exceptions import InvalidFileException

from ..engine.typography import NBSP
from .raw import MOST_COLUMNS, RawTable, TableError, Unreadable

# Twenty thousand long rows take about a third of it once unpacked.
LARGEST_UNPACKED = 60 * 1024 * 1024
MOST_PARTS = 500
# As many lines as a sheet of Excel has: no number in the file makes us count further.
LAST_LINE = 1_048_576

# What the library raises on a file that is no workbook, or one made to harm.
BROKEN = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    OSError,
    EOFError,
    RecursionError,
)


def read_xlsx(content: bytes) -> RawTable:
    try:
        _refuse_bombs(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of what a workbook holds beside its cells.
            return _first_sheet(content)
    except TableError:
        raise
    except BROKEN as error:
        raise TableError(
            f"Ce classeur ne peut pas être lu{NBSP}: enregistrez-le de nouveau au format .xlsx, ou en CSV."
        ) from error


def _refuse_bombs(content):
    """Python's reader gives no more of a part than it declares, so the declared sizes are what would be unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise TableError("Ce classeur est bien plus grand une fois ouvert que sa taille ne le dit. Il n'est pas lu.")


def _first_sheet(content):
    workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        if not workbook.worksheets:
            raise TableError("Ce classeur n'a aucune feuille.")
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()  # What the file says of its size may be wrong.
        return RawTable.of(_lines(sheet.iter_rows(max_col=MOST_COLUMNS, max_row=LAST_LINE)))
    finally:
        workbook.close()


def _lines(rows):
    """Lines that the file leaves out come as one and the same empty row: a million of them must cost nothing."""
    left_out = None
    for line, row in enumerate(rows, 1):
        if line > LAST_LINE:  # Of a file that counts its lines wrong.
            return
        if row is left_out:
            continue
        cells = [_value(cell) for cell in row if cell is not EMPTY_CELL]
        if any(cells):
            yield line, ["" if cell is EMPTY_CELL else _value(cell) for cell in row]
        elif not cells:
            left_out = row


def _value(cell):
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return Unreadable("la case contient une formule. Remplacez-la par sa valeur")
    if cell.data_type == "e":
        return Unreadable(f"la case contient une erreur ({value})")
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y") if value.time() == time(0) else value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value)
