"""Files as phones and scanners make them, and as nobody should: real pictures small enough to stand in a test."""

from __future__ import annotations

import base64
import struct
import zlib

# 24 by 16 pixels, left half red and right half green, written by a browser (with a colour profile, as phones do).
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlk"
    "ZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJD"
    "AAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABi"
    "mQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAA"
    "AABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDABALDA4MChAODQ4SERATGCgaGBYW"
    "GDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj"
    "Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABAAF/8QAFxABAAMAAAAAAAAAAAAA"
    "AAAAAARCgf/EABYBAQEBAAAAAAAAAAAAAAAAAAQDBv/EABsRAAIBBQAAAAAAAAAAAAAAAAACAQUxNIGx/9oADAMBAAIRAxEAPwDKJiXwYmJfA3sPqGO2"
    "uwISSJmD/9k="
)
SECRET_PLACE = b"22.3764N 112.6985E"


def jpeg(mark: str = "") -> bytes:
    """A picture that differs from others of another mark: one byte of the compressed data, which any decoder takes."""
    number = sum(mark.encode())
    scan = JPEG.rindex(b"\xff\xda")
    at = scan + 20
    return JPEG[:at] + bytes([number % 200]) + JPEG[at + 1 :] if mark else JPEG


def phone_photo(*, orientation: int = 6) -> bytes:
    """A picture as a phone writes it: place and camera in front, a comment, and a short film behind the end."""
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack("<HHII", 0x8825, 4, 1, 38)
    tiff = b"II*\x00" + struct.pack("<IH", 8, 2) + entries + struct.pack("<I", 0) + SECRET_PLACE
    exif = b"Exif\x00\x00" + tiff
    place = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    xmp_body = b"http://ns.adobe.com/xap/1.0/\x00<x>" + SECRET_PLACE + b"</x>"
    xmp = b"\xff\xe1" + struct.pack(">H", len(xmp_body) + 2) + xmp_body
    comment = b"\xff\xfe" + struct.pack(">H", len(SECRET_PLACE) + 2) + SECRET_PLACE
    return JPEG[:2] + place + xmp + comment + JPEG[2:] + b"\x00\x00\x00\x18ftypmp42" + SECRET_PLACE * 5


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG with its checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*, width: int = 3, height: int = 2, extra: bytes = b"", tail: bytes = b"", text: str = "") -> bytes:
    """A grey picture; `extra` are more chunks, `tail` stands behind the end, `text` makes it differ from others."""
    rows = b"".join(b"\x00" + bytes((len(text) * 7 + row + at) % 256 for at in range(3)) for row in range(2))
    rows += text.encode()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + extra
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
        + tail
    )


def pdf(body: bytes = b"", *, tail: bytes = b"") -> bytes:
    """A document of one page with whatever else is put into it."""
    parts = [
        b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n",
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>\nendobj\n",
        body,
    ]
    front = b"".join(parts)
    return front + b"trailer\n<< /Root 1 0 R >>\nstartxref\n" + str(len(front)).encode() + b"\n%%EOF\n" + tail


def object_stream(objects: bytes, *, dictionary: bytes = b"/Filter /FlateDecode", packed: bytes | None = None) -> bytes:
    """Objects inside a compressed stream."""
    data = zlib.compress(objects) if packed is None else packed
    return (
        b"9 0 obj\n<< /Type /ObjStm /N 1 /First 4 " + dictionary + b" /Length " + str(len(data)).encode()
        + b" >>\nstream\n" + data + b"\nendstream\nendobj\n"
    )  # fmt: skip
