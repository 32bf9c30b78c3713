"""`nongbao keys`: making the keys of an installation. They are never printed."""

from __future__ import annotations

import typer

from api.cli.common import GuardedGroup, JsonOption, emit

app = typer.Typer(cls=GuardedGroup, no_args_is_help=True, help="密钥：生成(不会覆盖已有密钥)。")


@app.callback()
def root() -> None:
    """密钥。"""


@app.command()
def create(as_json: JsonOption = False) -> None:
    """在密钥目录中生成一套密钥(仅所有者可读)。请另行保管备份：密钥丢失，已加密的数据无法恢复。"""
    from api.keys import generate
    from api.settings import get_settings

    made = generate(get_settings().keys_path)
    names = [str(path) for path in made]
    emit({"made": names}, as_json=as_json, text="已生成:\n" + "\n".join(names))
