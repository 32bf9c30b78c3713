"""Renders the OpenAPI document as one plain HTML page. Every text is escaped; there is no script."""

from __future__ import annotations

from html import escape
from typing import Any, Final

STYLE: Final = """
:root { color-scheme: light; }
body { font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  margin: 0 auto; max-width: 60rem; padding: 1rem; color: #1d2a24; background: #fbfaf6; }
h1, h2 { line-height: 1.3; } h2 { margin-top: 2.5rem; border-bottom: 2px solid #2f6b4f; }
details { background: #fff; border: 1px solid #d8d4c8; border-radius: .4rem; margin: .5rem 0; padding: .3rem .8rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary:focus-visible { outline: 3px solid #2f6b4f; outline-offset: 2px; }
code { font-family: ui-monospace, Consolas, monospace; font-size: .95em; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; color: #22563d; }
.right { color: #5a4a1f; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #eceadf; vertical-align: top; }
"""


def render(document: dict[str, Any]) -> str:
    """Return the page: the operations by tag, each with its permission, parameters, body and answers."""
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["其他"])[0]
            groups.setdefault(tag, []).append(_operation(method, path, operation))
    schemas = document.get("components", {}).get("schemas", {})
    parts = [f"<section><h2>{escape(tag)}</h2>{''.join(items)}</section>" for tag, items in sorted(groups.items())]
    parts.append(
        "<section><h2>数据结构</h2>" + "".join(_schema(name, schemas[name]) for name in sorted(schemas)) + "</section>"
    )
    info = document["info"]
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(info["title"])} API</title><link rel="stylesheet" href="/docs/style.css"></head><body>'
        f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>"
        f'<p>{escape(info.get("description", ""))}</p><p><a href="/openapi.json">openapi.json</a></p>'
        f"{''.join(parts)}</body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = [
        (f"{item['name']} ({item['in']})", ("必填 " if item.get("required") else "") + _kind(item.get("schema", {})))
        for item in operation.get("parameters", [])
    ]
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append((f"请求正文 {media}", _kind(content.get("schema", {}))))
    for status, answer in operation.get("responses", {}).items():
        kinds = [_kind(content.get("schema", {})) for content in answer.get("content", {}).values()]
        rows.append((f"应答 {status}", " / ".join(kinds) or "无正文"))
    table = "".join(f"<tr><td><code>{escape(name)}</code></td><td>{escape(text)}</td></tr>" for name, text in rows)
    return (
        f'<details><summary><span class="method">{escape(method.upper())}</span> <code>{escape(path)}</code> '
        f'<span class="right">{escape(operation.get("x-permission", ""))}</span></summary>'
        f"<p><code>{escape(operation['operationId'])}</code>: {escape(operation.get('description', ''))}</p>"
        f"<table>{table}</table></details>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", []))
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{'必填 ' if field in required else ''}{escape(_kind(part))}</td></tr>"
        for field, part in schema.get("properties", {}).items()
    )
    body = f"<table>{rows}</table>" if rows else f"<p>{escape(_kind(schema))}</p>"
    return f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>{body}</details>'


def _kind(schema: dict[str, Any]) -> str:
    """Name a schema's kind in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(_kind(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    extra = schema.get("format") or schema.get("pattern")
    return f"{schema.get('type', 'any')}{f' ({extra})' if extra else ''}"
