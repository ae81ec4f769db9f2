"""What a file is, told by how it begins and not by its name."""

_OLE, _ZIP = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",), (b"PK\x03\x04", b"PK\x05\x06")
_TIFF, _JPEG = (b"II*\x00", b"MM\x00*"), (b"\xff\xd8\xff",)
BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "tif": _TIFF,
    "tiff": _TIFF,
    "doc": _OLE,
    "xls": _OLE,
    "docx": _ZIP,
    "xlsx": _ZIP,
    "zip": _ZIP,
}
# A frame of MPEG audio, or the tag before the first; GSM has no header, but each of its frames begins with these four bits.
_MP3 = (b"ID3", *(bytes((0xFF, second)) for second in range(0xE0, 0x100)))
_GSM = tuple(bytes((first,)) for first in range(0xD0, 0xE0))
BEGINNINGS |= {"mp3": _MP3, "gsm": _GSM}
_TEXT = frozenset({"txt", "csv"})
_PDF_MAY_BEGIN_WITHIN = 1024  # readers accept a header after some bytes of a mail gateway or a printer


def is_what_it_says(ending: str, content: bytes) -> bool:
    """Return whether `content` can be a file of the type `ending` ("pdf"); a type not known here is believed."""
    if ending == "pdf":
        return b"%PDF" in content[:_PDF_MAY_BEGIN_WITHIN]
    if ending in _TEXT:
        return b"\x00" not in content and not content.startswith(b"%PDF")
    if ending == "wav":
        return content[:4] in {b"RIFF", b"RF64"} and content[8:12] == b"WAVE"
    return ending not in BEGINNINGS or content.startswith(BEGINNINGS[ending])
