"""A real Chromium, and a page in it that keeps what went wrong: console errors, blocked things, requests elsewhere."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

from tests.conftest import skip_or_fail


@dataclass
class Watched:
    """A browser page, and what it complained about and asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """The page of an address, once it is drawn."""
        self.page.goto(address)
        self.page.wait_for_selector("html[data-ready]", timeout=20_000)
        return self.page

    def open_file(self, folder: Path, html: str) -> Page:
        """The page of a written file."""
        file = folder / "page.html"
        file.write_text(html, encoding="utf-8")
        return self.open(file.as_uri())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        skip_or_fail("BROWSER", "chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="zh-CN")
    watched = Watched(context.new_page())

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            watched.complaints.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            watched.requests.append(request.url)

    def opened(dialog: Dialog) -> None:
        watched.complaints.append(f"dialog {dialog.message}")
        dialog.dismiss()

    watched.page.on("console", said)
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    watched.page.on("dialog", opened)
    watched.page.on("request", asked)
    yield watched
    context.close()
