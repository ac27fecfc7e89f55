"""The one browser of all browser tests: Playwright's synchronous API allows one use per thread, so nobody starts another.

It lives as long as a module: while it runs the thread counts as inside an event loop, and tests of other modules start their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, sync_playwright

PATH: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--test-third-party-cookie-phaseout",
)  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium with third-party cookies blocked, as merchants' browsers have them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=FLAGS)
        yield browser
        browser.close()
