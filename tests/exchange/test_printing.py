"""Printed documents: set from facts, with the font that every name needs, the same bytes for the same facts."""

from __future__ import annotations

from datetime import date

import pytest

from api.exchange import printing

RARE = "簕㙟䶮𠮷𬱖"


@pytest.fixture
def template(tmp_path, monkeypatch):
    """A document of these tests over the shared base."""
    base = printing._folder() / "base.typ"
    (tmp_path / "base.typ").write_text(base.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "probe.typ").write_text(
        '#import "base.typ": *\n#show: sheet.with(facts.title, foot: facts.foot)\n#fields(facts.pairs)\n'
        '#rows(facts.head, facts.lines, numbers: (1,))\n#signatures(("经办", "复核"))\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(printing, "_folder", lambda: tmp_path)
    return "probe"


FACTS = {
    "title": "缴费收据",
    "foot": "核验码",
    "pairs": [["姓名", RARE], ["备注", '#panic("x") \\ $a$ *b* "']],
    "head": ["项目", "金额"],
    "lines": [["个人缴费", "100.00"], ["政府补贴", "30.00"]],
}


def test_facts_become_a_pdf_with_its_font_and_never_code(template) -> None:
    content = printing.render(template, FACTS, printed_on=date(2010, 12, 15))
    assert content.startswith(b"%PDF-")
    assert b"NotoSansCJK" in content.replace(b" ", b"")
    assert b"20101215" in content


def test_equal_facts_give_equal_bytes_and_others_do_not(template) -> None:
    first = printing.render(template, FACTS)
    assert printing.render(template, FACTS) == first
    assert printing.render(template, FACTS | {"foot": "另一个"}) != first


def test_a_template_that_lacks_a_fact_says_so_without_telling_the_facts(template) -> None:
    with pytest.raises(printing.DocumentUnprintable) as refused:
        printing.render(template, {"title": RARE})
    assert RARE not in str(refused.value)
