"""A browser (Debian's Chromium), a node whose story has been played (`told`), and one that waits for its first voucher (`bare`)."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent / "examples"))

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")  # While Playwright is open, its event loop runs in this thread: other modules need their own.
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from stand import Stand

    stand = Stand(tmp_path_factory.mktemp("told"), told=True)
    yield stand
    stand.close()


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from stand import Stand

    stand = Stand(tmp_path_factory.mktemp("bare"), told=False)
    yield stand
    stand.close()


@pytest.fixture
def desk(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """`desk(stand, "foton", "maker", lang="en")`: somebody who has logged in; whatever went wrong unseen fails the test."""
    from stand import Desk, org

    desks: list[Desk] = []
    seats: dict[tuple[str, str, str], Desk] = {}
    failed = request.session.testsfailed

    def seated(stand: Any, party: str, name: str, **looks: Any) -> Desk:
        place = (stand.url, party, name) if not looks else (stand.url, party, f"{name} {len(desks)}")
        if place in seats:  # They are still there.
            seats[place].menu("工作台")
            return seats[place]
        seats[place] = made = Desk(browser, stand, f"{org(stand, party)}/{name}", **looks)
        desks.append(made)
        return made.log_in()

    yield seated
    if request.session.testsfailed > failed:
        for number, one in enumerate(desks):
            one.picture(f"failed-{request.node.name[:40]}-{number}-{one.user.rpartition('/')[2]}")
    for one in desks:
        one.close()
    for one in desks:
        one.watched.clean()
