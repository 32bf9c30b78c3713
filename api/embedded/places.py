"""Decides where the server's files live and remembers it in one state file beside the data directory of the
installation, so that a second process, or the same one after a crash, finds the same server again.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from api.embedded import process
from api.embedded.account import Account
from api.embedded.errors import EmbeddedServerError, NotReachable

# sun_path holds 108 bytes on Linux and 104 on macOS, the final zero included; the smaller one holds everywhere.
_LONGEST_SOCKET_PATH = 103
_MEMORY = Path("/dev/shm")  # noqa: S108 - only used through mkdtemp.
_MEMORY_NEEDED = 512 * 1024 * 1024
_SYSTEM_STATE = Path("/var/lib/nongbao")
_FAST_PREFIX = "nongbao-fast-"


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where one embedded server lives. `base` is ours, `home` below it belongs to the account of the server."""

    base: str
    socket_dir: str
    port: int
    fast: bool

    @property
    def home(self) -> Path:
        """The folder that the account of the server owns, mode 0700."""
        return Path(self.base) / "postgres"

    @property
    def data(self) -> Path:
        """The data directory proper (PGDATA)."""
        return self.home / "data"


def state_file(data_dir: Path) -> Path:
    """The file that remembers the places of the server of this installation."""
    return data_dir / "postgres.json"


def log_file(data_dir: Path) -> Path:
    """The server's log. It is opened by us and inherited, so that it is here even when the data lives elsewhere."""
    return data_dir / "postgres.log"


