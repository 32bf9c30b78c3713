"""Runs every test: the web page's unit tests first, then pytest, so that pytest's own summary closes the output.

pytest works on as many processors as there are, up to four; `-n` among the arguments says otherwise.
"""

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
    told = any(argument.startswith("-n") for argument in sys.argv[1:])
    workers = [] if told else ["-n", str(min(4, os.cpu_count() or 1))]
    command = [str(bootstrap.PYTHON), "-m", "pytest", *workers, *sys.argv[1:]]
    tests = subprocess.run(command, check=False, cwd=bootstrap.ROOT, env=environment)
    if tests.returncode == 0 and (page.returncode or browser.returncode):
        print("pytest 通过, 但网页的单元测试失败或缺少浏览器(见上文)。", file=sys.stderr)
        return 1
    return tests.returncode


if __name__ == "__main__":
    sys.exit(main())
