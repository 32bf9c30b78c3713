"""What the repository promises about itself: locks without hosts, no path of a developer's machine, allowed licences."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

import licences

ROOT = Path(__file__).resolve().parents[2]
# Written so that this file does not contain what it looks for.
REGISTRIES = re.compile(
    "|".join(
        (r"py" + r"pi\.org", r"python" + r"hosted\.org", r"registry" + r"\.npm", r"/simp" + "le/", "index" + "-url")
    ),
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}])/(?:work|root|opt|home|Users)/[\w.-]+|(?<![\w.])/tm" + r"p/[\w.-]+")


def committed(*patterns: str) -> list[Path]:
    answer = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [path for name in answer.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_python_locks_carry_hashes_and_no_host(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    pins = re.findall(r"^[\w.-]+==[^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)) > 30


def test_page_lock_names_no_place_to_fetch_from():
    text = (ROOT / "frontend" / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity"' in text
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "frontend" / ".npmrc").read_text()


def test_uv_lock_stays_out_of_git():
    answer = subprocess.run(["git", "check-ignore", "--quiet", "uv.lock"], cwd=ROOT, check=False)
    assert answer.returncode == 0


def test_no_file_names_a_package_registry():
    named = [str(path.relative_to(ROOT)) for path in committed() if REGISTRIES.search(text_of(path))]
    assert named == []


def test_no_file_holds_a_path_of_a_machine():
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in committed()
        for match in MACHINE_PATHS.finditer(text_of(path))
    ]
    assert found == []


def test_runtime_dependencies_have_permissive_licences():
    names = licences.locked(ROOT / "requirements.txt")
    assert len(names) > 30
    assert licences.check(names) == []


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("LGPL-3.0-only", False),
        ("", False),
    ],
)
def test_copyleft_and_unknown_licences_are_refused(licence, allowed):
    assert licences.allowed(licence) is allowed


def test_licence_of_the_project_is_the_one_it_declares():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_compose_file_gives_no_secret_a_default():
    text = (ROOT / "docker-compose.yml").read_text()
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEYS)\w*)(:?[-?][^}]*)?\}", text)
    assert {name for name, _ in secrets} >= {"NONGBAO_POSTGRES_PASSWORD", "NONGBAO_SERVICE_PASSWORD", "NONGBAO_KEYS"}
    # Empty without the file, so that `docker compose config` reads; the containers refuse an empty secret.
    assert {rest for name, rest in secrets if name.endswith("PASSWORD")} == {":-"}
    assert "NONGBAO_SERVICE_PASSWORD:?" in (ROOT / "deploy" / "create-roles.sh").read_text()
    example = (ROOT / "deploy" / "production.env.example").read_text()
    for name, _ in secrets:
        assert re.search(rf"^{name}=$", example, re.MULTILINE), f"{name} is missing or has a value in the example"


def test_every_container_is_watched_and_waits_for_what_it_needs():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert set(services) == {"database", "migrate", "api", "page"}
    for name in ("database", "page"):
        assert services[name]["healthcheck"]["test"]
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    assert services["api"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), "a port is open to the network"


def test_git_hooks_run_the_commands_of_make_lint():
    recipe = (ROOT / "Makefile").read_text().split("\nlint:", maxsplit=1)[1].split("\n\n", maxsplit=1)[0]
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    for tool in ("ruff check", "ruff format", "mypy", "lint-imports", "sqlfluff lint", "frontend.py lint"):
        assert tool in recipe
        assert any(tool in hook["entry"] for hook in hooks[0]["hooks"]), tool
