"""Printed documents: facts go into a Typst template of `documents/`, a tagged PDF on A4 or A5 with its font comes out.

What is printed are texts that the caller has made (`facts`); the template places them and computes nothing. Texts are
data to the template and never its code. Equal facts give equal bytes, so a document can be printed again and compared.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import manimgx_fonts_cjk
import typst

from api.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_EPOCH = 0


class DocumentUnprintable(DomainError):
    """The template or the facts cannot be set in type (500): a defect, told without the facts."""

    status = 500
    code = "document-unprintable"
    title = "文书无法排版，请联系管理员"


@lru_cache(maxsize=1)
def _folder() -> Path:
    return Path(str(resources.files("api.exchange") / "documents"))


@lru_cache(maxsize=1)
def _fonts() -> list[str]:
    return [str(Path(manimgx_fonts_cjk.__file__).parent)]


def render(template: str, facts: Mapping[str, Any], *, printed_on: date | None = None) -> bytes:
    """Set `documents/<template>.typ` with its facts and return the PDF; `printed_on` is the date in the file's own data.

    Facts are texts, numbers that count, and lists and dictionaries of these: amounts and dates come as formatted text.
    Raises `DocumentUnprintable`.
    """
    moment = _EPOCH if printed_on is None else (printed_on.toordinal() - 719_163) * 86_400
    try:
        content = typst.compile(
            str(_folder() / f"{template}.typ"),
            root=str(_folder()),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"facts": json.dumps(facts, ensure_ascii=False)},
            timestamp=moment,
        )
    except (typst.TypstError, RuntimeError) as error:
        raise DocumentUnprintable from error
    return bytes(content)
