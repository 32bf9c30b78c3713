"""Reads what a postmaster leaves behind and tells a live server of ours from a stale file or a recycled process id."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_PID_FILE = "postmaster.pid"
_LINES_WITH_STATUS = 8


@dataclass(frozen=True, kw_only=True)
class PostmasterFile:
    """The content of `postmaster.pid`: process id, socket port, socket folder, and whether connections are accepted."""

    pid: int
    port: int
    socket_dir: str
    ready: bool


def read_postmaster_file(data: Path) -> PostmasterFile | None:
    """Return what the file in the data directory says; None when it is absent, half-written or nonsense."""
    try:
        lines = (data / _PID_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    try:
        pid = int(lines[0])
        port = int(lines[3]) if len(lines) > 3 and lines[3].strip() else 0
    except (IndexError, ValueError):
        return None
    if pid <= 1:
        return None
    return PostmasterFile(
        pid=pid,
        port=port,
        socket_dir=lines[4].strip() if len(lines) > 4 else "",
        ready=len(lines) >= _LINES_WITH_STATUS and lines[7].strip() == "ready",
    )


def is_ours(pid: int, data: Path) -> bool:
    """Say whether the process is a live `postgres` that was started for this data directory.

    A process id alone proves nothing: after a crash or a restart of the machine it may belong to anything.
    """
    command = _command_of(pid)
    return "postgres" in command and str(data) in command


def exists(pid: int) -> bool:
    """Say whether a process with this id exists and is not merely a dead child that nobody collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return bool(_command_of(pid))


def terminate(pid: int, *, data: Path, immediate: bool, seconds: float) -> bool:
    """Ask the postmaster to stop (fast, or at once without a checkpoint) and wait; False when it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT if immediate else signal.SIGINT)
    deadline = time.monotonic() + seconds
    pause = 0.01
    while time.monotonic() < deadline:
        found = read_postmaster_file(data)
        # The file is removed last in an orderly stop; after an abrupt one it stays, so the process decides.
        if (found is None or found.pid != pid) and not is_ours(pid, data):
            return True
        if not is_ours(pid, data):
            return True
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
    return False


def _command_of(pid: int) -> str:
    """The command line of a process, empty when it is gone or a zombie."""
    try:
        # Linux without `ps`, as in slim containers. A zombie has an empty command line.
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        pass
    if Path("/proc/self/cmdline").exists():
        return ""
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program and a number.
            ["/bin/ps", "-ww", "-o", "stat=,command=", "-p", str(pid)],
            capture_output=True,
            check=False,
            timeout=10,
            env={"LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    state, _, command = answer.stdout.decode(errors="replace").strip().partition(" ")
    return "" if state.startswith("Z") else command.strip()
