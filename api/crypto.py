"""Protection of personal data at rest: tokens for ID numbers, sealed values for accounts and phones, blind indexes.

Keys are handed in as bytes; this module reads no file and no setting. Limits, stated so that nobody believes more: a
token reveals whether two ID numbers are equal, and whoever holds the key can invert every token. A blind index reveals
equality. A sealed value reveals its length.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.errors import DomainError

KEY_BYTES: Final = 32
_BLOCK: Final = 16
_NONCE: Final = 12
_VERSION: Final = 1
_PREFIX: Final = 2
_MAX_ID17: Final = 10**17
_KIND_PLACE: Final = 8
# A block is: 7 zero bytes, the document kind, the number as 8 bytes big-endian. The zeros are the padding that is
# checked on decryption: a forged or foreign token passes with a chance of 2**-56, and the bound on the number and the
# kind make it smaller still.
_PADDING: Final = bytes(7)


class SealBroken(DomainError):
    """A protected value cannot be opened: another key, another place than it was sealed for, or damage."""

    status = 500
    code = "seal-broken"
    title = "受保护的数据无法解密，请联系系统管理员"


class KeyUnsuitable(DomainError):
    """A key is missing, too short, or used for two purposes."""

    status = 500
    code = "key-unsuitable"
    title = "加密密钥不符合要求"


@dataclass(frozen=True, kw_only=True)
class Keyring:
    """The keys of an installation. Each purpose has its own 32-byte key; seal keys carry an id from 1 to 255.

    `current_seal_key` seals new values, the others still open old ones, so that a key can be changed without a halt.
    Raises KeyUnsuitable when a key is short or reused.
    """

    id_token_key: bytes = field(repr=False)
    seal_keys: Mapping[int, bytes] = field(repr=False)
    current_seal_key: int
    index_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Check lengths and that no key serves two purposes."""
        keys = [self.id_token_key, self.index_key, *self.seal_keys.values()]
        if any(len(key) != KEY_BYTES for key in keys):
            raise KeyUnsuitable("每个加密密钥必须是 32 字节。")
        if len(set(keys)) != len(keys):
            raise KeyUnsuitable("不同用途的加密密钥不得相同。")
        if self.current_seal_key not in self.seal_keys or not all(0 < number < 256 for number in self.seal_keys):
            raise KeyUnsuitable("封存密钥编号应在 1 至 255 之间，且当前编号必须存在。")

    @classmethod
    def from_secret(cls, secret: bytes) -> Keyring:
        """Derive the keys of a demo or a test from one secret of at least 32 bytes (HKDF-like, HMAC-SHA256)."""
        if len(secret) < KEY_BYTES:
            raise KeyUnsuitable("主密钥至少 32 字节。")

        def derive(purpose: str) -> bytes:
            return hmac.digest(secret, b"nongbao/" + purpose.encode(), "sha256")

        return cls(
            id_token_key=derive("id-token"), seal_keys={1: derive("seal/1")}, current_seal_key=1,
            index_key=derive("index"),
        )  # fmt: skip

    # ID numbers ------------------------------------------------------------------------------------------------

    def id_token(self, id17: int, *, kind: int = 1) -> uuid.UUID:
        """Token of one ID number: `id17` is its first 17 digits, `kind` the kind of document (1 = resident ID)."""
        return uuid.UUID(bytes=self.id_tokens([id17], kind=kind)[0])

    def id_tokens(self, id17s: Sequence[int], *, kind: int = 1) -> list[bytes]:
        """Tokens of a whole column, 16 bytes each, by one AES call. Deterministic: equal numbers, equal tokens."""
        packed = self.id_tokens_packed(id17s, kind=kind)
        return [packed[start : start + _BLOCK] for start in range(0, len(packed), _BLOCK)]

    def id_tokens_packed(self, id17s: Sequence[int], *, kind: int = 1) -> bytes:
        """Tokens of a whole column behind each other, for binary COPY. Raises ValueError for numbers out of range.

        A numpy int64 array is laid out without a loop; any other sequence number by number.
        """
        if not 0 < kind < 256:
            raise ValueError("document kind out of range")
        as_bytes = getattr(id17s, "astype", None)
        if as_bytes is None:
            if any(not 0 <= number < _MAX_ID17 for number in id17s):
                raise ValueError("ID number out of range")
            head = _PADDING + bytes([kind])
            blocks = b"".join(head + number.to_bytes(_KIND_PLACE, "big") for number in id17s)
        else:
            blocks = _blocks_of_array(id17s, kind)
        return _aes_blocks(self.id_token_key, blocks, encrypt=True)

    def id_of_token(self, token: uuid.UUID | bytes) -> tuple[int, int]:
        """Return (kind, id17) of a token; raises SealBroken when it is not one of ours."""
        return self.ids_of_tokens([token])[0]

    def ids_of_tokens(self, tokens: Iterable[uuid.UUID | bytes]) -> list[tuple[int, int]]:
        """Return (kind, id17) of many tokens by one AES call; raises SealBroken when any is not one of ours."""
        packed = b"".join(token.bytes if isinstance(token, uuid.UUID) else token for token in tokens)
        if len(packed) % _BLOCK:
            raise SealBroken
        plain = _aes_blocks(self.id_token_key, packed, encrypt=False)
        found: list[tuple[int, int]] = []
        for start in range(0, len(plain), _BLOCK):
            block = plain[start : start + _BLOCK]
            kind, number = block[7], int.from_bytes(block[_KIND_PLACE:], "big")
            if not block.startswith(_PADDING) or kind == 0 or number >= _MAX_ID17:
                raise SealBroken
            found.append((kind, number))
        return found

    # Sealed values ---------------------------------------------------------------------------------------------

    def seal(self, value: str, *, table: str, column: str, row_id: int | str) -> bytes:
        """Seal a value for one place (AES-256-GCM): it opens only at the same table, column and row."""
        return self.seal_column([value], table=table, column=column, row_ids=[row_id])[0]

    def seal_column(
        self, values: Sequence[str], *, table: str, column: str, row_ids: Sequence[int | str]
    ) -> list[bytes]:
        """Seal a column; the cipher is set up once. Layout: version, key id, 12 bytes nonce, ciphertext and tag."""
        cipher = AESGCM(self.seal_keys[self.current_seal_key])
        prefix = bytes([_VERSION, self.current_seal_key])
        place = f"{table}|{column}|"
        # One call for all nonces: a system call each would cost more than the encryption.
        nonces = os.urandom(_NONCE * len(values))
        sealed: list[bytes] = []
        for index, (value, row_id) in enumerate(zip(values, row_ids, strict=True)):
            nonce = nonces[index * _NONCE : (index + 1) * _NONCE]
            sealed.append(prefix + nonce + cipher.encrypt(nonce, value.encode(), f"{place}{row_id}".encode()))
        return sealed

    def unseal(self, sealed: bytes, *, table: str, column: str, row_id: int | str) -> str:
        """Open a sealed value; raises SealBroken when key, place or bytes do not fit."""
        return self.unseal_column([sealed], table=table, column=column, row_ids=[row_id])[0]

    def unseal_column(
        self, sealed: Sequence[bytes], *, table: str, column: str, row_ids: Sequence[int | str]
    ) -> list[str]:
        """Open a column of sealed values; raises SealBroken at the first that does not fit."""
        ciphers = {number: AESGCM(key) for number, key in self.seal_keys.items()}
        place = f"{table}|{column}|"
        opened: list[str] = []
        for blob, row_id in zip(sealed, row_ids, strict=True):
            if len(blob) < _PREFIX + _NONCE + _BLOCK or blob[0] != _VERSION or blob[1] not in ciphers:
                raise SealBroken
            nonce, body = blob[_PREFIX : _PREFIX + _NONCE], blob[_PREFIX + _NONCE :]
            try:
                opened.append(ciphers[blob[1]].decrypt(nonce, body, f"{place}{row_id}".encode()).decode())
            except (InvalidTag, UnicodeDecodeError):
                raise SealBroken from None
        return opened

    def seal_bytes(self, data: bytes, *, table: str, column: str, row_id: int | str) -> bytes:
        """Seal bytes for one place, as `seal` does text."""
        nonce = os.urandom(_NONCE)
        cipher = AESGCM(self.seal_keys[self.current_seal_key])
        place = f"{table}|{column}|{row_id}".encode()
        return bytes([_VERSION, self.current_seal_key]) + nonce + cipher.encrypt(nonce, data, place)

    def unseal_bytes(self, sealed: bytes, *, table: str, column: str, row_id: int | str) -> bytes:
        """Open sealed bytes; raises SealBroken when key, place or bytes do not fit."""
        if len(sealed) < _PREFIX + _NONCE + _BLOCK or sealed[0] != _VERSION or sealed[1] not in self.seal_keys:
            raise SealBroken
        cipher = AESGCM(self.seal_keys[sealed[1]])
        nonce, body = sealed[_PREFIX : _PREFIX + _NONCE], sealed[_PREFIX + _NONCE :]
        try:
            return cipher.decrypt(nonce, body, f"{table}|{column}|{row_id}".encode())
        except InvalidTag:
            raise SealBroken from None

    # Blind indexes ---------------------------------------------------------------------------------------------

    def blind_index(self, purpose: str, value: str) -> bytes:
        """Return 16 bytes by which an exact value can be found (keyed BLAKE2b, three times as fast as HMAC-SHA256).

        `purpose` (at most 16 bytes, such as "bank_account") keeps the indexes of two columns from being compared.
        """
        return self.blind_index_column(purpose, [value])[0]

    def blind_index_column(self, purpose: str, values: Iterable[str]) -> list[bytes]:
        """Blind indexes of a column."""
        person = purpose.encode()
        if not 0 < len(person) <= hashlib.blake2b.PERSON_SIZE:
            raise ValueError("purpose must have 1 to 16 bytes")
        start = hashlib.blake2b(digest_size=_BLOCK, key=self.index_key, person=person)
        found: list[bytes] = []
        for value in values:
            state = start.copy()
            state.update(value.encode())
            found.append(state.digest())
        return found


