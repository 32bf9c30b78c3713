"""Runs every test: the web page's unit tests first, then pytest, so that pytest's own summary closes the output."""

import os
import subprocess
import sys

import bootstrap


def main() -> int:
    """Run both suites and return non-zero if one failed. Arguments go to pytest."""
    tools = bootstrap.ROOT / "tools"
    browser = subprocess.run(
        [sys.executable, str(tools / "ensure_browser.py")], check=False, stdout=subprocess.PIPE, text=True
    )
    environment = dict(os.environ)
    if browser.stdout.strip():
        environment["NONGBAO_CHROMIUM"] = browser.stdout.strip().splitlines()[-1]
    page = subprocess.run([sys.executable, str(tools / "frontend.py"), "test"], check=False)
    sys.stdout.flush()
    command = [str(bootstrap.PYTHON), "-m", "pytest", *sys.argv[1:]]
    tests = subprocess.run(command, check=False, cwd=bootstrap.ROOT, env=environment)
    if tests.returncode == 0 and (page.returncode or browser.returncode):
        print("pytest 通过, 但网页的单元测试失败或缺少浏览器(见上文)。", file=sys.stderr)
        return 1
    return tests.returncode


if __name__ == "__main__":
    sys.exit(main())
