"""Makes `.venv` with the locked dependencies and the command `nongbao`, with the standard library alone.

A stamp remembers what was installed, so that the next call costs nothing. uv is used when it is there, pip otherwise.
"""

import argparse
import configparser
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "nongbao-setup"
LOCKS = {"run": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}
OLDEST, NEWEST = (3, 11), (3, 14)

NO_PIP = """\
这个 Python 没有 ensurepip, 不能自行建立虚拟环境。请任选其一后重试:
  Debian/Ubuntu: apt-get install python3-venv      或安装 uv, 或安装 virtualenv, 或安装 python3-pip
This Python lacks ensurepip, so it cannot make a virtual environment. Install one of: python3-venv, uv, virtualenv, pip."""


class SetupFailed(Exception):
    """A step failed; the message says what a person can do."""


def main() -> int:
    """Install the profile that was asked for and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile", choices=sorted(LOCKS), help="run: to serve; dev: to test and develop")
    profile: str = parser.parse_args().profile
    try:
        prepare(profile)
    except SetupFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


def prepare(profile: str) -> None:
    """Bring `.venv` to the locked state of the profile. Raises SetupFailed."""
    if not OLDEST <= sys.version_info[:2] < NEWEST:
        message = f"需要 Python 3.11 至 3.13, 这是 {sys.version.split()[0]}。"
        raise SetupFailed(message)
    wanted = {name: fingerprint(name) for name in LOCKS}
    if venv_works() and STAMP.exists():
        done = STAMP.read_text(encoding="utf-8").split()
        # The set for developers contains the set for serving.
        if wanted[profile] in done or wanted["dev"] in done:
            return
    uv = shutil.which("uv")
    if not venv_works():
        make_venv(uv)
    install(profile, uv)
    add_command()
    STAMP.write_text(wanted[profile] + "\n", encoding="utf-8")


def fingerprint(profile: str) -> str:
    """Everything that would make an old environment wrong: the lock, the place, this script, the project's scripts."""
    project = read_project()
    digest = hashlib.sha256(repr((profile, str(ROOT), project["version"], sorted(project["scripts"].items()))).encode())
    for path in (LOCKS[profile], Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_project() -> dict[str, Any]:
    """The table `project` of pyproject.toml."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def venv_works() -> bool:
    """Say whether the environment has an interpreter that starts and fits."""
    check = f"import sys; sys.exit(not ({OLDEST} <= sys.version_info[:2] < {NEWEST}))"
    try:
        return subprocess.run([PYTHON, "-c", check], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv(uv: str | None) -> None:
    """Make the environment by whatever this machine has."""
    if VENV.exists():
        shutil.rmtree(VENV)
    print(f"建立虚拟环境 .venv (Python {sys.version.split()[0]})", flush=True)
    if uv:
        run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
    elif has("venv") and has("ensurepip"):
        run([sys.executable, "-m", "venv", str(VENV)])
    elif has("virtualenv"):
        run([sys.executable, "-m", "virtualenv", "--quiet", str(VENV)])
    elif has("venv") and has("pip"):
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    else:
        raise SetupFailed(NO_PIP)


def install(profile: str, uv: str | None) -> None:
    """Install exactly what the lock names, each file checked against its hash."""
    print(f"安装依赖({LOCKS[profile].name})……", flush=True)
    run([*installer(uv), "install", "--quiet", "--require-hashes", "-r", str(LOCKS[profile])])


def install_one(name: str) -> None:
    """Install one package of the developers' lock without the rest: Node for the web page, on a machine without it.

    Raises SetupFailed when the lock does not name it.
    """
    chosen: list[str] = []
    for line in LOCKS["dev"].read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}=="):
            chosen = [line]
        elif chosen and line.lstrip().startswith("--hash"):
            chosen.append(line)
        elif chosen:
            break
    if not chosen:
        message = f"{LOCKS['dev'].name} 中没有 {name}。"
        raise SetupFailed(message)
    listing = VENV / f"only-{name}.txt"
    listing.write_text("\n".join(chosen).rstrip("\\ ") + "\n", encoding="utf-8")
    run([*installer(shutil.which("uv")), "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(listing)])


def installer(uv: str | None) -> list[str]:
    """The command line of a pip that installs into the environment."""
    if uv:
        # Downloading an interpreter would hide that the machine's own does not fit.
        os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
        # pip compiles what it installs; without it each command would compile its imports again where caches are off.
        os.environ.setdefault("UV_COMPILE_BYTECODE", "1")
        return [uv, "pip"]
    own = [str(PYTHON), "-m", "pip", "--no-input", "--disable-pip-version-check"]
    if succeeds([*own, "--version"]) or succeeds([str(PYTHON), "-m", "ensurepip", "--upgrade"]):
        return own
    if has("pip"):
        return [sys.executable, "-m", "pip", "--no-input", "--disable-pip-version-check", "--python", str(PYTHON)]
    raise SetupFailed(NO_PIP)


def add_command() -> None:
    """Put the project on the path of the environment and write its commands.

    A build backend would do the same with a package more to download and a directory of metadata in the work tree.
    """
    project = read_project()
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.run([PYTHON, "-c", code], check=True, capture_output=True, text=True).stdout.strip())
    for old in [*packages.glob("__editable__*nongbao*"), *packages.glob("nongbao-*.dist-info")]:
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    (packages / "nongbao.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    metadata = packages / f"nongbao-{project['version']}.dist-info"
    metadata.mkdir()
    header = f"Metadata-Version: 2.4\nName: nongbao\nVersion: {project['version']}\nLicense-Expression: Apache-2.0\n"
    (metadata / "METADATA").write_text(header, encoding="utf-8")
    (metadata / "INSTALLER").write_text("nongbao-bootstrap\n", encoding="utf-8")
    scripts = configparser.ConfigParser()
    scripts["console_scripts"] = project["scripts"]
    with (metadata / "entry_points.txt").open("w", encoding="utf-8") as stream:
        scripts.write(stream)
    (metadata / "RECORD").write_text("", encoding="utf-8")
    for name, target in project["scripts"].items():
        module, _, function = target.partition(":")
        script = VENV / "bin" / name
        # `sh` starts the interpreter, because a kernel cuts a #! line at 127 or 255 bytes and at a space.
        script.write_text(
            "#!/bin/sh\n"
            f'\'\'\'exec\' "$(dirname "$(readlink -f "$0" 2>/dev/null || echo "$0")")/python" "$0" "$@"\n\' \'\'\'\n'
            f"import sys\n\nfrom {module} import {function}\n\nsys.exit({function}())\n",
            encoding="utf-8",
        )
        script.chmod(0o755)


def has(module: str) -> bool:
    """Say whether this interpreter can import the module."""
    return importlib.util.find_spec(module) is not None


def succeeds(command: Sequence[str]) -> bool:
    """Run quietly and say whether it worked."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def run(command: Sequence[str]) -> None:
    """Run a step. Raises SetupFailed with the command when it fails; its own message is above."""
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    try:
        subprocess.run(command, check=True, env=environment)
    except (OSError, subprocess.CalledProcessError) as failed:
        message = f"这一步失败了: {' '.join(command)}"
        raise SetupFailed(message) from failed


if __name__ == "__main__":
    sys.exit(main())
