"""CSV: encoding and separator are found out, and what is ambiguous is refused with its place."""

import csv
import io

from ..engine.typography import NBSP
from .raw import RawTable, TableError

SEPARATORS = ";,\t"


def read_csv(content: bytes) -> RawTable:
    text = decode(content)
    separator = _separator_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return RawTable.of(_lines(reader))
    except csv.Error as error:
        raise TableError(
            f"Ligne {reader.line_num}{NBSP}: un guillemet n'est pas fermé, ou se ferme au milieu d'une case."
        ) from error


def _lines(reader):
    """Each record with the line that it begins on: a cell may hold several lines."""
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1


def decode(content: bytes) -> str:
    """UTF-8 (or UTF-16, as Excel's « Texte Unicode ») when it is, Windows-1252 otherwise.

    Raises TableError where one file holds both, with the place: it would be read wrong one way or the other.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise TableError("Le fichier s'annonce en UTF-16 et n'en est pas.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode_windows(content)


def _decode_windows(content):
    if any(_is_utf8_beyond_ascii(line) for line in content.splitlines()):
        line, column = _first_stranger(content)
        raise TableError(
            f"Ligne {line}, colonne {column}{NBSP}: ce caractère n'est pas dans l'encodage du reste du fichier."
            " Enregistrez le fichier en UTF-8."
        )
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise TableError(
            f"Ligne {line}, colonne {column}{NBSP}: ce caractère n'est ni de l'UTF-8 ni du Windows-1252."
        ) from error


def _is_utf8_beyond_ascii(line):
    if line.isascii():
        return False
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _first_stranger(content):
    for number, line in enumerate(content.splitlines(), 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            return number, len(line[: error.start].decode("utf-8")) + 1
    return 1, 1


def _separator_of(text):
    """The one that the line of headers holds most, outside quotes; a lone column has none."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(part for place, part in enumerate(first.split('"')) if place % 2 == 0)
    return max(SEPARATORS, key=outside.count)
