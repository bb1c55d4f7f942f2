"""What an uploaded file holds, by what it is said to be."""

from organizations.directory import Directory, DirectoryError, read_directory

from ..engine.typography import NBSP
from .columns import Sheet, sheet_of
from .csv_tables import decode
from .kinds import TABLES
from .raw import MOST_ROWS, TableError
from .tables import is_json, read_table

DIRECTORY = "directory"


def read_upload(kind: str, content: bytes) -> Sheet | Directory:
    """Raises TableError where nothing of it can be imported."""
    if kind != DIRECTORY:
        return sheet_of(read_table(content), TABLES[kind])
    if not is_json(content):
        raise TableError(f"Un annuaire est un fichier JSON{NBSP}: pour un tableau, choisissez ce qu'il contient.")
    try:
        directory = read_directory(decode(content))
    except DirectoryError as error:
        raise TableError(error.message) from error
    if size_of(directory) > MOST_ROWS:
        raise TableError(f"L'annuaire a plus de {MOST_ROWS} lieux, services et couples.")
    return directory


def size_of(upload: Sheet | Directory) -> int:
    """How many rows it has; of a directory, places, services and pairs."""
    if isinstance(upload, Sheet):
        return len(upload.rows)
    return len(upload.places) + len(upload.services) + sum(len(place.durations) for place in upload.places)
