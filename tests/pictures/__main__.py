"""`make screenshots` takes every picture of README and docs from the demo; `make check` calls this with --check.

python -m tests.pictures           # plays the demo's year, which takes about two minutes, and takes all pictures
python -m tests.pictures --check   # says which pictures are missing or older than what they show
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click import echo
from playwright.sync_api import Browser, Page, sync_playwright

from plugin.demo.year import DOMAIN
from tests.chromium import FLAGS, PATH
from tests.pictures.album import FOLDER, ROOT, SIZES, Picture, note, stale
from tests.pictures.motifs import PICTURES

SETTLED_MS = 700


def main() -> int:
    """Take the pictures, or check them; the exit code."""
    if "--check" in sys.argv[1:]:
        problems = list(stale(PICTURES))
        echo("\n".join(problems) or f"{len(PICTURES) * len(SIZES)} pictures are as they should be.")
        return bool(problems)
    wanted = set(sys.argv[1:])
    FOLDER.mkdir(parents=True, exist_ok=True)
    with demo() as store_url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=FLAGS)
        for picture in PICTURES:
            if not wanted or picture.name in wanted:
                for size in SIZES:
                    take(browser, store_url, picture, size)
        browser.close()
    if not wanted:
        note()
    return 0


@contextmanager
def demo() -> Iterator[str]:
    """The demo with its year played; the dev store's address."""
    with tempfile.TemporaryDirectory(prefix="rgl", ignore_cleanup_errors=True) as fresh:
        home = os.environ.get("REGULARS_HOME") or fresh
        process = subprocess.Popen(
            [sys.executable, "-m", "plugin.cli", "demo", "--headless"],
            cwd=ROOT,
            env={**os.environ, "REGULARS_HOME": home, "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield _address(process)
        finally:
            process.terminate()
            process.wait(60)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C stops" in line:
            found = re.search(r"(http://127\.0\.0\.1:\d+)/_devstore/start", said)
            if found is not None:
                return found[1]
    sys.exit(f"The demo did not start:\n{said}")


def take(browser: Browser, store_url: str, picture: Picture, size: str) -> None:
    """One picture at one size, written beside the others."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="en-US", reduced_motion="reduce", has_touch=size == "phone"
    )
    page = context.new_page()
    come(page, store_url, picture)
    page.wait_for_load_state("networkidle")
    if picture.first is not None:
        picture.first(page)
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=Path(FOLDER) / f"{picture.name}-{size}.png")
    context.close()
    echo(f"{picture.name}-{size}.png")


def come(page: Page, store_url: str, picture: Picture) -> None:
    """Go where the picture is taken, as whoever looks."""
    handle, port = DOMAIN.partition(".")[0], store_url.rpartition(":")[2]
    if picture.who == "staff":
        page.goto(f"http://admin.localhost:{port}/store/{handle}/apps/regulars{picture.path}")
        return
    page.goto(f"{store_url}/_devstore/start")
    title = "A guest" if picture.who == "guest" else "A long-time member"
    page.get_by_role("link", name=re.compile(f"^.? ?{title}")).first.click()
    page.goto(f"http://{handle}.localhost:{port}{picture.path}")


if __name__ == "__main__":
    sys.exit(main())
