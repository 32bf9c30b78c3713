"""PDF: whole from its head to its end mark, and without anything that a reader would run, open or send.

A name may be written with escapes, or stand in a compressed object stream; both are looked into. What cannot be looked
into (a password, an object stream packed otherwise) is refused: a scan of a paper needs none of it.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final

from api.exchange.attachment_errors import AttachmentDamaged, AttachmentUnsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD: Final = re.compile(rb"%PDF-(?:1\.[0-7]|2\.0)[\r\n \t%]")
_TAIL: Final = re.compile(rb"startxref\s+\d+\s+%%EOF[\s\x00]*\Z")
_TAIL_BYTES: Final = 2048
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM: Final = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_OBJECT_STREAM: Final = re.compile(rb"/ObjStm(?![A-Za-z])")
_PLAIN_FLATE: Final = re.compile(rb"/Filter\s*(?:\[\s*)?/FlateDecode\s*(?:\])?\s*(?:/|>>)")
_PREDICTOR: Final = re.compile(rb"/DecodeParms\b")
MOST_UNPACKED: Final = 32 << 20

_ANYWHERE: Final = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|GoToR|GoToE|Encrypt|XFA(?=[\s\[(<])|"
    rb"OpenAction\s*<<[^>]{0,200}?/S\s*/(?!GoTo(?![A-Za-z]))[A-Za-z]+)(?![A-Za-z])"
)
"""Long enough not to come about by chance in a compressed picture."""
_OUTSIDE_STREAMS: Final = re.compile(rb"/(?:JS|AA|Filespec)(?![A-Za-z])")


def check_pdf(content: bytes) -> bytes:
    """Return the bytes as they are. Raises `AttachmentDamaged` or `AttachmentUnsafe`."""
    if not _HEAD.match(content) or not _TAIL.search(content[-_TAIL_BYTES:]):
        raise AttachmentDamaged("PDF 文件不完整，或文件末尾还有别的内容，请重新扫描。", pointer="/file")
    named = _unescaped(content)
    outside = _STREAM.sub(b"stream endstream", named)
    if _ANYWHERE.search(named) or _OUTSIDE_STREAMS.search(outside):
        raise _unsafe()
    for objects in _object_streams(content):
        plain = _unescaped(objects)
        if _ANYWHERE.search(plain) or _OUTSIDE_STREAMS.search(plain):
            raise _unsafe()
    return content


def _unescaped(content: bytes) -> bytes:
    """Write names as readers read them: `/Java#53cript` is `/JavaScript`."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)


def _object_streams(content: bytes) -> Iterator[bytes]:
    """Unpack every stream that holds objects. Raises `AttachmentUnsafe` when one cannot be, or unpacks without end."""
    budget = MOST_UNPACKED
    behind = 0
    for found in _STREAM.finditer(content):
        # All that stands between two streams, since a dictionary may be made as long as one likes.
        dictionary = _unescaped(content[behind : found.start()])
        behind = found.end()
        if not _OBJECT_STREAM.search(dictionary):
            continue
        if not _PLAIN_FLATE.search(dictionary) or _PREDICTOR.search(dictionary):
            raise _unsafe()
        unpacker = zlib.decompressobj()
        try:
            objects = unpacker.decompress(found[1], budget)
        except zlib.error:
            raise AttachmentDamaged("PDF 文件已损坏，请重新扫描。", pointer="/file") from None
        budget -= len(objects)
        if unpacker.unconsumed_tail or budget <= 0:
            raise _unsafe()
        yield objects


def _unsafe() -> AttachmentUnsafe:
    return AttachmentUnsafe(
        "PDF 中含有脚本、附件、表单动作或密码，不予接收；请把纸质材料重新扫描或拍照。", pointer="/file"
    )
