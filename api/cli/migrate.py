"""`nongbao migrate`: the schema, and on the embedded server the role as which the service logs in."""

from __future__ import annotations

from api.cli.common import JsonOption, emit


def migrate(as_json: JsonOption = False) -> None:
    """把数据库结构升级到本程序的版本。可重复执行。"""
    from api import embedded, migrations, service
    from api.settings import get_settings

    settings = get_settings()
    access = service.reach(settings)
    try:
        before = migrations.current(access.owner_url)
        after = service.migrate(settings, access)
    finally:
        if access.started_server is not None:
            embedded.stop(access.started_server)
    text = f"数据库结构已是最新({after})。" if before == after else f"数据库结构已从 {before or '空'} 升级到 {after}。"
    emit({"before": before, "after": after}, as_json=as_json, text=text)
