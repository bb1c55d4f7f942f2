"""What LibreOffice makes of an exported workbook, where the machine has it: opened, and its dates are dates."""

import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

PROGRAM = shutil.which("soffice")
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


@dataclass
class Opened:
    seconds: float
    rows: int
    dates: int


def opened(workbook: bytes) -> Opened | None:
    """Rows below the headings that hold anything, and the cells that LibreOffice itself calls dates; None without it.

    It saves what it understood in its own format, which is what is read here.
    """
    if PROGRAM is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "export.xlsx"
        source.write_bytes(workbook)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = [PROGRAM, profile, "--headless", "--convert-to", "ods", "--outdir", folder, str(source)]
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds = time.perf_counter() - begun
        return Opened(seconds, *_counted(source.with_suffix(".ods")))


def _counted(file):
    rows = dates = 0
    with ZipFile(file) as archive, archive.open("content.xml") as content:
        for _event, element in ElementTree.iterparse(content):
            if element.tag != f"{TABLE}table-row":
                continue
            kinds = [cell.get(f"{OFFICE}value-type") for cell in element]
            rows += any(kinds)
            dates += kinds.count("date")
            element.clear()
    return rows - 1, dates
