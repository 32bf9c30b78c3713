"""A real server with a played demonstration, and a real Chromium that looks at it.

Without a Chromium these tests are deselected and the summary says so; where CI is set that is a failure instead.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from api.database import Database
from api.demo import cycle
from api.demo.users import PASSWORD
from api.dependencies import Service
from api.main import create_app
from api.services import installation
from api.settings import Settings
from tests.factories import KEYRING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "frontend" / "dist"
RESIDENTS = 400
LEFT_OUT = pytest.StashKey[int]()
# What the page asks although the answer may be no: who is signed in, and an account that is not there yet.
EXPECTED_REFUSALS = {401, 404}
WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""


def find_chromium() -> str | None:
    """The same search as `make test` makes."""
    spec = importlib.util.spec_from_file_location("ensure_browser", ROOT / "tools" / "ensure_browser.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.find()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs a browser when there is none; a gap in CI is an error."""
    wanted = [item for item in items if item.get_closest_marker("browser")]
    if not wanted or find_chromium():
        return
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        raise pytest.UsageError("没有找到 Chromium: CI 中不允许略过浏览器测试。 No Chromium, and CI is set.")
    config.stash[LEFT_OUT] = len(wanted)
    config.hook.pytest_deselected(items=wanted)
    items[:] = [item for item in items if item not in wanted]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say at the end, where people look, that the browser was not there."""
    if count := config.stash.get(LEFT_OUT, 0):
        terminalreporter.section("浏览器测试未运行", sep="=", red=True, bold=True)
        terminalreporter.write_line(f"没有找到 Chromium 或 Chrome，{count} 个浏览器测试未运行。", red=True)
        terminalreporter.write_line(
            f"{count} browser tests were LEFT OUT: no Chromium. Set NONGBAO_CHROMIUM.", red=True
        )


@pytest.fixture(scope="package")
def site(clone: Callable[[], str]) -> Iterator[str]:
    """Address of a server on a database in which half a year has been played."""
    if not (DIST / "index.html").exists():
        pytest.fail("frontend/dist is not built: run `make frontend`")
    database = Database(clone(), pool_size=8)
    cycle.play(database, KEYRING, residents=RESIDENTS, seed=2010)
    service = Service(
        settings=Settings(_env_file=None, pool_size=8, frontend_dir=DIST),
        database=database,
        keyring=KEYRING,
        business_date=installation.business_date(database),
    )
    config = uvicorn.Config(create_app(service), host="127.0.0.1", port=0, log_config=None, access_log=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the server ended before it began"
        assert time.monotonic() < end, "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)
    database.dispose()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium, without a window."""
    # Imported here, so that a machine without the package's driver can still collect and deselect.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Root cannot use the sandbox of Chromium, and a container may have too small a /dev/shm.
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage", "--lang=zh-CN"]
        )
        yield browser
        browser.close()


@dataclass
class Visitor:
    """One person's browser window, with everything that went wrong in it."""

    site: str
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page of the site and wait until it has asked for what it needs."""
        self.page.goto(self.site + path, wait_until="networkidle")

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Fill the form as a person would."""
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录", exact=True).click()

    def enter(self, username: str, path: str = "/") -> None:
        """Sign in and go somewhere."""
        self.open(path)
        self.sign_in(username)
        self.page.get_by_role("button", name="退出").wait_for()
        self.page.wait_for_load_state("networkidle")

    def await_list(self) -> None:
        """Wait until a list shows what was asked for: while it is fetched, the one before stays to be seen."""
        self.page.locator("[aria-busy=true]").wait_for(state="detached")

    def api(self, path: str, **query: str) -> dict:
        """Ask the API with the cookie of this window."""
        answer = self.context.request.get(f"{self.site}/api/v1{path}", params=query)
        assert answer.ok, answer.text()
        return answer.json()

    def watch(self) -> None:
        """Note errors of scripts, of the console, of the server and of the security policy."""
        self.context.add_init_script(WATCH)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", self._on_console)
        self.page.on("response", self._on_response)
        self.page.on("requestfailed", lambda request: self._on_failed(request.url, request.failure))

    def _on_console(self, message: ConsoleMessage) -> None:
        # Chromium repeats every refused request on the console; those are judged as responses below.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in EXPECTED_REFUSALS:
            self.faults.append(f"{response.status} {response.url}")
        if not response.url.startswith(self.site):
            self.faults.append(f"foreign: {response.url}")

    def _on_failed(self, url: str, failure: str | None) -> None:
        # The page itself calls back a question whose answer nobody waits for any more.
        if failure != "net::ERR_ABORTED":
            self.faults.append(f"{failure} {url}")

    def check(self) -> None:
        """Fail on anything that went wrong."""
        self.faults += self.page.evaluate("window.__violations")
        assert self.faults == []


@pytest.fixture
def visit(site: str, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Open windows; at the end of the test none of them may have seen an error."""
    with contextlib.ExitStack() as stack:
        visitors: list[Visitor] = []

        def make(*, width: int = 1280, height: int = 800) -> Visitor:
            context = chromium.new_context(
                viewport={"width": width, "height": height},
                locale="zh-CN",
                has_touch=width < 600,
                is_mobile=width < 600,
            )
            stack.callback(context.close)
            context.set_default_timeout(15_000)
            visitor = Visitor(site, context, context.new_page())
            visitor.watch()
            visitors.append(visitor)
            return visitor

        yield make
        for visitor in visitors:
            visitor.check()
