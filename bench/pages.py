"""What Regulars costs a page of the store: Lighthouse's performance score with the app's blocks and without, loaded in turn.

The same product page of two shops that differ in nothing else; a phone as Lighthouse simulates it, in the system's Chromium.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from bench import shopfront, stage, table
from bench.run import Run, median

FOLDER: Final = stage.ROOT / "bench/lighthouse"
CHROMIUM: Final = "/usr/bin/chromium"
DROP_LIMIT: Final = 3.0
"""Points of Lighthouse's hundred. Shopify lets an app take 10."""

SHIFT_LIMIT: Final = 0.001


def measure(run: Run) -> list[table.Row]:
    """How many points the app takes, and whether the page moves while it loads."""
    try:
        _need_lighthouse()
    except stage.Missing as missing:
        return [table.skipped("Lighthouse, points lost", str(missing))]
    seen: dict[str, list[dict[str, Any]]] = {"with": [], "without": []}
    with shopfront.opened(run.stage, customers=0, delay_ms=0) as front:
        hosts = {"with": front.shop.domain, "without": front.bare}
        for number in range(run.size.page_loads):
            for name in ("with", "without") if number % 2 else ("without", "with"):
                host = f"{hosts[name].partition('.')[0]}.localhost:{front.store_port}"
                seen[name].append(_report(run, f"http://{host}/products/{front.product}"))
                run.say(f"  load {number + 1}, {name}: {_score(seen[name][-1]):.0f}")
    scores = {name: median([_score(each) for each in reports]) for name, reports in seen.items()}
    shifts = {name: median([_shift(each) for each in reports]) for name, reports in seen.items()}
    against = f"without the app: {scores['without']:.0f} of 100, with it {scores['with']:.0f}; median of {run.size.page_loads}"
    moved = shifts["with"] - shifts["without"]
    return [
        table.below(
            "Lighthouse, points lost on a product page",
            scores["without"] - scores["with"],
            DROP_LIMIT,
            unit="points",
            against=against,
        ),
        table.Row(
            "layout shift that the app adds",
            f"{moved:.4f}",
            f"without: {shifts['without']:.4f}",
            "",
            "none",
            moved <= SHIFT_LIMIT,
        ),
    ]


def _need_lighthouse() -> None:
    """Install Lighthouse once. Raises Missing, saying what."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise stage.Missing("Node 20 or later is not installed")
    if not Path(CHROMIUM).exists():
        raise stage.Missing("there is no Chromium")
    stamp = FOLDER / "node_modules/.package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < (FOLDER / "package-lock.json").stat().st_mtime:
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"], cwd=FOLDER, check=False
        )
        if done.returncode != 0:
            raise stage.Missing("npm could not install Lighthouse")


def _report(run: Run, url: str) -> dict[str, Any]:
    out = run.stage.home / "lighthouse.json"
    flags = "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking"
    command = ["node", str(FOLDER / "node_modules/lighthouse/cli/index.js"), url, "--quiet", "--output=json"]
    command += [f"--output-path={out}", "--only-categories=performance", f"--chrome-flags={flags}"]
    environment = os.environ | {"CHROME_PATH": CHROMIUM}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"Lighthouse stopped: {done.stderr.strip().splitlines()[-1:]}")
    report: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return report


def _score(report: dict[str, Any]) -> float:
    return float(report["categories"]["performance"]["score"]) * 100


def _shift(report: dict[str, Any]) -> float:
    return float(report["audits"]["cumulative-layout-shift"]["numericValue"])
