"""Papers of a port: judged by what they hold and how long they are, packed into one ZIP where there are several."""

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import PurePath

from apps.numbers.models import PortPaper
from apps.vendors.core.filetypes import is_what_it_says
from apps.vendors.core.numbers import TOLL_FREE
from apps.vendors.core.params import Upload

MOST_BYTES = 3 * 1024 * 1024
MOST_PAPERS = 10  # of one kind in one order
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "txt": "text/plain",
}
_TOLL_FREE_LOA = {"pdf", "tif", "tiff"}
_OFFICE = {"docx": "word/", "xlsx": "xl/"}
_UNSAFE = re.compile(r"[^\w.\- ]+")


class Unfit(ValueError):
    """The file cannot be taken; the message says why, for people."""


def examine(name: str, content: bytes, *, kind: str, number_kind: str) -> tuple[str, str]:
    """Return the name to keep a file under and its ending. Raises Unfit."""
    name = _UNSAFE.sub("_", PurePath(name.replace("\\", "/")).name).strip(" .") or "paper"
    ending = name.rpartition(".")[2].lower()
    if ending == "zip":
        raise Unfit(f"{name}: upload the papers themselves. Several are packed into one ZIP for the carrier here.")
    if ending not in TYPES:
        raise Unfit(f"{name}: of this type nothing is taken. Use PDF, TIFF, JPG, PNG, or an office or text file.")
    if not content:
        raise Unfit(f"{name} is empty.")
    if len(content) > MOST_BYTES:
        raise Unfit(f"{name} has {len(content) / 2**20:.1f} MB; carriers take 3 MB. Scan it with fewer dots or in grey.")
    if not is_what_it_says(ending, content) or not _opens(ending, content):
        raise Unfit(f"{name} is not what its name says: its content is no {ending.upper()} file.")
    if kind == PortPaper.Kind.LOA and number_kind == TOLL_FREE and ending not in _TOLL_FREE_LOA:
        raise Unfit(f"{name}: the LOA of toll-free numbers is taken as PDF or TIFF only.")
    return name[-120:], ending


def digest(content: bytes) -> str:
    """Return the SHA-256 of a paper."""
    return hashlib.sha256(content).hexdigest()


def packed(papers: Sequence[PortPaper], name: str) -> Upload:
    """Return one upload of the papers: the paper itself, or a ZIP of several under `name`."""
    if len(papers) == 1:
        [paper] = papers
        return Upload(paper.name, bytes(paper.content), TYPES[paper.ending])
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for position, paper in enumerate(papers, 1):
            # Fixed times: the same papers are the same bytes, whenever they are packed.
            entry = zipfile.ZipInfo(f"{position:02d}-{paper.name}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, bytes(paper.content))
    return Upload(f"{name}.zip", held.getvalue(), "application/zip")


def _opens(ending: str, content: bytes) -> bool:
    """Return whether an office file is one, and no other ZIP."""
    if ending not in _OFFICE:
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(name.startswith(_OFFICE[ending]) for name in archive.namelist())
    except zipfile.BadZipFile:
        return False
