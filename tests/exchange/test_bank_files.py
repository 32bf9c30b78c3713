"""Files for the bank and its answers, by the layout of policy.md §6.6 and by another bank's."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.exchange.bank_files import (
    BankAmountInvalid,
    BankBatchInvalid,
    BankFieldUnsafe,
    BankFileUnknown,
    BankRecord,
    bank_files,
    encode_lines,
    format_yuan,
    identify_return,
    parse_return,
)
from api.exchange.bank_layouts_loader import BankLayoutInvalid, FilePurpose, layout_ids, load_layout, parse_layout

LAYOUT = load_layout("rural_credit_2010")
RECORD = BankRecord(
    "4407830000000123", "欧阳明", "11010519491231002X", 12050, "D000000000001", "6226317066907439156", "440783001210"
)
OTHER_BANK = """
id = "other"
title = "另一家银行"
encoding = "utf-8"
separator = ","
line_end = "lf"
success_code = "00"
[outgoing.pay]
title = "代发"
prefix = "F"
suffix = ".txt"
max_lines = 2
fields = ["bank_account", "amount", "name"]
[incoming.pay]
title = "返回"
prefix = "R"
success_suffix = ".ok"
failure_suffix = ".err"
max_lines = 3
fields = ["document_number", "amount"]
failure_optional = ["bank_code", "reason"]
"""


def test_payment_file_is_the_documented_line():
    (file,) = bank_files(LAYOUT, FilePurpose.PAY, [RECORD], batch="20110301")
    assert file.name == "YHDFFS20110301001.TXT"
    assert file.content == (
        "4407830000000123|欧阳明|11010519491231002X|120.50|D000000000001|6226317066907439156|440783001210\r\n".encode(
            "gbk"
        )
    )
    assert (file.lines, file.total_fen, file.sha256) == (1, 12050, hashlib.sha256(file.content).hexdigest())


def test_deduction_and_opening_files_have_their_own_name_and_line():
    (deduct,) = bank_files(LAYOUT, FilePurpose.DEDUCT, [RECORD], batch="201103")
    assert deduct.name == "YHDKFS201103001.TXT"
    opening = RECORD._replace(amount_fen=0, division_name="石海村委会")
    (file,) = bank_files(LAYOUT, FilePurpose.OPEN, [opening], batch="201103")
    assert file.content.decode("gb18030") == "4407830000000123|欧阳明|11010519491231002X|440783001210|石海村委会\r\n"
    assert file.total_fen == 0


def test_files_split_at_the_line_limit_and_lose_nobody():
    records = [RECORD._replace(document_number=f"D{number}", amount_fen=number + 1) for number in range(1001)]
    files = list(bank_files(LAYOUT, FilePurpose.OPEN, records, batch="201103"))
    assert [file.lines for file in files] == [500, 500, 1]
    assert [file.name for file in files] == [f"YHKHFS201103{part:03d}.TXT" for part in (1, 2, 3)]
    layout = parse_layout(OTHER_BANK)
    parts = list(bank_files(layout, FilePurpose.PAY, records[:5], batch="201103"))
    assert sum(file.total_fen for file in parts) == 15
    assert parts[0].content == "6226317066907439156,0.01,欧阳明\n6226317066907439156,0.02,欧阳明\n".encode()


def test_no_records_make_no_file():
    assert list(bank_files(LAYOUT, FilePurpose.PAY, [], batch="201103")) == []


@pytest.mark.parametrize("name", ["张|三", "张\n三", "张\r三", "张\x00三", "张\t三"])
def test_field_that_would_shift_the_others_is_refused_with_its_line(name):
    records = [RECORD] * 6000 + [RECORD._replace(name=name)]
    with pytest.raises(BankFieldUnsafe, match="第 6001 行") as caught:
        list(encode_lines(LAYOUT, FilePurpose.PAY, records))
    assert "三" not in caught.value.detail


@pytest.mark.parametrize("amount", [0, -1, 10**12, True, 1.5])
def test_amount_that_is_no_positive_fen_is_refused(amount):
    with pytest.raises(BankAmountInvalid, match="第 2 行"):
        list(encode_lines(LAYOUT, FilePurpose.PAY, [RECORD, RECORD._replace(amount_fen=amount)]))


def test_rare_characters_travel_and_broken_ones_do_not():
    data = b"".join(encode_lines(LAYOUT, FilePurpose.PAY, [RECORD._replace(name="𠮷䶮·㙟")]))
    assert data.decode("gb18030").split("|")[1] == "𠮷䶮·㙟"
    with pytest.raises(BankFieldUnsafe, match="编码"):
        list(encode_lines(LAYOUT, FilePurpose.PAY, [RECORD._replace(name="\ud842")]))


@pytest.mark.parametrize("batch", ["", "2011", "../../etc", "2011031x", "1" * 21])
def test_batch_in_a_file_name_is_digits(batch):
    with pytest.raises(BankBatchInvalid):
        list(bank_files(LAYOUT, FilePurpose.PAY, [RECORD], batch=batch))


@pytest.mark.parametrize(("fen", "yuan"), [(1, "0.01"), (10, "0.10"), (12050, "120.50"), (10**11, "1000000000.00")])
def test_fen_become_yuan_exactly(fen, yuan):
    assert format_yuan(fen) == yuan


def test_names_of_answers_say_what_they_are():
    assert identify_return(LAYOUT, "YHDFFK201103001_S.TXT") == (FilePurpose.PAY, True, "201103001")
    assert identify_return(LAYOUT, "yhdkfk201103001_f.txt") == (FilePurpose.DEDUCT, False, "201103001")
    for name in ("YHDFFK201103001.TXT", "YHDFFK_S.TXT", "../YHDFFK201103001_S.TXT", "YHDFFKabcdef_S.TXT"):
        with pytest.raises(BankFileUnknown):
            identify_return(LAYOUT, name)


def test_failures_carry_the_banks_reason():
    text = (
        "4407830000000123|欧阳明|11010519491231002X|120.50|D1|账户已销户|E012\r\n1|张三|x|1.00|D2|余额不足\r\n\r\n\x1a"
    )
    answer = parse_return(LAYOUT, "YHDFFK201103001_F.TXT", text.encode("gb18030"))
    assert answer.succeeded is False
    assert answer.errors == ()
    assert answer.total_fen == 12150
    assert (answer.records[0].reason, answer.records[0].bank_code) == ("账户已销户", "E012")
    assert (answer.records[1].reason, answer.records[1].bank_code, answer.records[1].line) == ("余额不足", None, 2)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"1|a|x|1.00", "bad_field_count"),
        (b"1|a|x|1.00|D9|r|E1|more", "bad_field_count"),
        (b"", "bad_field_count"),
        (b"1|a|x|1.0|D9", "bad_amount"),
        (b"1|a|x|1,000.00|D9", "bad_amount"),
        (b"1|a|x|-1.00|D9", "bad_amount"),
        (b"1|a|x|0.00|D9", "bad_amount"),
        (b"1|a|x|01.00|D9", "bad_amount"),
        ("1|a|x|１.00|D9".encode("gb18030"), "bad_amount"),
        (b"1|a|x|1.00| ", "empty_document_number"),
        (b"1|a|x|1.00|D1", "duplicate_document_number"),
        (b"1|\x81\x20|x|1.00|D9", "unparsable_bytes"),
        (b"1|a\x07|x|1.00|D9", "control_char"),
        (b"1|a|x|1.00|D9|r|AAAAAAA", "code_contradicts_file"),
    ],
)
def test_bad_line_is_an_error_beside_the_good_ones(line, code):
    data = b"1|a|x|1.00|D1\r\n" + line + b"\r\n1|b|x|2.00|D2\r\n"
    answer = parse_return(LAYOUT, "YHDFFK201103001_F.TXT", data)
    assert [(error.line, error.code) for error in answer.errors] == [(2, code)]
    assert [record.document_number for record in answer.records] == ["D1", "D2"]
    assert answer.total_fen == 300
    assert answer.errors[0].message.endswith("。")


def test_success_with_a_failure_code_contradicts_itself():
    answer = parse_return(LAYOUT, "YHDFFK201103001_S.TXT", b"1|a|x|1.00|D1|E1\r\n1|a|x|1.00|D2|AAAAAAA\r\n")
    assert [error.code for error in answer.errors] == ["code_contradicts_file"]
    assert [record.document_number for record in answer.records] == ["D2"]


def test_deductions_under_the_name_of_the_other_file_are_seen_line_by_line():
    good, bad = (
        b"1|a|x|1.00|D1|AAAAAAA\r\n2|b|x|1.00|D2\r\n",
        b"1|a|x|1.00|D1|no money|E1\r\n2|b|x|1.00|D2|no money\r\n",
    )
    for name, data in (("YHDKFK201103001_F.TXT", good), ("YHDKFK201103001_S.TXT", bad)):
        answer = parse_return(LAYOUT, name, data)
        assert answer.records == ()
        assert len(answer.errors) == 2
    assert len(parse_return(LAYOUT, "YHDKFK201103001_S.TXT", good).records) == 2
    assert len(parse_return(LAYOUT, "YHDKFK201103001_F.TXT", bad).records) == 2


def test_a_number_that_comes_again_is_left_to_whoever_keeps_repeated_lines():
    data = b"1|a|x|1.00|D1\r\n1|a|x|2.00|D1\r\n"
    assert len(parse_return(LAYOUT, "YHDFFK201103001_S.TXT", data).errors) == 1
    assert len(parse_return(LAYOUT, "YHDFFK201103001_S.TXT", data, keeps_repeated=True).records) == 2


def test_empty_answer_means_nothing_failed():
    answer = parse_return(LAYOUT, "YHDFFK201103001_F.TXT", b"\r\n")
    assert (answer.records, answer.errors, answer.total_fen) == ((), (), 0)


def test_second_byte_of_a_character_is_never_taken_for_the_separator():
    # 亅 and its neighbours of GBK end in the byte of "|".
    name = next(chr(code) for code in range(0x4E00, 0x9FA6) if chr(code).encode("gb18030")[1:] == b"|")
    answer = parse_return(LAYOUT, "YHDFFK201103001_S.TXT", f"1|{name}|x|1.00|D1\r\n".encode("gb18030"))
    assert answer.records[0].name == name


texts = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="|"), min_size=1, max_size=8
).filter(lambda text: text == text.strip())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(texts, st.integers(1, 10**9)), max_size=30))
def test_what_is_written_is_read_back(people):
    records = [
        RECORD._replace(name=name, amount_fen=fen, document_number=f"D{number}")
        for number, (name, fen) in enumerate(people)
    ]
    sent = b"".join(encode_lines(LAYOUT, FilePurpose.PAY, records))
    lines = ["|".join(line.split("|")[:5]) + "\r\n" for line in sent.decode("gb18030").split("\r\n")[:-1]]
    read = parse_return(LAYOUT, "YHDFFK201103001_S.TXT", "".join(lines).encode("gb18030"))
    assert read.errors == ()
    assert [(r.name, r.amount_fen, r.document_number) for r in read.records] == [
        (r.name, r.amount_fen, r.document_number) for r in records
    ]


def test_another_bank_is_a_template():
    layout = parse_layout(OTHER_BANK)
    answer = parse_return(layout, "R201103.err", b"D1,1.00,05,closed\nD2,2.00\n")
    assert [(r.document_number, r.bank_code, r.reason) for r in answer.records] == [
        ("D1", "05", "closed"),
        ("D2", None, None),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('separator = ","', 'separator = "||"'), ('separator = ","', 'separator = "."'), ('"lf"', '"cr"'),
        ('"utf-8"', '"no-such"'), ('"bank_account", "amount"', '"bank_account", "bank_account"'),
        ('"bank_account", "amount"', '"password", "amount"'), ('["document_number", "amount"]', '["amount"]'),
        ("max_lines = 3", ""), ("outgoing.pay", "outgoing.bribe"), ('id = "other"', "id ="),
    ],
)  # fmt: skip
def test_template_that_contradicts_itself_is_refused(old, new):
    assert old in OTHER_BANK
    with pytest.raises(BankLayoutInvalid):
        parse_layout(OTHER_BANK.replace(old, new))


def test_layouts_that_ship_are_all_sound():
    assert "rural_credit_2010" in layout_ids()
    for name in layout_ids():
        assert load_layout(name).id == name
    with pytest.raises(BankLayoutInvalid):
        load_layout("../../secrets")
