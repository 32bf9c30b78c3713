"""Key files: read once at the start, made for a demonstration, demanded in production. No key is ever printed or logged."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from typing import TYPE_CHECKING, Final

from api.crypto import KEY_BYTES, Keyring, KeyUnsuitable
from api.settings import Mode, Settings

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY: Final = "id-token.key"
INDEX: Final = "index.key"
SEAL: Final = re.compile(r"seal-(\d{1,3})\.key")
FIRST_FILES: Final = (IDENTITY, INDEX, "seal-1.key")
_FEWEST_DISTINCT_BYTES: Final = 16
"""32 random bytes have about 30 different values; a typed word or a repeated digit has few."""
_MORE_THAN_GROUP_READS: Final = 0o037


def load_keyring(settings: Settings) -> Keyring:
    """Return the installation's keys; a demonstration without any makes its own.

    Raises `KeyUnsuitable` when a file is missing, short, guessable, or open to others: a start that goes on with
    other keys would make every sealed account unreadable without anybody noticing.
    """
    folder = settings.keys_path
    if settings.mode is Mode.DEMO and not _key_files(folder):
        generate(folder)
    seals = {int(found[1]): path for path in _key_files(folder) if (found := SEAL.fullmatch(path.name))}
    if not seals:
        raise KeyUnsuitable(f"密钥目录中缺少 {FIRST_FILES[2]}。请用 nongbao keys create 生成，并另行保管备份。")
    return Keyring(
        id_token_key=_read(folder / IDENTITY),
        index_key=_read(folder / INDEX),
        seal_keys={number: _read(path) for number, path in seals.items()},
        current_seal_key=max(seals),
    )


def generate(folder: Path) -> list[Path]:
    """Make a full set of keys in a folder that has none; only the owner may read them. Raises `KeyUnsuitable`."""
    if _key_files(folder):
        raise KeyUnsuitable("密钥目录中已有密钥，不予覆盖：旧密钥一旦丢失，已加密的数据无法恢复。")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    for name in FIRST_FILES:
        path = folder / name
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(KEY_BYTES) + "\n")
        made.append(path)
    return made


def fingerprints(keyring: Keyring) -> dict[str, str]:
    """Return a short mark of each key, by which a database recognises its keys. It reveals nothing of them."""
    keys = {"id-token": keyring.id_token_key, "index": keyring.index_key}
    keys |= {f"seal-{number}": key for number, key in keyring.seal_keys.items()}
    return {
        name: hashlib.blake2b(b"nongbao fingerprint", key=key, digest_size=8).hexdigest() for name, key in keys.items()
    }


def _key_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.key") if path.is_file())


def _read(path: Path) -> bytes:
    """Read one key: 64 hexadecimal digits."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise KeyUnsuitable(f"缺少密钥文件 {path.name}。") from None
    except (OSError, UnicodeDecodeError):
        raise KeyUnsuitable(f"密钥文件 {path.name} 无法读取。") from None
    if mode & _MORE_THAN_GROUP_READS:
        raise KeyUnsuitable(f"密钥文件 {path.name} 对其他用户开放，请改为仅所有者可读(0400)。")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise KeyUnsuitable(f"密钥文件 {path.name} 不是十六进制文本。") from None
    if len(key) != KEY_BYTES or len(set(key)) < _FEWEST_DISTINCT_BYTES:
        raise KeyUnsuitable(f"密钥文件 {path.name} 过短或不是随机生成的。")
    return key
