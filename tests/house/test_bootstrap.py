"""The set-up that runs before anything is installed: what it installs, when it does nothing, and how it refuses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap
import ensure_browser
import frontend

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A checkout with a lock that names nothing, and its environment still to be made."""
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "requirements-dev.txt").write_text("")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "nongbao"\nversion = "0.1.0"\n[project.scripts]\nnongbao = "greeting:app"\n'
    )
    (tmp_path / "greeting.py").write_text("import sys\n\ndef app():\n    print('hello', *sys.argv[1:])\n    return 3\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "nongbao-setup")
    monkeypatch.setattr(
        bootstrap, "LOCKS", {"run": tmp_path / "requirements.txt", "dev": tmp_path / "requirements-dev.txt"}
    )
    return tmp_path


def test_environment_offers_the_command_and_the_second_call_does_nothing(empty, monkeypatch, capfd):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    bootstrap.prepare("dev")
    script = empty / ".venv" / "bin" / "nongbao"
    answer = subprocess.run([script, "a b", "c"], capture_output=True, text=True, check=False, cwd="/")
    assert (answer.stdout, answer.returncode) == ("hello a b c\n", 3)
    code = "from importlib.metadata import version; print(version('nongbao'))"
    version = subprocess.run([bootstrap.PYTHON, "-c", code], capture_output=True, text=True, check=True)
    assert version.stdout == "0.1.0\n"
    capfd.readouterr()
    monkeypatch.setattr(bootstrap, "install", lambda *_: pytest.fail("installed again"))
    bootstrap.prepare("dev")
    bootstrap.prepare("run")
    assert capfd.readouterr().out == ""


def test_changed_lock_is_installed_again(empty, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    installed = []
    monkeypatch.setattr(bootstrap, "install", lambda profile, uv: installed.append(profile))
    bootstrap.prepare("run")
    bootstrap.prepare("run")
    (empty / "requirements.txt").write_text("# another\n")
    bootstrap.prepare("run")
    assert installed == ["run", "run"]


def test_python_without_ensurepip_is_told_what_to_install(empty, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(bootstrap, "has", lambda module: module == "venv")
    with pytest.raises(bootstrap.SetupFailed, match="python3-venv"):
        bootstrap.prepare("run")


def test_one_package_is_taken_out_of_the_lock_with_its_hashes(empty, monkeypatch):
    (empty / "requirements-dev.txt").write_text(
        "first==1.0 \\\n    --hash=sha256:aa\n    # via x\n"
        "second==2.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n    # via y\nthird==3.0 \\\n    --hash=sha256:dd\n"
    )
    (empty / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "installer", lambda uv: ["pip"])
    commands = []
    monkeypatch.setattr(bootstrap, "run", commands.append)
    bootstrap.install_one("second")
    listing = Path(commands[0][-1]).read_text()
    assert listing == "second==2.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
    assert "--require-hashes" in commands[0]
    with pytest.raises(bootstrap.SetupFailed):
        bootstrap.install_one("absent")


def test_finder_prefers_the_named_python_and_refuses_when_none_fits(tmp_path):
    finder = ROOT / "tools" / "find-python"
    named = subprocess.run(
        [finder], env={**os.environ, "PYTHON": sys.executable}, capture_output=True, text=True, check=True
    )
    assert named.stdout.strip() == sys.executable
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    script = finder.read_text().replace("/usr/bin/python3 /usr/local/bin/python3", "")
    answer = subprocess.run(
        ["/bin/sh", "-c", script],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "Python 3.11" in answer.stderr


def test_missing_browser_is_loud_and_fails_in_ci(monkeypatch, capfd):
    monkeypatch.setenv("NONGBAO_CHROMIUM", "no-such-browser")
    monkeypatch.delenv("CI", raising=False)
    assert ensure_browser.main() == 0
    assert "LEFT OUT" in capfd.readouterr().err
    monkeypatch.setenv("CI", "true")
    assert ensure_browser.main() == 1


def test_page_without_sources_is_a_failure_and_not_a_silence(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(frontend, "FRONTEND", tmp_path / "frontend")
    monkeypatch.setattr(frontend, "DIST", tmp_path / "frontend" / "dist")
    monkeypatch.setattr(sys, "argv", ["frontend.py", "build"])
    assert frontend.main() == 1
    assert "package.json" in capfd.readouterr().err


def test_page_is_built_again_only_when_a_source_changes(tmp_path, monkeypatch):
    folder = tmp_path / "frontend"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.ts").write_text("1")
    monkeypatch.setattr(frontend, "FRONTEND", folder)
    monkeypatch.setattr(frontend, "DIST", folder / "dist")
    built = []

    class FakeNode:
        def run(self, *arguments):
            built.append(arguments)
            (folder / "dist").mkdir(exist_ok=True)
            (folder / "dist" / "index.html").write_text("page")

    monkeypatch.setattr(frontend, "installed", FakeNode)
    frontend.build()
    frontend.build()
    assert len(built) == 1
    (folder / "src" / "main.ts").write_text("2")
    frontend.build()
    assert len(built) == 2
