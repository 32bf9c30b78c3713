"""Scanned papers and photos at the border: what a file really is, whether it is whole, and what must not come along.

The bytes decide, never the name or what the sender says of them. JPEG, PNG and PDF are taken: every browser and every
office shows them. Of a photo only the picture is kept, not the place, the time and the camera that phones write into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.exchange.attachment_errors import AttachmentDamaged, AttachmentTypeNotAccepted, AttachmentUnsafe
from api.exchange.attachment_images import clean_jpeg, clean_png
from api.exchange.attachment_pdfs import check_pdf

if TYPE_CHECKING:
    from collections.abc import Callable

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
PDF: Final = "application/pdf"
SUFFIXES: Final = {JPEG: "jpg", PNG: "png", PDF: "pdf"}
ACCEPTED: Final = "只接受 JPEG、PNG 图片和 PDF 文件。"

_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
_END_OF_ZIP: Final = b"PK\x05\x06"
_ZIP_TAIL: Final = 22
_LONGEST_ZIP_COMMENT: Final = 0xFFFF
_PDF_HEAD: Final = 1024
"""Readers look for the mark of a PDF this far into a file."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept: its kind by its bytes, and the bytes to keep."""

    media_type: str
    content: bytes


def check_file(content: bytes) -> CheckedFile:
    """Tell what a file is and return what of it is kept.

    Raises `AttachmentTypeNotAccepted`, `AttachmentDamaged` for what is cut off or broken, `AttachmentUnsafe` for what
    another program would open as something else or run, and `ImageTooLarge`.
    """
    if not content:
        raise AttachmentDamaged("文件是空的。", pointer="/file")
    media_type, clean = _reader_of(content)
    if _is_also_a_zip(content) or (media_type != PDF and b"%PDF-" in content[:_PDF_HEAD]):
        raise AttachmentUnsafe("文件同时也是另一种文件，不予接收。", pointer="/file")
    return CheckedFile(media_type, clean(content))


def _reader_of(content: bytes) -> tuple[str, Callable[[bytes], bytes]]:
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG, clean_jpeg
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG, clean_png
    if content.startswith(b"%PDF-"):
        return PDF, check_pdf
    raise AttachmentTypeNotAccepted(_advice(content), pointer="/file")


def _advice(content: bytes) -> str:
    """Say what the person can do with what their phone has made."""
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return ACCEPTED + "这是 HEIC 照片：请在手机“设置-相机-格式”中选“兼容性最佳”后重拍，或把照片另存为 JPEG。"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return ACCEPTED + "这是 WebP 图片：请另存为 JPEG 后再上传。"
    return ACCEPTED + "请拍照或扫描后再上传。"


def _is_also_a_zip(content: bytes) -> bool:
    """Tell whether an unpacker would open it: the end record of an archive stands exactly at the end."""
    at = content.rfind(_END_OF_ZIP, max(0, len(content) - _ZIP_TAIL - _LONGEST_ZIP_COMMENT))
    while at >= 0:
        comment = int.from_bytes(content[at + 20 : at + 22], "little")
        if at + _ZIP_TAIL + comment == len(content):
            return True
        at = content.rfind(_END_OF_ZIP, max(0, len(content) - _ZIP_TAIL - _LONGEST_ZIP_COMMENT), at)
    return False
