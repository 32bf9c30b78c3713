"""JPEG and PNG, read piece by piece to their end and written again from the pieces that make the picture.

Whatever else a file holds (place, time and camera, thumbnails, texts, a film behind the photo) is left out, so that the
rest cannot be anything but the picture. The pixels themselves are not decoded: viewers do that, in their sandbox.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Final

from api.exchange.attachment_errors import AttachmentDamaged, AttachmentUnsafe, ImageTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PIXELS: Final = 64_000_000
LONGEST_SIDE: Final = 16_000

_FIRST_SEGMENT: Final = 0xC0
_ALONE: Final = frozenset(range(0xD0, 0xD9))
"""Restarts and the start of a picture have no length and no place between segments."""
_END: Final = 0xD9
_SCAN: Final = 0xDA
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive: what browsers show."""
_OTHER_FRAMES: Final = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_TABLES: Final = frozenset({0xC4, 0xDB, 0xDD})
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_BEHIND_A_SCAN: Final = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""The next marker in compressed data: neither a stuffed byte nor a restart."""
_ORIENTATION: Final = 0x0112
_SHORT: Final = 3

_PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD"}
)
_PNG_DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}


def clean_jpeg(content: bytes) -> bytes:
    """Return the picture alone, turned as the camera was held. Raises `AttachmentDamaged`, `ImageTooLarge`.

    What phones append behind the end of the picture (a short film, a second picture) is cut off.
    """
    kept: list[bytes] = [b"\xff\xd8"]
    orientation = 1
    frames = scans = 0
    for marker, segment in _segments(content):
        body = segment[4:]
        if marker in _FRAMES:
            frames += 1
            _check_frame(body)
        elif marker in _OTHER_FRAMES:
            raise AttachmentDamaged("这种 JPEG 编码无法显示，请另存后再上传。", pointer="/file")
        elif marker == _SCAN:
            scans += 1
        elif marker == _APP1 and body.startswith(b"Exif\x00\x00"):
            orientation = _orientation_of(body[6:])
            continue
        if marker in _FRAMES or marker in _TABLES or marker == _SCAN or _is_needed(marker, body):
            kept.append(segment)
    if frames != 1 or scans == 0:
        raise AttachmentDamaged("图片不完整，请重新拍照或扫描。", pointer="/file")
    if orientation != 1:
        kept.insert(1, _exif_with(orientation))
    return b"".join([*kept, b"\xff\xd9"])


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and bytes of each segment up to the end of the picture; a scan comes with its compressed data."""
    at = 2
    while True:
        if content[at : at + 1] != b"\xff":
            raise AttachmentDamaged("图片不完整或已损坏，请重新拍照或扫描。", pointer="/file")
        while content[at + 1 : at + 2] == b"\xff":
            at += 1
        marker = content[at + 1] if at + 1 < len(content) else -1
        if marker == _END:
            return
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        end = at + 2 + length
        if marker < _FIRST_SEGMENT or marker in _ALONE or length < 2 or end > len(content):
            raise AttachmentDamaged("图片不完整或已损坏，请重新拍照或扫描。", pointer="/file")
        if marker == _SCAN:
            behind = _BEHIND_A_SCAN.search(content, end)
            if behind is None or behind.start() == end:
                raise AttachmentDamaged("图片不完整，请重新拍照或扫描。", pointer="/file")
            end = behind.start()
        yield marker, content[at:end]
        at = end


def _check_frame(body: bytes) -> None:
    if len(body) < 6:
        raise AttachmentDamaged("图片不完整或已损坏，请重新拍照或扫描。", pointer="/file")
    height, width = struct.unpack(">HH", body[1:5])
    check_dimensions(width, height)


def check_dimensions(width: int, height: int) -> None:
    """Refuse a picture that would fill the memory of whoever shows it. Raises `ImageTooLarge`, `AttachmentDamaged`."""
    if width < 1 or height < 1:
        raise AttachmentDamaged("图片没有尺寸，请重新拍照或扫描。", pointer="/file")
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise ImageTooLarge("图片尺寸过大，请用普通清晰度重新拍照或扫描。", pointer="/file")


