"""A whole node for the console's tests: chain, stand-ins, workers, gateway and console on a free port, and a browser before it."""

import re
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from argon2 import PasswordHasher
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from heqi.apps.all_link import story
from heqi.cli.serving import gateway
from heqi.client.stage import Stage
from heqi.gateway.hosted import KeystoreKeys, set_passwords
from heqi.gateway.settings import Settings
from heqi.kernel.engines.embedded import Verifiers
from heqi.node import stories
from heqi.node.chainhost import ChainHost
from heqi.node.home import Home, label
from heqi.node.workers import Workers
from heqi.node.world import World

PASSWORD = "correct horse battery"
SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
WAIT_MS = 30_000
# An expired session and a locked name are answered so by design; the browser still tells of them in its console.
EXPECTED = re.compile(r"status of (401|403|404|409|413|415|422|429)")


expect.set_options(timeout=WAIT_MS)


class Stand:
    """One node. `told`: its story has been played; else its members have only been set up for it."""

    def __init__(self, folder: Path, *, told: bool) -> None:
        self.ahead = timedelta()
        self.home = Home.create(folder / "home", chain="stand", suite="intl", business_date=stories.STORY_DATE)
        users = {user: (label(user), PASSWORD) for user in self.home.logins()}
        set_passwords(folder / "users.json", users, PasswordHasher(1, 8, 1))
        self._verifiers, catalogue = Verifiers(1), stories.catalogue()
        self.world = World(folder / "world")
        self.host = ChainHost(self.home.engine(catalogue, self._verifiers))
        self.stage, self.cast = Stage(self.host), self.home.cast()
        if told:
            story.play(self.stage, self.cast, self.world, lambda zh, en: None)
        else:
            story.trust_sources(self.stage, self.cast, self.world)
            story.set_up(self.stage, self.cast)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        settings = Settings(origin=self.url, clock=lambda: datetime.now(UTC) + self.ahead, heartbeat_s=0.5)
        keys = KeystoreKeys(self.home.keys, folder / "users.json")
        self._faces = gateway(self.host, self.home, keys, settings)
        self.app = self._faces.__enter__()
        self.history = self.app.state.gate.history
        self._server = uvicorn.Server(uvicorn.Config(self.app, log_config=None, timeout_graceful_shutdown=1))
        self._serving = self.host.start(self._server.serve([self._socket]))
        self.workers = Workers(self.host, self.home, self.world)
        self.workers.start()
        until = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < until, "the gateway did not start"
            time.sleep(0.02)

    def close(self) -> None:
        self.workers.stop()
        self._server.should_exit = True
        self._serving.result(30)
        self._faces.__exit__(None, None, None)
        self.host.close()
        self.world.close()
        self._verifiers.close()


class Watched:
    """A page that notes what must not happen: console errors, page errors, requests that leave the origin."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.faults = page, list[str]()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("request", lambda asked: asked.url.startswith((origin, "data:", "blob:")) or self.faults.append(f"left: {asked.url}"))

    def _said(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not EXPECTED.search(said.text):
            self.faults.append(f"console: {said.text}")

    def clean(self) -> None:
        assert self.faults == []


class Desk:
    """A person at a desk, in a browser of their own."""

    def __init__(self, browser: Browser, stand: Stand, user: str, *, lang: str = "zh", dark: bool = False, width: int = 1366) -> None:
        self.stand, self.user = stand, user
        self.context: BrowserContext = browser.new_context(viewport={"width": width, "height": 768}, accept_downloads=True)
        self.context.set_default_timeout(WAIT_MS)
        prefs = f'{{"lang":"{lang}","dark":{str(dark).lower()}}}'
        self.context.add_init_script(f"localStorage.getItem('heqi.prefs') || localStorage.setItem('heqi.prefs', '{prefs}')")
        self.page = self.context.new_page()
        self.watched = Watched(self.page, stand.url)

    def log_in(self, password: str = PASSWORD) -> "Desk":
        self.page.goto(f"{self.stand.url}/console/")
        self.page.locator("#user").fill(self.user)
        self.page.locator("#password").fill(password)
        self.page.locator("button[type=submit]").click()
        self.page.wait_for_url("**/home")
        expect(self.page.locator("h1")).to_be_visible(timeout=WAIT_MS)
        return self

    def go(self, path: str) -> None:
        """To another page as its router does it, without loading everything anew."""
        self.page.evaluate("path => { history.pushState({}, '', '/console' + path); dispatchEvent(new PopStateEvent('popstate')) }", path)
        self.page.wait_for_url(f"**/console{path}")

    def menu(self, name: str) -> None:
        self.page.locator(".ant-menu-item", has_text=re.compile(f"^{name}$")).click()
        expect(self.page.locator("h1")).to_contain_text(name)

    def button(self, name: str) -> Locator:
        return self.page.locator("button:visible", has_text=re.compile(f"^{name}$"))

    def fill(self, field: str, text: str) -> None:
        """Type into the form's control of this name (`amount`, `basis_0_document_number`)."""
        self.page.locator(f"#{field}").fill(text)

    def choose(self, field: str, text: str) -> None:
        """Pick an option of a select by its text. The list is drawn anew while one types, and a click may fall between two lists:
        then one picks again, as anybody would."""
        control, until = self.page.locator(f".ant-select:has(#{field})"), time.monotonic() + WAIT_MS / 1000
        while True:
            self.page.locator(f"#{field}").click()
            self.page.locator(f"#{field}").fill(text)
            self.page.locator(".ant-select-dropdown:visible .ant-select-item-option", has_text=text).first.click()
            try:
                expect(control).to_contain_text(text, timeout=2000)
                return
            except AssertionError:
                if time.monotonic() > until:
                    raise

    def day(self, field: str, day: str) -> None:
        self.page.locator(f"#{field}").fill(day)
        self.page.locator(f"#{field}").press("Enter")

    def sign(self) -> None:
        """Preview, then sign."""
        self.button("预览").click()
        self.page.get_by_role("button", name=re.compile("^签名并提交")).click()
        expect(self.page.get_by_text(re.compile("已上链|等待他人会签"))).to_be_visible(timeout=WAIT_MS)

    def sign_todo(self, act: str) -> None:
        """Sign the proposal of this act that waits at home."""
        self.menu("工作台")
        self.page.get_by_role("link", name=act, exact=True).first.click()
        self.button("签署").click()
        expect(self.page.get_by_text("已签署", exact=True).first).to_be_visible(timeout=WAIT_MS)

    def picture(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.evaluate("scrollTo(0, 0)")  # The bar on top sticks to the window.
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def close(self) -> None:
        self.context.close()


def org(stand: Stand, party: str) -> str:
    """The organisation of a party of the cast."""
    return getattr(stand.cast, party).org


def figures(page: Page) -> dict[str, Any]:
    """The figures a page shows side by side, by their titles."""
    texts = page.locator(".ant-statistic").all_inner_texts()
    return dict(text.split("\n", 1) for text in texts if "\n" in text)
