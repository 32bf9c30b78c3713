"""Finds a Chromium for the browser tests, installs Debian's where that is allowed, and otherwise says what is left out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PLACES = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
LOUD = "=" * 78


def main() -> int:
    """Print the path of the browser; 0 also without one, unless CI is set: there a gap in the tests is a failure."""
    found = find() or install()
    if found:
        print(found)
        return 0
    in_ci = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
    print(LOUD, file=sys.stderr)
    print("没有找到 Chromium 或 Chrome: 浏览器测试不会运行。", file=sys.stderr)
    print(
        "No Chromium or Chrome: the browser tests are LEFT OUT. Install one, or set NONGBAO_CHROMIUM.", file=sys.stderr
    )
    print(LOUD, file=sys.stderr)
    return 1 if in_ci else 0


def find() -> str | None:
    """Return the browser that NONGBAO_CHROMIUM names, else the first that the machine has."""
    named = os.environ.get("NONGBAO_CHROMIUM")
    if named:
        return shutil.which(named)
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return next((str(place) for place in PLACES if place.exists()), None)


def install() -> str | None:
    """Install Debian's package when we are root on a machine that has it; None when that is not so or fails."""
    if os.environ.get("NONGBAO_CHROMIUM") or os.environ.get("NONGBAO_NO_APT"):
        return None
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    print("安装 Chromium(apt-get)……", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"]
    for attempt in (command, ["apt-get", "update", "-qq"], command):
        try:
            done = subprocess.run(
                attempt, check=False, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=900
            )
        except (OSError, subprocess.SubprocessError):
            return None
        if attempt is command and done.returncode == 0:
            return find()
    return None


if __name__ == "__main__":
    sys.exit(main())