def _is_needed(marker: int, body: bytes) -> bool:
    """Tell whether an application segment changes how the picture looks: size, colours, transform. Nothing else stays."""
    return (
        (marker == _APP0 and body.startswith(b"JFIF\x00"))
        or (marker == _APP2 and body.startswith(b"ICC_PROFILE\x00"))
        or (marker == _APP14 and body.startswith(b"Adobe"))
    )


def _orientation_of(tiff: bytes) -> int:
    """Read how the camera was held, 1 to 8; 1 where it does not say, or not legibly."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 10:
        return 1
    (start,) = struct.unpack(order + "I", tiff[4:8])
    if start + 2 > len(tiff):
        return 1
    (entries,) = struct.unpack(order + "H", tiff[start : start + 2])
    for number in range(min(entries, 256)):
        at = start + 2 + number * 12
        if at + 12 > len(tiff):
            return 1
        tag, kind, _ = struct.unpack(order + "HHI", tiff[at : at + 8])
        if (tag, kind) == (_ORIENTATION, _SHORT):
            (value,) = struct.unpack(order + "H", tiff[at + 8 : at + 10])
            return int(value) if 1 <= value <= 8 else 1
    return 1


def _exif_with(orientation: int) -> bytes:
    """Return a segment that says how to turn the picture and nothing else."""
    tiff = b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, _SHORT, 1, orientation, 0, 0)
    body = b"Exif\x00\x00" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def clean_png(content: bytes) -> bytes:
    """Return the picture alone. Raises `AttachmentDamaged`, `AttachmentUnsafe` for bytes behind its end, `ImageTooLarge`."""
    kept = [_PNG_HEAD]
    names: list[bytes] = []
    for name, chunk in _chunks(content):
        if name == b"IHDR":
            _check_header(chunk[8:-4])
        if name in _PNG_KEPT:
            kept.append(chunk)
        elif name[0] & 0x20 == 0:
            # A capital first letter: nobody who does not know the chunk can show the picture.
            raise AttachmentDamaged("图片含有无法识别的内容，请另存后再上传。", pointer="/file")
        names.append(name)
    if names[0] != b"IHDR" or names.count(b"IHDR") != 1 or b"IDAT" not in names:
        raise AttachmentDamaged("图片不完整，请重新拍照或扫描。", pointer="/file")
    return b"".join(kept)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and bytes of each chunk up to the last, which ends the file."""
    at = len(_PNG_HEAD)
    while True:
        length = int.from_bytes(content[at : at + 4], "big")
        end = at + 12 + length
        if at + 12 > len(content) or end > len(content):
            raise AttachmentDamaged("图片不完整，请重新拍照或扫描。", pointer="/file")
        name = content[at + 4 : at + 8]
        (checksum,) = struct.unpack(">I", content[end - 4 : end])
        if not name.isalpha() or zlib.crc32(content[at + 4 : end - 4]) != checksum:
            raise AttachmentDamaged("图片已损坏，请重新拍照或扫描。", pointer="/file")
        yield name, content[at:end]
        at = end
        if name == b"IEND":
            if length or at != len(content):
                raise AttachmentUnsafe("图片后面还有别的内容，不予接收。", pointer="/file")
            return


def _check_header(body: bytes) -> None:
    if len(body) != 13:
        raise AttachmentDamaged("图片已损坏，请重新拍照或扫描。", pointer="/file")
    width, height, depth, colours, *rest = struct.unpack(">IIBBBBB", body)
    if depth not in _PNG_DEPTHS.get(colours, ()) or rest[0] or rest[1] or rest[2] > 1:
        raise AttachmentDamaged("图片已损坏，请重新拍照或扫描。", pointer="/file")
    check_dimensions(width, height)
