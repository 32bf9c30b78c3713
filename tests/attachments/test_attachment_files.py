"""What a file really is: real pictures pass and lose what they need not say, everything else is refused in words."""

from __future__ import annotations

import random
import struct
import zlib

import pytest

from api.exchange.attachment_errors import (
    AttachmentDamaged,
    AttachmentTypeNotAccepted,
    AttachmentUnsafe,
    ImageTooLarge,
)
from api.exchange.attachment_files import JPEG, PDF, PNG, check_file
from tests.attachments import files
from tests.attachments.files import chunk, jpeg, object_stream, pdf, phone_photo, png

ZIP = b"PK\x03\x04" + b"\x00" * 26 + b"PK\x05\x06" + b"\x00" * 18


def with_size(width, height):
    """The picture, claiming to be of another size."""
    at = files.JPEG.index(b"\xff\xc0") + 5
    return files.JPEG[:at] + struct.pack(">HH", height, width) + files.JPEG[at + 4 :]


@pytest.mark.parametrize(("content", "media_type"), [(files.JPEG, JPEG), (png(), PNG), (pdf(), PDF)])
def test_what_is_taken_is_kept_as_it_is(content, media_type):
    checked = check_file(content)
    assert (checked.media_type, checked.content) == (media_type, content)
    # What was cleaned once is clean: the same paper sent again is the same bytes.
    assert check_file(checked.content) == checked


def test_a_photo_forgets_place_and_camera_but_not_how_it_was_held():
    kept = check_file(phone_photo(orientation=6)).content
    assert files.SECRET_PLACE in phone_photo()
    assert files.SECRET_PLACE not in kept
    assert b"ftyp" not in kept
    assert kept.endswith(b"\xff\xd9")
    at = kept.index(b"Exif\x00\x00") + 6
    tag, kind, count, orientation = struct.unpack(">HHIH", kept[at + 10 : at + 20])
    assert (tag, kind, count, orientation) == (0x0112, 3, 1, 6)
    assert check_file(kept).content == kept
    assert check_file(phone_photo(orientation=1)).content == files.JPEG
    assert check_file(phone_photo(orientation=99)).content == files.JPEG


@pytest.mark.parametrize(
    "tiff",
    [b"", b"II*\x00", b"II*\x00\xff\xff\xff\xff" + b"\x00" * 9, b"MM\x00*\x00\x00\x00\x08\xff\xff", b"XX*\x00" + b"\x00" * 20],
)  # fmt: skip
def test_a_broken_note_of_the_camera_does_not_break_the_photo(tiff):
    body = b"Exif\x00\x00" + tiff
    content = files.JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + files.JPEG[2:]
    assert check_file(content).content == files.JPEG


def test_every_cut_of_a_picture_is_noticed():
    for content in (files.JPEG, png()):
        for end in range(8, len(content)):
            with pytest.raises(AttachmentDamaged):
                check_file(content[:end])
    for end in range(8, len(pdf()) - 1):
        with pytest.raises(AttachmentDamaged):
            check_file(pdf()[:end])


def test_no_damage_is_worse_than_a_refusal():
    """Any bytes at all: taken, or refused by a fact of the domain; never another exception."""
    chance = random.Random(7)
    refusals = (AttachmentDamaged, AttachmentTypeNotAccepted, AttachmentUnsafe, ImageTooLarge)
    refused = 0
    for content in (
        files.JPEG,
        phone_photo(),
        png(extra=chunk(b"tEXt", b"x\x00y")),
        pdf(object_stream(b"1 0 <</A 1>>")),
    ):
        for _ in range(1500):
            broken = bytearray(content)
            for _ in range(chance.randint(1, 6)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            try:
                check_file(bytes(broken))
            except refusals:
                refused += 1
    assert refused > 1000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "WebP"),
        (b"GIF89a" + b"\x00" * 20, "JPEG"),
        (b"<html><script>alert(1)</script>", "JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "JPEG"),
        (b"PK\x03\x04" + b"\x00" * 30, "JPEG"),
        (b"MZ\x90\x00" + b"\x00" * 60, "JPEG"),
        (b"\n" + files.JPEG, "JPEG"),
        (b" %PDF-1.4", "JPEG"),
    ],
)
def test_other_kinds_are_refused_with_what_to_do(content, words):
    with pytest.raises(AttachmentTypeNotAccepted, match=words):
        check_file(content)


def test_an_empty_file_is_no_paper():
    with pytest.raises(AttachmentDamaged, match="空"):
        check_file(b"")


@pytest.mark.parametrize("content", [with_size(65_500, 10), with_size(10, 16_001), with_size(9_000, 9_000), png(width=2**30, height=2**30), png(width=8001, height=8000)])  # fmt: skip
def test_a_picture_that_would_fill_a_memory_is_refused(content):
    with pytest.raises(ImageTooLarge):
        check_file(content)


