"""`make deploy`: what Shopify is told of the app comes from one place, the .env file, and nothing is deployed with a placeholder in it.

Writes client_id, application_url and redirect_urls into shopify.app.toml, checks the file, and runs Shopify's CLI, which takes
APP_URL for the UI extensions from the same .env.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tools import check_toml

ROOT = Path(__file__).resolve().parents[1]
PLACEHOLDERS = ("example.com", "example.org", "localhost", "127.0.0.1", "trycloudflare.com")


class NotReady(Exception):
    """Something is missing or still a placeholder; the message says what to put where."""


def read_settings(text: str) -> dict[str, str]:
    """NAME=value lines of a .env file; comments and empty values are left out."""
    found = re.findall(r"^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*?)\s*$", text, re.MULTILINE)
    return {name: value.strip("'\"") for name, value in found if value.strip("'\"")}


def told(toml: str, settings: Mapping[str, str]) -> str:
    """shopify.app.toml with the app's id and address in it. Raises NotReady."""
    url, client_id = settings.get("APP_URL", "").rstrip("/"), settings.get("SHOPIFY_API_KEY", "")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.path:
        raise NotReady(
            "APP_URL in .env must be where Shopify reaches the app: https:// and the host, nothing behind it."
        )
    if any(parts.hostname == name or parts.hostname.endswith(f".{name}") for name in PLACEHOLDERS):
        raise NotReady(f"APP_URL in .env is {url}, which is a placeholder: put the address of your server there.")
    if not re.fullmatch(r"[0-9a-f]{32}", client_id):
        raise NotReady(
            "SHOPIFY_API_KEY in .env must be the client ID of your app: 32 hexadecimal digits, in the Dev Dashboard."
        )
    for field, value in (("client_id", client_id), ("application_url", url)):
        toml = re.sub(rf'^{field} = ".*"$', f'{field} = "{value}"', toml, count=1, flags=re.MULTILINE)
    return re.sub(r"^redirect_urls = \[.*\]$", f'redirect_urls = ["{url}/"]', toml, count=1, flags=re.MULTILINE)


def _settings(env: Path) -> dict[str, str]:
    if not env.is_file():
        raise NotReady("There is no .env: copy .env.example and fill it in (docs/install.md, step 4).")
    return read_settings(env.read_text(encoding="utf-8"))


def main() -> int:
    """0 when Shopify's CLI has deployed."""
    toml = ROOT / "shopify.app.toml"
    try:
        settings = _settings(ROOT / ".env")
        toml.write_text(told(toml.read_text(encoding="utf-8"), settings), encoding="utf-8")
    except NotReady as reason:
        print(reason, file=sys.stderr)
        return 1
    if problems := check_toml.main([str(toml)]):
        return problems
    return subprocess.run(["npx", "shopify", "app", "deploy"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
