"""The app's UI extensions, bundled: as Shopify's CLI built them where it did, else put together here with the same bundler.

A bundle calls `shopify.extend(target, render)` for each of its targets, and carries the app's address in place of APP_URL.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

ESBUILD: Final = Path("node_modules/esbuild/bin/esbuild")
_building = threading.Lock()


class BundleError(Exception):
    """An extension could not be bundled; the message is the bundler's."""


@dataclass(frozen=True)
class UiExtension:
    """One UI extension: its handle, its folder, and the module of each target."""

    handle: str
    folder: Path
    modules: tuple[tuple[str, str], ...]

    def words(self, language: str) -> dict[str, Any]:
        """The extension's texts in the language, else its default ones."""
        locales = self.folder / "locales"
        [default] = locales.glob("*.default.json")
        texts: dict[str, Any] = json.loads(default.read_text(encoding="utf-8"))
        wanted = locales / f"{language}.json"
        return texts | (json.loads(wanted.read_text(encoding="utf-8")) if wanted.is_file() else {})


def ui_extensions(root: Path) -> list[UiExtension]:
    """Every UI extension below the folder `extensions` of an app."""
    found = []
    for toml in sorted(root.glob("*/shopify.extension.toml")):
        for extension in tomllib.loads(toml.read_text(encoding="utf-8")).get("extensions", []):
            if extension.get("type") == "ui_extension":
                modules = tuple((each["target"], each["module"]) for each in extension["targeting"])
                found.append(UiExtension(extension["handle"], toml.parent, modules))
    return found


def bundle(extension: UiExtension, app_url: str) -> str:
    """The extension's script: the built one beside its source, or one made now. Raises BundleError."""
    built = extension.folder / "dist" / f"{extension.handle}.js"
    return built.read_text(encoding="utf-8") if built.is_file() else _bundle(extension, app_url)


@cache
def _bundle(extension: UiExtension, app_url: str) -> str:
    app = extension.folder.parents[1]
    if not (app / ESBUILD).is_file():
        raise BundleError("node_modules holds no bundler: run `make setup`")
    lines = [
        f"import render{place} from {json.dumps(str((extension.folder / module).resolve()))};\n"
        f"shopify.extend({json.dumps(target)}, render{place});\n"
        for place, (target, module) in enumerate(extension.modules)
    ]
    words = [
        "--bundle",
        "--format=iife",
        "--target=es2022",
        "--jsx=automatic",
        "--jsx-import-source=preact",
        "--loader=jsx",
        f"--define:process.env.APP_URL={json.dumps(app_url)}",
        "--log-level=error",
    ]
    with _building, tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "bundle.js"
        done = subprocess.run(
            ["node", str(app / ESBUILD), *words, f"--outfile={out}"],
            input="".join(lines),
            cwd=app,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BundleError(done.stderr.strip()[-2000:])
        return out.read_text(encoding="utf-8")