def load(data_dir: Path) -> Places | None:
    """Return the remembered places; None when there are none or the file is damaged."""
    try:
        values = json.loads(state_file(data_dir).read_text(encoding="utf-8"))
        return Places(
            base=str(values["base"]),
            socket_dir=str(values["socket_dir"]),
            port=int(values["port"]),
            fast=bool(values["fast"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def prepare_data_dir(data_dir: Path) -> Path:
    """Create the installation's data directory and return its real path.

    Raises EmbeddedServerError when it cannot be made or written.
    """
    try:
        if not data_dir.exists():
            data_dir.mkdir(parents=True)
            # Others may pass through to the server's own folder, which is closed; they may not list this one.
            data_dir.chmod(0o711)
        resolved = data_dir.resolve(strict=True)
        with tempfile.TemporaryFile(dir=resolved):
            return resolved
    except OSError as failed:
        message = (
            f"数据目录不能写入: {data_dir}({failed.strerror})。请检查权限或磁盘, 或用 NONGBAO_DATA_DIR 指定其他目录。"
        )
        raise EmbeddedServerError(message) from failed


def choose(data_dir: Path, account: Account, *, fast: bool) -> Places:
    """Return usable places: the remembered ones while they still serve, else new ones, which are then remembered.

    Raises NotReachable when no folder can be entered by the account of the server.
    """
    known = load(data_dir)
    if known is not None and known.fast == fast and (not fast or Path(known.base).is_dir()):
        base = Path(known.base)
        if _make_home(base, account):
            socket_dir = _socket_dir(base, account, previous=Path(known.socket_dir))
            return _remember(data_dir, Places(base=str(base), socket_dir=str(socket_dir), port=known.port, fast=fast))
        if (base / "postgres" / "data").exists():
            message = f"账号 {account.name} 无法进入原来的数据目录 {base}。请恢复权限后再启动。"
            raise NotReachable(message)
    base = _new_fast_base(account) if fast else _new_base(data_dir, account)
    # The number only names the socket file. It is random, so that a URL kept from another installation cannot fit.
    port = 20_000 + secrets.randbelow(40_000)
    places = Places(base=str(base), socket_dir=str(_socket_dir(base, account)), port=port, fast=fast)
    return _remember(data_dir, places)


def copies_folder(places: Places) -> Path:
    """Where to copy the programs if the account of the server cannot reach the installed ones."""
    return Path(places.base) / "programs"


def forget(data_dir: Path) -> None:
    """Delete the state, the log and, for a fast server, its data. The server must be stopped."""
    known = load(data_dir)
    if known is not None and known.fast:
        base = Path(known.base)
        if base.name.startswith(_FAST_PREFIX):
            shutil.rmtree(base, ignore_errors=True)
        _remove_private_socket_dir(known)
    for path in (state_file(data_dir), log_file(data_dir)):
        path.unlink(missing_ok=True)


def abandoned_fast_places() -> list[Places]:
    """Return the fast servers' places whose starter is gone, so that a killed test run does not fill the memory."""
    found = []
    for root in {_MEMORY, Path(tempfile.gettempdir())}:
        for base in root.glob(f"{_FAST_PREFIX}*"):
            with contextlib.suppress(OSError, ValueError):
                status = base.lstat()
                if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                    continue
                owner = int((base / "owner").read_text(encoding="utf-8"))
                if not process.exists(owner):
                    found.append(Places(base=str(base), socket_dir=str(base / "postgres" / "s"), port=0, fast=True))
    return found


def _remember(data_dir: Path, places: Places) -> Places:
    if load(data_dir) != places:
        handle, name = tempfile.mkstemp(prefix=".postgres-", dir=data_dir)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(asdict(places), stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(state_file(data_dir))
    return places


def _new_base(data_dir: Path, account: Account) -> Path:
    candidates = [data_dir]
    if account.switch:
        # Root's checkout often lies in a home of mode 0700, which no other account may enter. Opening that home would
        # be worse than storing the data elsewhere; the name is derived, so a lost state file finds its data again.
        name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
        candidates.append(_SYSTEM_STATE / name)
    for base in candidates:
        with contextlib.suppress(OSError):
            base.mkdir(parents=True, exist_ok=True)
            if _make_home(base, account):
                return base
    tried = ", ".join(str(base) for base in candidates)
    message = f"账号 {account.name} 无法进入这些目录: {tried}。请用 NONGBAO_DATA_DIR 指定其他目录, 或设置 NONGBAO_DATABASE_URL。"
    raise NotReachable(message)


def _new_fast_base(account: Account) -> Path:
    roots = [Path(tempfile.gettempdir())]
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _MEMORY_NEEDED:
        roots.insert(0, _MEMORY)
    for root in roots:
        base = Path(tempfile.mkdtemp(prefix=_FAST_PREFIX, dir=root))
        if account.switch:
            base.chmod(0o711)
        if _make_home(base, account):
            (base / "owner").write_text(str(os.getpid()), encoding="utf-8")
            return base
        shutil.rmtree(base, ignore_errors=True)
    message = f"账号 {account.name} 无法进入临时目录。请用 TMPDIR 指定其他目录, 或设置 NONGBAO_DATABASE_URL。"
    raise NotReachable(message)


def _make_home(base: Path, account: Account) -> bool:
    """Make sure of the server's folder below `base`; False when its account cannot get there."""
    home = base / "postgres"
    created = False
    if not home.is_dir():
        try:
            home.mkdir(mode=0o700)
        except OSError:
            return False
        account.own(home)
        created = True
    if account.can_write(home):
        return True
    if created:
        home.rmdir()
    return False


def _socket_dir(base: Path, account: Account, previous: Path | None = None) -> Path:
    """Return a folder of mode 0700 for the socket, in the server's home or, when that path is too long, elsewhere."""
    candidate = base / "postgres" / "s"
    if len(os.fsencode(candidate / ".s.PGSQL.65535")) > _LONGEST_SOCKET_PATH:
        if previous is not None and previous != candidate and _is_private(previous, account):
            return previous
        candidate = Path(tempfile.mkdtemp(prefix="nongbao-socket-"))
        account.own(candidate)
    elif not candidate.is_dir():
        candidate.mkdir(mode=0o700)
        account.own(candidate)
    if not account.can_write(candidate):
        message = f"账号 {account.name} 无法使用套接字目录 {candidate}。请用 TMPDIR 或 NONGBAO_DATA_DIR 指定其他目录。"
        raise NotReachable(message)
    return candidate


def _is_private(folder: Path, account: Account) -> bool:
    # The system's temp folder is writable by all: a folder that somebody else put in place of ours is not used.
    try:
        status = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(status.st_mode) and status.st_uid == account.uid and stat.S_IMODE(status.st_mode) == stat.S_IRWXU
    )


def _remove_private_socket_dir(places: Places) -> None:
    folder = Path(places.socket_dir)
    if folder.name.startswith("nongbao-socket-"):
        shutil.rmtree(folder, ignore_errors=True)