@pytest.mark.parametrize("content", [with_size(0, 10), with_size(10, 0), png(width=0), png(height=0)])
def test_a_picture_without_a_size_is_none(content):
    with pytest.raises(AttachmentDamaged):
        check_file(content)


def test_the_largest_photo_of_a_phone_is_taken():
    assert check_file(with_size(8000, 6000)).media_type == JPEG
    assert check_file(png(width=8000, height=8000)).media_type == PNG


@pytest.mark.parametrize(
    "content",
    [
        files.JPEG + ZIP,
        png(tail=ZIP),
        pdf(tail=ZIP)[:-1] + b"\n",
        files.JPEG[:-2] + b"\xff\xd9" + ZIP[:-2] + b"\x03\x00abc",
        png(tail=b"\x00"),
        png(tail=b"<script>"),
        png(extra=chunk(b"tEXt", b"a\x00%PDF-1.4")),
        files.JPEG[:2] + b"\xff\xfe\x00\x0a%PDF-1.4" + files.JPEG[2:],
    ],
)
def test_two_files_in_one_are_refused(content):
    with pytest.raises((AttachmentUnsafe, AttachmentDamaged)):
        check_file(content)


def test_a_png_keeps_the_picture_and_nothing_that_it_says():
    kept = check_file(png(extra=chunk(b"tEXt", b"Comment\x00secret") + chunk(b"gAMA", b"\x00\x00\xb1\x8f") + chunk(b"eXIf", b"II*\x00"))).content  # fmt: skip
    assert b"secret" not in kept
    assert b"eXIf" not in kept
    assert b"gAMA" in kept
    assert check_file(kept).content == kept


def test_a_chunk_that_must_be_understood_and_is_not_is_refused():
    with pytest.raises(AttachmentDamaged):
        check_file(png(extra=chunk(b"CgBI", b"")))
    broken = bytearray(png())
    broken[40] ^= 1
    with pytest.raises(AttachmentDamaged):
        check_file(bytes(broken))


@pytest.mark.parametrize(
    "body",
    [
        b"4 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n",
        b"4 0 obj\n<< /S /Java#53cript >>\nendobj\n",
        b"4 0 obj\n<< /S /Launch /F (cmd.exe) >>\nendobj\n",
        b"4 0 obj\n<< /Names << /EmbeddedFiles 5 0 R >> >>\nendobj\n",
        b"4 0 obj\n<< /AA << /O 5 0 R >> >>\nendobj\n",
        b"4 0 obj\n<< /OpenAction << /S /URI /URI (http://x) >> >>\nendobj\n",
        b"4 0 obj\n<< /S /SubmitForm >>\nendobj\n",
        b"4 0 obj\n<< /Filter /Standard >>\nendobj\ntrailer << /Encrypt 4 0 R >>\n",
        b"4 0 obj\n<< /XFA [ (x) ] >>\nendobj\n",
        object_stream(b"4 0 << /S /JavaScript >>"),
        object_stream(b"4 0 << /#4a#53 (x) >>"),
        object_stream(b"4 0 << /JS (x) >>").replace(b"/ObjStm", b"/Obj#53tm"),
        object_stream(b"4 0 << /JS (x) >>").replace(b"<< /Type", b"<< /Pad (" + b"x" * 9000 + b") /Type"),
        object_stream(b"4 0 << /A 1 >>", dictionary=b"/Filter [/ASCIIHexDecode /FlateDecode]"),
        object_stream(b"4 0 << /A 1 >>", dictionary=b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>"),
        object_stream(b"4 0 << /A 1 >>", dictionary=b""),
        object_stream(b"", packed=zlib.compress(b"\x00" * (40 << 20))),
    ],
)
def test_a_pdf_that_would_do_something_is_refused(body):
    with pytest.raises(AttachmentUnsafe):
        check_file(pdf(body))


def test_a_pdf_with_compressed_objects_and_pictures_is_taken():
    noise = random.Random(3).randbytes(200_000).replace(b"endstream", b"")
    picture = b"8 0 obj\n<< /Length 200000 >>\nstream\n/JS /AA " + noise + b"\nendstream\nendobj\n"
    opens = b"7 0 obj\n<< /OpenAction [3 0 R /Fit] >>\nendobj\n"
    assert check_file(pdf(object_stream(b"4 0 << /A 1 >>") + picture + opens)).media_type == PDF
    with pytest.raises(AttachmentDamaged):
        check_file(pdf(object_stream(b"", packed=b"not compressed")))


def test_marks_make_different_pictures():
    assert len({check_file(jpeg(mark)).content for mark in "abcdef"}) == 6
