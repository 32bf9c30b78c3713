"""Finds the encoding of a text file that an office sent: UTF-8, UTF-16 with a mark, or GB18030.

Statistical guessing is refused on purpose: on short GBK files the known guessers answer Korean or Traditional Chinese.
"""

from __future__ import annotations

import codecs

from api.exchange.file_errors import FileEncodingUnknown


def decode_text(data: bytes) -> str:
    """Return the text of `data`, without its byte order mark; raises FileEncodingUnknown when no encoding fits.

    The order is a decision: strict UTF-8 never accepts a GB18030 text of any length by accident, so it comes first,
    and GB18030, which accepts nearly everything, comes last.
    """
    if data.startswith(codecs.BOM_UTF8):
        encodings: tuple[str, ...] = ("utf-8-sig",)
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileEncodingUnknown
