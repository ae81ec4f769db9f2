"""An upload is judged by what is in it."""

import pytest

from apps.vendors.core import params
from apps.vendors.core.filetypes import is_what_it_says
from apps.vendors.core.params import Upload

PAPERS = params.file("loa", types=("pdf", "png", "jpg", "tiff", "docx", "txt"), megabytes=1)
GOOD = {
    "a.pdf": b"%PDF-1.7\n", "b.PDF": b"\r\n%PDF-1.4", "c.png": b"\x89PNG\r\n\x1a\nrest", "d.jpg": b"\xff\xd8\xff\xe0JFIF",
    "e.tiff": b"II*\x00rest", "f.tiff": b"MM\x00*rest", "g.docx": b"PK\x03\x04rest", "h.txt": "Grüße".encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_files_that_are_what_they_say_are_taken(name):
    upload = Upload(name, GOOD[name])
    assert PAPERS.cleaned(upload) is upload


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.pdf", b"MZ\x90\x00 an executable", "not PDF"),
        ("a.pdf", b"<html><script>", "not PDF"),
        ("a.png", b"%PDF-1.7", "not PNG"),
        ("a.jpg", b"\x89PNG\r\n\x1a\n", "not JPG"),
        ("a.tiff", b"II+\x00", "not TIFF"),
        ("a.docx", b"\xd0\xcf\x11\xe0", "not DOCX"),
        ("a.txt", b"\x7fELF\x00", "not TXT"),
        ("a.exe", b"%PDF-1.7", "of type"),
        ("a.pdf", b"", "empty"),
        ("a.pdf", b"%PDF" + bytes(1024 * 1024), "at most 1 MB"),
    ],
)
def test_others_are_refused_with_the_reason(name, content, why):
    with pytest.raises(ValueError, match=why):
        PAPERS.cleaned(Upload(name, content))


def test_types_without_a_known_beginning_are_believed():
    assert is_what_it_says("xyz", b"anything")


@pytest.mark.parametrize(
    ("ending", "content", "right"),
    [
        ("wav", b"RIFF\x24\x00\x00\x00WAVEfmt ", True),
        ("wav", b"RIFF\x24\x00\x00\x00AVI LIST", False),
        ("wav", b"<html>", False),
        ("mp3", b"ID3\x04\x00", True),
        ("mp3", b"\xff\xfb\x90\x64", True),
        ("mp3", b"MZ\x90", False),
        ("gsm", b"\xd2\x14", True),
        ("gsm", b"<script>", False),
    ],
)
def test_sounds_are_told_by_their_beginning(ending, content, right):
    assert is_what_it_says(ending, content) is right
