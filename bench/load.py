"""Sending: the load generator, compiled once where there is a C compiler."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.stage import WORK, Missing

SOURCE = Path(__file__).resolve().parent / "hookload.c"

_runs = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of the generator saw; milliseconds are those of the whole way, from the intended instant on."""

    sent: int
    ok: int
    refused: int
    failed: int
    seconds: float
    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float


def compiled() -> Path:
    """The generator's program. Raises Missing where there is no C compiler, or no Linux."""
    program = WORK / "hookload"
    if not program.exists() or program.stat().st_mtime < SOURCE.stat().st_mtime:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            raise Missing("there is no C compiler (cc), so nothing can send webhooks fast enough to measure")
        WORK.mkdir(exist_ok=True)
        done = subprocess.run(
            [compiler, "-O2", "-o", str(program), str(SOURCE)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Missing(f"the load generator does not compile here (it needs Linux): {done.stderr.splitlines()[:1]}")
    return program


def send(
    port: int,
    bodies: Path,
    *,
    shop: str,
    connections: int,
    seconds: float = 600,
    requests: int | None = None,
    first: int = 0,
    rate: float | None = None,
) -> Load:
    """Send webhooks for so many seconds or so many requests: as fast as answers come, or `rate` a second whether they come or not."""
    words = [
        str(compiled()),
        "--bodies",
        str(bodies),
        "--port",
        str(port),
        "--connections",
        str(connections),
        "--shop",
        shop,
    ]
    words += ["--seconds", str(seconds), "--first", str(first), "--salt", f"{next(_runs)}"]
    if requests is not None:
        words += ["--requests", str(requests)]
    if rate is not None:
        words += ["--rate", f"{rate:.3f}"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    load = Load(**json.loads(done.stdout))
    if load.refused or load.failed:
        raise RuntimeError(
            f"{load.refused} webhooks were refused and {load.failed} got no answer: this is no measurement"
        )
    return load
