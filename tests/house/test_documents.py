"""Documents tell the truth: their links lead somewhere, their pictures are small, what is generated is current."""

import re
from pathlib import Path

import pytest

import openapi

ROOT = Path(__file__).resolve().parents[2]
LARGEST_PICTURE = 200_000
# At the start of a line of a code block, or in backticks.
COMMAND = re.compile(r"(?:^|`|\.venv/bin/)nongbao ([a-z][^\n#|>`]*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "api").rglob("*.md")])


def links(path: Path) -> list[str]:
    """Links inside the repository; an address on the web is somebody else's to keep."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [link for link in LINK.findall(text) if "://" not in link and not link.startswith(("#", "mailto:"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    missing = [link for link in links(path) if not (path.parent / link.partition("#")[0]).exists()]
    assert missing == []


def test_both_readmes_name_pictures_and_documents():
    for name in ("README.md", "README.zh.md"):
        found = links(ROOT / name)
        assert sum(link.endswith(".png") for link in found) == 3
        assert {"docs/api.md", "docs/operations.md", "docs/village-assistant.zh.md"} <= set(found)


def test_pictures_are_small_and_real():
    pictures = sorted((ROOT / "docs" / "images").glob("*.png"))
    assert len(pictures) >= 3
    for picture in pictures:
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert 5_000 < len(content) < LARGEST_PICTURE, picture.name


def test_description_client_and_tables_are_those_of_the_program(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["openapi.py", "--check"])
    assert openapi.main() == 0, capsys.readouterr().err


def test_a_stale_description_is_noticed(monkeypatch, capsys, tmp_path):
    stale = tmp_path / "openapi.json"
    stale.write_text("{}")
    monkeypatch.setattr(openapi, "TARGET", stale)
    monkeypatch.setattr(openapi, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["openapi.py", "--check"])
    assert openapi.main() == 1
    assert "make openapi" in capsys.readouterr().err
    assert stale.read_text() == "{}"


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if path.name.endswith(".zh.md") or path.parent.name == "docs"]
)
def test_commands_in_documents_exist(path):
    """Every `nongbao …` that a document shows is a command, and its options are options."""
    from typer.main import get_command

    from api.cli.main import app

    for line in COMMAND.findall(path.read_text(encoding="utf-8")):
        words, command = line.split(), get_command(app)
        while words and hasattr(command, "commands"):
            name = words.pop(0)
            assert name in command.commands, f"{path.name}: nongbao {line}"
            command = command.commands[name]
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert {word for word in words if word.startswith("--")} <= known, f"{path.name}: nongbao {line}"
