"""Regenerates the hash-locked requirements files with uv. They name no registry host, so they serve behind any mirror;
uv's own lock does name hosts, and therefore stays out of git.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = {"requirements.txt": ["--no-dev"], "requirements-dev.txt": []}


def main() -> int:
    """Lock and export; refuses a result that names a host."""
    uv = shutil.which("uv")
    if uv is None:
        print("make lock 需要 uv。", file=sys.stderr)
        return 1
    subprocess.run([uv, "lock", "--quiet", *sys.argv[1:]], check=True, cwd=ROOT)
    for name, options in TARGETS.items():
        command = [uv, "export", "--quiet", "--frozen", "--no-emit-project", "--no-header", *options, "-o", name]
        subprocess.run(command, check=True, cwd=ROOT)
        if "://" in (ROOT / name).read_text(encoding="utf-8"):
            print(f"{name} 含有网址, 不能提交。", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
