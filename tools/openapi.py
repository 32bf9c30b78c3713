"""Writes the API's description to frontend/openapi.json, from which the web page's client is generated."""

import json
import sys
from pathlib import Path

from api.main import create_app

TARGET = Path(__file__).resolve().parent.parent / "frontend" / "openapi.json"


def main() -> int:
    """Write the file with sorted keys, so that a difference is a change of the API; `--check` only compares."""
    text = json.dumps(create_app().openapi(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    if "--check" in sys.argv[1:]:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print("frontend/openapi.json 与程序不符。请运行 make openapi 并提交。", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
