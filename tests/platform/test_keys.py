"""Key files: made for a demonstration only, refused when missing, guessable, open or foreign to the data."""

from __future__ import annotations

import pytest

from api import keys
from api.crypto import KeyUnsuitable
from api.services import installation
from api.settings import Mode, Settings


def settings(tmp_path, mode=Mode.DEMO):
    return Settings(_env_file=None, mode=mode, data_dir=tmp_path)


def test_a_demonstration_makes_its_keys_once_and_closes_them(tmp_path):
    first = keys.load_keyring(settings(tmp_path))
    assert keys.load_keyring(settings(tmp_path)) == first
    folder = tmp_path / "keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == dict.fromkeys(
        keys.FIRST_FILES, 0o400
    )


def test_production_makes_none(tmp_path):
    with pytest.raises(KeyUnsuitable):
        keys.load_keyring(settings(tmp_path, Mode.PRODUCTION))
    assert not (tmp_path / "keys").exists()


def test_keys_are_never_overwritten(tmp_path):
    keys.generate(tmp_path)
    with pytest.raises(KeyUnsuitable):
        keys.generate(tmp_path)


@pytest.mark.parametrize("text", ["", "00" * 32, "ab" * 31, "not hexadecimal", "0123456789abcdef" * 4, "密钥"])
def test_unsuitable_keys_stop_the_start(tmp_path, text):
    keys.generate(tmp_path / "keys")
    path = tmp_path / "keys" / "index.key"
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KeyUnsuitable, match=r"index\.key"):
        keys.load_keyring(settings(tmp_path, Mode.PRODUCTION))


@pytest.mark.parametrize("mode", [0o404, 0o420, 0o444, 0o666])
def test_keys_that_others_can_read_or_change_stop_the_start(tmp_path, mode):
    keys.generate(tmp_path / "keys")
    (tmp_path / "keys" / "index.key").chmod(mode)
    with pytest.raises(KeyUnsuitable, match="开放"):
        keys.load_keyring(settings(tmp_path))


def test_a_lost_key_is_not_replaced_by_a_new_one(tmp_path):
    keys.generate(tmp_path / "keys")
    (tmp_path / "keys" / "id-token.key").unlink()
    with pytest.raises(KeyUnsuitable, match=r"id-token\.key"):
        keys.load_keyring(settings(tmp_path))


def test_a_database_knows_its_keys(fresh_database, tmp_path):
    first = keys.fingerprints(keys.load_keyring(settings(tmp_path / "a")))
    other = keys.fingerprints(keys.load_keyring(settings(tmp_path / "b")))
    assert installation.foreign_keys_found(fresh_database, first) == []
    assert installation.foreign_keys_found(fresh_database, first) == []
    assert installation.foreign_keys_found(fresh_database, other) == ["id-token", "index", "seal-1"]
    assert installation.foreign_keys_found(fresh_database, first | {"seal-2": "new"}) == []
    assert installation.foreign_keys_found(fresh_database, first) == ["seal-2"]
