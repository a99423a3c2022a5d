"""Pages in a real browser: Debian's Chromium, driven headless. Tests that need it are skipped where it is missing."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import pytest
from patience import PATIENCE_SECONDS

CHROMIUM = shutil.which("chromium")
BROWSER = pytest.mark.skipif(
    CHROMIUM is None or find_spec("playwright") is None,
    reason="needs playwright (pip install -e '.[test]') and Chromium (apt install chromium)",
)
_LOCAL = ("file:", "data:", "blob:", "about:")


@contextmanager
def open_browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = launch(play.chromium)
        try:
            yield browser
        finally:
            browser.close()


def launch(kind: Any, *switches: str) -> Any:
    """A browser of a kind, as that of another is: `browser.browser_type`."""
    return kind.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *switches])


class Shown:
    """A page that is open. errors: what its scripts and its policy complained of; requests: all that went elsewhere."""

    def __init__(self, browser: Any, url: str, size: tuple[int, int] = (1280, 720), **options: Any) -> None:
        self.page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **options)
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("dialog", lambda dialog: (self.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: request.url.startswith(_LOCAL) or self.requests.append(request.url))
        self.page.goto(url)

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()

    def ready(self) -> Shown:
        """Once the player has opened its recording and been through it."""
        self.page.wait_for_selector("html[data-verdict]", state="attached", timeout=1000 * PATIENCE_SECONDS)
        return self

    def ask(self, script: str, *given: Any) -> Any:
        return self.page.evaluate(script, *given)

    def until(self, expression: str) -> None:
        """Wait for something to be true. (playwright's own way needs `eval`, which a strict page forbids.)"""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.page.evaluate(f"() => Boolean({expression})"):
            assert time.monotonic() < end, f"still not: {expression}"
            self.page.wait_for_timeout(20)
