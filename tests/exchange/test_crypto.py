"""Tokens, seals, blind indexes and masks: what they reveal, what they refuse, and that columns equal single values."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.crypto import Keyring, KeyUnsuitable, SealBroken, mask_bank_account, mask_id, mask_phone

RING = Keyring.from_secret(b"s" * 32)
OTHER = Keyring.from_secret(b"t" * 32)
PLACE = {"table": "residents", "column": "bank_account", "row_id": 17}


@given(st.lists(st.integers(0, 10**17 - 1), max_size=20), st.integers(1, 255))
def test_tokens_invert_and_a_column_equals_single_values(numbers, kind):
    tokens = RING.id_tokens(numbers, kind=kind)
    assert tokens == [RING.id_token(number, kind=kind).bytes for number in numbers]
    assert RING.ids_of_tokens(tokens) == [(kind, number) for number in numbers]
    assert RING.id_tokens_packed(np.array(numbers, dtype=np.int64), kind=kind) == b"".join(tokens)
    assert len(set(tokens)) == len(set(numbers))


def test_token_is_a_fixed_construction():
    # One AES-256 block over seven zeros, the kind and the number: a stored token must open for ever.
    ring = Keyring(id_token_key=bytes(range(32)), seal_keys={1: b"a" * 32}, current_seal_key=1, index_key=b"b" * 32)
    assert ring.id_token(44078319900101123) == uuid.UUID("daa58015-9deb-a095-a106-e00a26e48a78")


def test_token_of_another_key_or_kind_or_by_chance_is_refused():
    token = RING.id_token(44078319900101123)
    assert RING.id_of_token(token) == (1, 44078319900101123)
    assert RING.id_token(44078319900101123, kind=2) != token
    for forged in (OTHER.id_token(44078319900101123), uuid.UUID(int=token.int ^ 1), uuid.UUID(int=0), b"short"):
        with pytest.raises(SealBroken):
            RING.id_of_token(forged)


@pytest.mark.parametrize("number", [-1, 10**17])
def test_number_that_is_no_seventeen_digits_gets_no_token(number):
    with pytest.raises(ValueError, match="out of range"):
        RING.id_token(number)
    with pytest.raises(ValueError, match="out of range"):
        RING.id_tokens_packed(np.array([number]))
    with pytest.raises(ValueError, match="kind"):
        RING.id_token(1, kind=0)


@given(st.text(max_size=40))
def test_seal_opens_at_its_place_only(value):
    sealed = RING.seal(value, **PLACE)
    assert RING.unseal(sealed, **PLACE) == value
    for change in ({"table": "x"}, {"column": "phone"}, {"row_id": 18}):
        with pytest.raises(SealBroken):
            RING.unseal(sealed, **(PLACE | change))
    with pytest.raises(SealBroken):
        OTHER.unseal(sealed, **PLACE)


def test_every_damaged_byte_of_a_seal_is_noticed():
    sealed = RING.seal("6226317066907439156", **PLACE)
    assert b"6226" not in sealed
    for place in range(len(sealed)):
        broken = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealBroken):
            RING.unseal(broken, **PLACE)
        with pytest.raises(SealBroken):
            RING.unseal(sealed[:place], **PLACE)


def test_seals_of_equal_values_differ_and_columns_are_bound_to_their_rows():
    values, rows = ["1"] * 50, list(range(50))
    sealed = RING.seal_column(values, table="t", column="c", row_ids=rows)
    assert len(set(sealed)) == 50
    assert RING.unseal_column(sealed, table="t", column="c", row_ids=rows) == values
    with pytest.raises(SealBroken):
        RING.unseal_column(sealed, table="t", column="c", row_ids=rows[::-1])
    with pytest.raises(ValueError, match="zip"):
        RING.seal_column(values, table="t", column="c", row_ids=rows[:-1])


def test_old_values_open_after_a_change_of_key():
    old, new, token, index = (bytes([number]) * 32 for number in range(4))
    before = Keyring(id_token_key=token, seal_keys={1: old}, current_seal_key=1, index_key=index)
    after = Keyring(id_token_key=token, seal_keys={1: old, 2: new}, current_seal_key=2, index_key=index)
    sealed = before.seal("x", **PLACE)
    assert after.unseal(sealed, **PLACE) == "x"
    assert after.seal("x", **PLACE)[1] == 2
    with pytest.raises(SealBroken):
        before.unseal(after.seal("x", **PLACE), **PLACE)


def test_blind_index_is_equal_for_equal_values_of_one_purpose_and_key():
    index = RING.blind_index("bank_account", "6226")
    assert len(index) == 16
    assert RING.blind_index_column("bank_account", ["1", "6226"])[1] == index
    assert index not in {RING.blind_index("phone", "6226"), OTHER.blind_index("bank_account", "6226")}
    with pytest.raises(ValueError, match="purpose"):
        RING.blind_index("a purpose that is too long", "x")


@pytest.mark.parametrize(
    "change",
    [
        {"id_token_key": b"short"}, {"index_key": b"a" * 32}, {"seal_keys": {1: b"i" * 32}}, {"current_seal_key": 9},
        {"seal_keys": {0: b"a" * 32, 1: b"d" * 32}},
    ],
)  # fmt: skip
def test_short_and_reused_keys_are_refused(change):
    good = {"id_token_key": b"t" * 32, "seal_keys": {1: b"a" * 32}, "current_seal_key": 1, "index_key": b"i" * 32}
    assert Keyring(**good)
    with pytest.raises(KeyUnsuitable):
        Keyring(**(good | change))


def test_keys_do_not_show_in_the_representation():
    ring = Keyring(id_token_key=b"T" * 32, seal_keys={1: b"A" * 32}, current_seal_key=1, index_key=b"I" * 32)
    assert not any(letters in repr(ring) for letters in ("TTT", "AAA", "III"))


@pytest.mark.parametrize(
    ("mask", "value", "expected"),
    [
        (mask_id, "440783199001011234", "440783********1234"), (mask_id, "440783900101123", "440783*****1123"),
        (mask_id, "E1234567", "********"), (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "2212345", "*****45"), (mask_phone, "110", "***"), (mask_phone, "", ""),
        (mask_bank_account, "6226317066907439156", "***************9156"), (mask_bank_account, "1234567", "*******"),
    ],
)  # fmt: skip
def test_masks(mask, value, expected):
    assert mask(value) == expected
