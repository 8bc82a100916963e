"""Real headless Chromium with the network off: every request that is not the file itself is refused and counted."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from geo.load import load_definitions
from geo.page import page_html

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


@dataclass
class Pages:
    """Opens files in Chromium and keeps what went wrong."""

    browser: object
    contexts: list = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: Path, hash_: str = "", *, width: int = 1280, height: int = 800, **options):
        """A page at a size, ready to use; options as for a browser context, whose reader speaks British English unless said."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, **{"locale": "en-GB", **options})
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)

        def refuse(route):
            if route.request.url.partition("#")[0] == path.as_uri():
                route.continue_()
            else:
                self.requests.append(route.request.url)
                route.abort()

        page.route("**/*", refuse)
        page.goto(path.as_uri() + hash_)
        page.wait_for_selector("[data-ready]", timeout=20_000)
        return page


@contextmanager
def served(script: Path, *arguments: str) -> Iterator[tuple[str, int]]:
    """A Streamlit script on a free port of this machine: its address and the number of its process, as soon as it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true", "--server.fileWatcherType=none"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options, "--", *arguments]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address, until = f"http://127.0.0.1:{port}", time.monotonic() + 60
        while not _answers(f"{address}/_stcore/health"):
            assert server.poll() is None, f"streamlit run {script} ended at once"
            assert time.monotonic() < until, f"streamlit run {script} does not answer"
            time.sleep(0.02)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait()


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as found:
            return bool(found.status == 200)
    except (URLError, OSError):
        return False


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """The browser, for all tests."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: run `make test`")
    if CHROMIUM is None:
        pytest.skip("no Chromium found: `apt-get install chromium` (or Google Chrome), then run again")
    with playwright.sync_playwright() as run:
        browser = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        yield browser
        browser.close()


@pytest.fixture
def pages(chromium) -> Iterator[Pages]:
    """Opens pages; after the test no script may have failed and nothing may have been asked of the network."""
    opened = Pages(chromium)
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.errors == []
    assert opened.requests == []


@pytest.fixture(scope="session")
def bundled(tmp_path_factory) -> Path:
    """The exported page of the bundled series."""
    path = tmp_path_factory.mktemp("page") / "islamic-state.html"
    path.write_text(page_html(load_definitions(), definition="control"), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Folder for screenshots that people look at."""
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS
