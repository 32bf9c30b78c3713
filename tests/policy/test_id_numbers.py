"""Example A23 and the refusals of the roster: GB 11643 numbers, one value at a time."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.policy.id_numbers import REFUSALS, WARNINGS, check_character, check_id_number
from api.vocabulary import Sex

TODAY = date(2010, 12, 1)
EXAMPLES = ("11010519491231002X", "440524188001010014")


@pytest.mark.parametrize(
    ("number", "born", "sex", "warnings"),
    [
        (EXAMPLES[0], date(1949, 12, 31), Sex.FEMALE, []),
        (EXAMPLES[1], date(1880, 1, 1), Sex.MALE, ["implausible_age"]),
    ],
)
def test_a23_printed_examples_pass(number: str, born: date, sex: Sex, warnings: list[str]) -> None:
    check = check_id_number(number, as_of=TODAY)
    assert check.refusal is None
    assert (check.id_number.number, check.id_number.birth_date, check.id_number.sex) == (number, born, sex)
    assert [warning.code for warning in check.warnings] == warnings


@pytest.mark.parametrize("number", EXAMPLES)
@pytest.mark.parametrize("place", range(18))
def test_a23_any_one_changed_digit_fails(number: str, place: int) -> None:
    for digit in "0123456789":
        if digit != number[place]:
            changed = number[:place] + digit + number[place + 1 :]
            check = check_id_number(changed, as_of=date.max)
            assert check.refusal.code in {"bad_checksum", "bad_date"}
            assert check.id_number is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("440724193301159681", "bad_checksum"),
        ("440721197002315836", "bad_date"),
        ("440783209912010972", "future_birth"),
        ("44078X195203089097", "id_letters"),
        ("X4078319520308909", "id_letters"),
        ("4407831930032895-1", "id_letters"),
        ("４４０７８三193003289512", "id_letters"),
        ("4407211971110233", "short_id"),
        ("4407831930032895123", "short_id"),
        ("", "short_id"),
        (None, "short_id"),
        ("4.408E+16", "numeric_id"),
        ("4.408e16", "numeric_id"),
        ("440783199001011234.0", "numeric_id"),
        (4.4078e17, "numeric_id"),
        (440783199001011234, "numeric_id"),
        ("440524188001320", "bad_date"),
    ],
)
def test_refusals(value: object, code: str) -> None:
    check = check_id_number(value, as_of=TODAY)
    assert (check.id_number, check.refusal.code, check.refusal.message) == (None, code, REFUSALS[code])


def test_stated_sex_must_agree() -> None:
    assert check_id_number("440721193903313047", as_of=TODAY, sex=Sex.MALE).refusal.code == "sex_mismatch"
    assert check_id_number("440721193903313047", as_of=TODAY, sex=Sex.FEMALE).refusal is None


@pytest.mark.parametrize(
    ("value", "number", "warning"),
    [
        ("４４０７８３１９６９１２１１０４６３", "440783196912110463", "fullwidth_ok"),
        ("44078319420522004x", "44078319420522004X", "lowercase_x_ok"),
        (" 440783194606291017 ", "440783194606291017", "spaces_ok"),
        ("\u3000440724196301038247", "440724196301038247", "spaces_ok"),
        ("440783910305294", None, "fifteen_ok"),
    ],
)
def test_accepted_after_normalisation(value: str, number: str | None, warning: str) -> None:
    check = check_id_number(value, as_of=TODAY)
    assert [given_warning.code for given_warning in check.warnings] == [warning]
    assert warning in WARNINGS
    assert check.id_number.number == (number or "44078319910305294" + check_character("44078319910305294"))


def test_parts_of_the_number() -> None:
    read = check_id_number(EXAMPLES[0], as_of=TODAY).id_number
    assert (read.area_code, read.body) == (110105, 11010519491231002)


@given(area=st.integers(110000, 659999), born=st.dates(date(1900, 1, 1), date(2010, 11, 30)), order=st.integers(0, 999))
@settings(max_examples=200, deadline=None)
def test_every_well_formed_number_is_read(area: int, born: date, order: int) -> None:
    body = f"{area:06d}{born:%Y%m%d}{order:03d}"
    check = check_id_number(body + check_character(body), as_of=TODAY)
    assert check.refusal is None
    assert check.id_number.birth_date == born
    assert check.id_number.sex is (Sex.MALE if order % 2 else Sex.FEMALE)


@given(text=st.text(max_size=24))
@settings(max_examples=200, deadline=None)
def test_any_text_gets_an_answer(text: str) -> None:
    check = check_id_number(text, as_of=TODAY)
    assert (check.id_number is None) is (check.refusal is not None)
