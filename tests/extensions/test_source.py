"""The UI extensions' source: Shopify's CLI builds it, TypeScript and Shopify's own tester agree with it, every language says everything."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from devstore.storefront.bundles import UiExtension, ui_extensions
from tests.tooling.test_shopify_config import ROOT, shopify

EXTENSIONS = ui_extensions(ROOT / "extensions")
LANGUAGES = {"en", "de", "fr", "es", "tr", "ja"}
ADDRESS = "https://loyalty.brew-and-bloom.example"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extensions as Shopify's CLI builds them for an app at ADDRESS."""
    app = tmp_path_factory.mktemp("built") / "app"
    app.mkdir()
    for name in ("shopify.app.toml", "shopify.web.toml", "package.json", "package-lock.json"):
        (app / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(["cp", "-r", str(ROOT / "extensions"), str(app)], check=True)
    (app / "node_modules").symlink_to(ROOT / "node_modules")
    (app / ".env").write_text(f"APP_URL={ADDRESS}\n", encoding="utf-8")
    result, said = shopify(app, "app", "build", "--path", ".", "--skip-dependencies-installation")
    assert result == 0, said
    return app / "extensions"


@pytest.mark.shopify_cli
@pytest.mark.parametrize("handle", [each.handle for each in EXTENSIONS])
def test_what_is_built_asks_the_real_app_and_nothing_is_left_to_be_filled_in(built: Path, handle: str) -> None:
    script = (built / handle / "dist" / f"{handle}.js").read_text(encoding="utf-8")

    assert ADDRESS in script
    assert "process.env" not in script


@pytest.mark.shopify_cli
@pytest.mark.parametrize("handle", [each.handle for each in EXTENSIONS])
def test_every_target_is_in_what_is_built(built: Path, handle: str) -> None:
    [extension] = [each for each in EXTENSIONS if each.handle == handle]

    script = (built / handle / "dist" / f"{handle}.js").read_text(encoding="utf-8")

    for target, _ in extension.modules:
        assert f'shopify.extend("{target}"' in script


@pytest.mark.parametrize("extension", EXTENSIONS, ids=lambda each: each.handle)
def test_the_source_is_typed_as_shopify_types_the_surface(extension: UiExtension) -> None:
    folder = extension.folder

    done = subprocess.run(
        ["node", str(ROOT / "node_modules/typescript/bin/tsc"), "--noEmit", "-p", str(folder / "tsconfig.json")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_shopifys_tester_agrees() -> None:
    done = subprocess.run(
        ["node", str(ROOT / "node_modules/vitest/vitest.mjs"), "run", "--config", "vitest.config.mjs"],
        cwd=ROOT / "extensions",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Tests\s+\d+ passed", re.sub(r"\x1b\[[0-9;]*m", "", done.stdout))


@pytest.mark.parametrize("extension", EXTENSIONS, ids=lambda each: each.handle)
def test_every_language_says_everything_with_the_same_places_for_figures(extension: UiExtension) -> None:
    folder = extension.folder / "locales"
    texts = {path.name.split(".")[0]: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}

    for language, found in texts.items():
        assert found.keys() == texts["en"].keys(), language
        for key, sentence in found.items():
            places = sorted(re.findall(r"{{\w+}}", sentence))
            assert places == sorted(re.findall(r"{{\w+}}", texts["en"][key])), (language, key)

    assert texts.keys() == LANGUAGES