def _blocks_of_array(id17s: object, kind: int) -> bytes:
    """Lay a numpy integer array out as padded blocks without a loop over its rows."""
    import numpy as np  # noqa: PLC0415 - the single forms must not pay for numpy

    numbers = np.asarray(id17s)
    if numbers.dtype.kind not in "iu" or (numbers.size and (numbers.min() < 0 or numbers.max() >= _MAX_ID17)):
        raise ValueError("ID number out of range")
    blocks = np.zeros((numbers.size, 2), dtype=">u8")
    blocks[:, 0] = kind
    blocks[:, 1] = numbers
    return blocks.tobytes()


def _aes_blocks(key: bytes, blocks: bytes, *, encrypt: bool) -> bytes:
    """Run AES-256 over independent blocks.

    ECB is right here and only here: each block is one whole value that must map to the same token every time, and no
    value is longer than a block.
    """
    cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - see above
    worker = cipher.encryptor() if encrypt else cipher.decryptor()
    return worker.update(blocks) + worker.finalize()


def mask_id(id_number: str) -> str:
    """440783199001011234 → 440783********1234; anything shorter than 15 characters is hidden whole."""
    if len(id_number) < 15:
        return "*" * len(id_number)
    return f"{id_number[:6]}{'*' * (len(id_number) - 10)}{id_number[-4:]}"


def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678; shorter numbers keep two digits at the end."""
    if len(phone) < 11:
        return "*" * max(0, len(phone) - 2) + phone[-2:] if len(phone) > 4 else "*" * len(phone)
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"


def mask_bank_account(account: str) -> str:
    """Keep the last four digits of an account: 6226317066907439156 → ***************9156."""
    if len(account) < 8:
        return "*" * len(account)
    return "*" * (len(account) - 4) + account[-4:]
