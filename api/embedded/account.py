"""The operating-system account that runs the server. PostgreSQL refuses to run as root, so root hands the server to an
existing account without rights; nothing is created in the user database and no foreign folder changes its mode.
"""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from api.embedded.errors import NotReachable

_CANDIDATES = ("postgres", "nobody")

# What the server inherits from us. Everything else stays out, because settings with secrets are environment variables
# and the environment of a process can be read by its account.
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who the server runs as. `switch` is true when we are root and have to change identity."""

    uid: int
    gid: int
    name: str
    switch: bool

    def spawn(
        self,
        command: Sequence[str],
        *,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes] = subprocess.PIPE,
        extra_environment: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command as this account in its own session, in `/`, and wait for it."""
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        # macOS needs a valid LC_ALL before the postmaster starts; C is valid everywhere and gives English messages.
        environment |= {"LC_ALL": "C", "TZ": "UTC", **(extra_environment or {})}
        return subprocess.run(  # noqa: S603 - the program is ours and no shell parses the arguments.
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=environment,
            cwd="/",
            check=False,
            timeout=timeout,
            umask=0o077,
            # A session of its own keeps Ctrl-C of the terminal away from the server: the application stops it last.
            start_new_session=True,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def can_write(self, folder: Path) -> bool:
        """Say whether this account can enter the folder and create files there."""
        return self._test('cd "$1" && test -w .', folder)

    def can_read(self, path: Path) -> bool:
        """Say whether this account can read the file."""
        return self._test('test -r "$1"', path)

    def own(self, path: Path) -> None:
        """Give a folder or file that we have just made to this account."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def _test(self, script: str, path: Path) -> bool:
        # The kernel is asked, as that account, instead of reading modes: access lists and mounts count as well.
        return self.spawn(["/bin/sh", "-c", script, "sh", str(path)], timeout=30).returncode == 0


def current() -> Account:
    """Return the account for the server: ourselves, or for root the first of `postgres` and `nobody` that works.

    Raises NotReachable when root may not change identity, as in some containers.
    """
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), name=str(os.geteuid()), switch=False)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid == 0:
            continue
        account = Account(uid=entry.pw_uid, gid=entry.pw_gid, name=name, switch=True)
        try:
            account.can_read(Path("/"))
        except (PermissionError, subprocess.SubprocessError) as refused:
            message = "以 root 运行时需要切换到普通账号启动数据库, 但系统不允许切换。请改用普通用户运行, 或设置 NONGBAO_DATABASE_URL。"
            raise NotReachable(message) from refused
        return account
    message = "以 root 运行时需要 postgres 或 nobody 账号启动数据库, 系统中都没有。请改用普通用户运行, 或设置 NONGBAO_DATABASE_URL。"
    raise NotReachable(message)
