"""Passwords: argon2id hashes, a comparison that takes as long for unknown users, and what a password must be."""

from __future__ import annotations

import secrets
import string
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.errors import Invalid

SHORTEST: Final = 12
LONGEST: Final = 128
_FEWEST_DISTINCT: Final = 6
_GENERATED_LENGTH: Final = 16
# Letters and digits that nobody confuses when reading a password off a slip of paper.
_READABLE: Final = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class PasswordUnsuitable(Invalid):
    """The password is too short, too long, too uniform, or contains the user's name."""

    code = "password-unsuitable"
    title = "密码不符合要求"


def check(password: str, *, username: str) -> None:
    """Refuse a weak password: 12 to 128 characters, at least 6 different ones, without the user's name.

    Raises `PasswordUnsuitable`. Nothing more is demanded: forced symbols and forced changes make worse passwords.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordUnsuitable(f"密码须为 {SHORTEST} 至 {LONGEST} 个字符。", pointer="/password")
    if len(set(password)) < _FEWEST_DISTINCT or username.lower() in password.lower():
        raise PasswordUnsuitable("密码过于简单：不得包含用户名，且至少有 6 个不同的字符。", pointer="/password")


def generate() -> str:
    """Return a random password that can be read out and typed."""
    return "".join(secrets.choice(_READABLE) for _ in range(_GENERATED_LENGTH))


def hash_password(password: str) -> str:
    """Return the argon2id hash, with its salt and its cost."""
    return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Tell whether the password fits. Without a stored hash it takes as long and says no."""
    try:
        _hasher.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
