"""A running demo and a real Chromium for the tests in this folder. They run last, and only where Chromium is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.visitor import Visitor
from tests.running_demo import RunningDemo

HINT = "no Chromium here: apt-get install chromium"
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MILLISECONDS = 15_000


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones last. Without Chromium they are skipped with the cure, but never in CI."""
    here = Path(__file__).parent
    items.sort(key=lambda item: here in item.path.parents)
    if find_chromium() or os.environ.get("CI"):
        return
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=HINT))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """One for all of them: starting it takes longer than they do."""
    demo = RunningDemo(tmp_path_factory.mktemp("demo"))
    demo.start()
    yield demo
    left_behind = demo.stop()
    demo.forget()
    assert not left_behind


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of the module alone: while Playwright is up, Django would take this thread for an asynchronous one."""
    chromium = find_chromium()
    assert chromium, HINT
    expect.set_options(timeout=WAIT_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=list(FLAGS), chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def visit(browser: Browser, demo: RunningDemo) -> Iterator[Callable[[str], Visitor]]:
    """Gives the visitor of that login: one browser profile for each, signed in on first use."""
    visitors: dict[str, Visitor] = {}

    def visitor(login: str) -> Visitor:
        if login not in visitors:
            visitors[login] = Visitor(new_page(browser), demo, login)
        return visitors[login]

    yield visitor
    for one in visitors.values():
        one.page.context.close()


def new_page(browser: Browser) -> Page:
    context = browser.new_context(
        locale="en-GB", timezone_id="Europe/Sofia", viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(WAIT_MILLISECONDS)
    return context.new_page()
