"""The environment becomes one frozen Settings, or the app does not start.

`load` looks at everything before it complains, so that an operator reads all problems at once. In development whatever
is missing gets a default, and secrets are made once and kept under REGULARS_HOME; production makes nothing up. Every
variable is described in docs/settings.md, which a test holds complete.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VARIABLES = (
    "DATABASE_URL",
    "DATABASE_ADMIN_URL",
    "REDIS_URL",
    "REGULARS_HOME",
    "REGULARS_ENV",
    "REGULARS_CLOCK_FILE",
    "SHOPIFY_API_KEY",
    "SHOPIFY_API_SECRET",
    "SHOPIFY_OLD_API_SECRET",
    "APP_URL",
    "HOST",
    "PORT",
    "ENCRYPTION_KEYS",
    "SHOPIFY_ORIGIN",
    "SHOPIFY_CDN",
    "SMTP_URL",
    "MAIL_FROM",
)

DEFAULT_HOME = ".regulars"
DEFAULT_PORT = 8080
SHOPIFY_CDN = "https://cdn.shopify.com"
KEY_BYTES = 32
SECRET_LENGTH_MIN = 32
DISTINCT_CHARACTERS_MIN = 8

Environment = Literal["production", "development"]


class SettingsError(Exception):
    """The environment is not good enough to start with; `problems` holds one sentence for each thing to put right."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """One 256-bit key; `kid` (up to 16 characters) is stored beside whatever the key encrypted."""

    kid: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides. Secrets stay out of its repr."""

    environment: Environment
    home: Path
    port: int
    app_url: str
    """Where browsers and Shopify reach the app: scheme and host, no trailing slash."""

    shopify_api_key: str
    shopify_api_secret: str = field(repr=False)
    shopify_old_api_secret: str | None = field(repr=False)
    """The previous client secret while it is being rotated: it verifies, it never signs."""

    encryption_keys: tuple[EncryptionKey, ...] = field(repr=False)
    """Newest first: the first encrypts, all decrypt. The last is the root of `derived_key` and stays for ever."""

    database_url: str | None = field(repr=False)
    """None: the embedded PostgreSQL under `home`."""

    database_admin_url: str | None = field(repr=False)
    """What `migrate` connects with, when that is not `database_url`."""

    redis_url: str | None = field(repr=False)
    """None: the embedded Redis under `home`."""

    shopify_origin: str | None
    """Development only: a template with {shop}, standing for `https://{shop}`."""

    shopify_cdn: str

    smtp_url: str | None = field(default=None, repr=False)
    """Who carries mail: smtp://user:password@host:587 (STARTTLS where offered) or smtps://…; None: nobody, and nothing is sent."""

    mail_from: str | None = None
    """The address that mails come from."""

    @property
    def is_development(self) -> bool:
        """Whether defaults, the dev store and the stepped clock are allowed."""
        return self.environment == "development"

    def origin_for(self, domain: str) -> str:
        """Where the shop `domain` (such as `brew.myshopify.com`) answers, without a trailing slash.

        Raises ValueError for anything that is not a bare host name, so that a forged one can never lead elsewhere.
        """
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+", domain):
            raise ValueError(f"not a shop domain: {domain!r}")
        if self.shopify_origin is None:
            return f"https://{domain}"
        return self.shopify_origin.replace("{shop}", domain)

    def derived_key(self, label: str) -> bytes:
        """32 bytes for one purpose, named by `label`: stable for ever, and telling nothing of any other label's bytes.

        Derived from the oldest encryption key, because a code or a tombstone made from it must outlive a rotation.
        """
        root = self.encryption_keys[-1].key
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=b"regulars/1", info=label.encode()).derive(root)


def load(environ: Mapping[str, str]) -> Settings:
    """Read `environ`; raise SettingsError with every problem when it does not add up.

    In development, secrets that are missing are made and kept under REGULARS_HOME with mode 600.
    """
    values = {name: environ.get(name, "").strip() for name in VARIABLES}
    problems: list[str] = []

    environment = _environment(values, problems)
    settings = Settings(
        environment=environment,
        home=Path(values["REGULARS_HOME"] or DEFAULT_HOME).expanduser().absolute(),
        port=(port := _port(values["PORT"], problems)),
        app_url=_app_url(values, environment, port, problems),
        shopify_api_key=values["SHOPIFY_API_KEY"],
        shopify_api_secret=values["SHOPIFY_API_SECRET"],
        shopify_old_api_secret=values["SHOPIFY_OLD_API_SECRET"] or None,
        encryption_keys=_encryption_keys(values["ENCRYPTION_KEYS"], problems),
        database_url=_database_url("DATABASE_URL", values["DATABASE_URL"], problems),
        database_admin_url=_database_url("DATABASE_ADMIN_URL", values["DATABASE_ADMIN_URL"], problems),
        redis_url=_redis_url(values["REDIS_URL"], problems),
        shopify_origin=_origin(values["SHOPIFY_ORIGIN"], problems),
        shopify_cdn=values["SHOPIFY_CDN"].rstrip("/") or SHOPIFY_CDN,
        smtp_url=_smtp_url(values, problems),
        mail_from=values["MAIL_FROM"] or None,
    )
    if settings.database_admin_url and not settings.database_url:
        problems.append("DATABASE_ADMIN_URL is set without DATABASE_URL: set both, or neither.")
    if environment == "production":
        problems.extend(_missing_in_production(values))
        problems.extend(_forbidden_in_production(values, settings))

    if problems:
        raise SettingsError(tuple(problems))
    return settings if environment == "production" else _with_development_secrets(settings)


def new_encryption_key() -> str:
    """A fresh entry for the front of ENCRYPTION_KEYS: `kid:base64`."""
    return f"{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def _environment(values: Mapping[str, str], problems: list[str]) -> Environment:
    named = values["REGULARS_ENV"]
    if named == "production":
        return "production"
    if named == "development":
        return "development"
    if named:
        problems.append(f"REGULARS_ENV is {named!r}: say production or development.")
    return "production" if values["DATABASE_URL"] else "development"


def _port(text: str, problems: list[str]) -> int:
    if not text:
        return DEFAULT_PORT
    if re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) < 65536:  # noqa: PLR2004 - the last TCP port
        return int(text)
    problems.append(f"PORT is {text!r}: give a number from 1 to 65535.")
    return DEFAULT_PORT


def _app_url(values: Mapping[str, str], environment: Environment, port: int, problems: list[str]) -> str:
    # Shopify CLI says HOST where it means the app's URL; some shells put the machine's bare name there.
    host = values["HOST"] if values["HOST"].startswith(("http://", "https://")) else ""
    url = (values["APP_URL"] or host).rstrip("/")
    if not url:
        return f"http://127.0.0.1:{port}"
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.username:
        problems.append(f"APP_URL is {url!r}: give scheme and host only, such as https://loyalty.example.com.")
    elif environment == "production" and parts.scheme != "https":
        problems.append("APP_URL must start with https:// in production: Shopify calls nothing else.")
    return url


def _smtp_url(values: Mapping[str, str], problems: list[str]) -> str | None:
    url = values["SMTP_URL"]
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        problems.append("SMTP_URL must look like smtp://user:password@mail.example.com:587 (or smtps://).")
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", values["MAIL_FROM"]):
        problems.append("MAIL_FROM is missing: mails need an address to come from, such as rewards@example.com.")
    return url


def _encryption_keys(text: str, problems: list[str]) -> tuple[EncryptionKey, ...]:
    keys: list[EncryptionKey] = []
    for number, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        kid, _, encoded = entry.partition(":")
        key = _decoded(encoded)
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,16}", kid) or key is None:
            # The entry itself is never repeated: it may be a real key with one character too many.
            problems.append(f"ENCRYPTION_KEYS entry {number} is not id:key with a key of 32 bytes in base64.")
        elif kid in {known.kid for known in keys}:
            problems.append(f"ENCRYPTION_KEYS names the key id {kid!r} twice.")
        else:
            keys.append(EncryptionKey(kid, key))
    return tuple(keys)


def _decoded(encoded: str) -> bytes | None:
    try:
        key = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def _database_url(name: str, url: str, problems: list[str]) -> str | None:
    if not url:
        return None
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        problems.append(f"{name} does not start with postgresql://: Regulars needs PostgreSQL 15 or later.")
    return f"postgresql://{rest}"


def _redis_url(url: str, problems: list[str]) -> str | None:
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        problems.append("REDIS_URL does not start with redis://, rediss:// or unix://.")
    return url or None


def _origin(template: str, problems: list[str]) -> str | None:
    if template and ("{shop}" not in template or not template.startswith(("http://", "https://"))):
        problems.append("SHOPIFY_ORIGIN must be a template with {shop}, such as http://127.0.0.1:9999/{shop}.")
    return template.rstrip("/") or None


def _missing_in_production(values: Mapping[str, str]) -> list[str]:
    reasons = {
        "DATABASE_URL": "the ledger needs a database that is backed up",
        "REDIS_URL": "web and worker ring each other through it",
        "SHOPIFY_API_KEY": "it is the client ID in the Dev Dashboard",
        "SHOPIFY_API_SECRET": "it is the client secret in the Dev Dashboard",
        "ENCRYPTION_KEYS": "tokens are stored encrypted; an entry is a name, a colon, and what `openssl rand -base64 32` prints",
    }
    problems = [f"{name} is missing: {reason}." for name, reason in reasons.items() if not values[name]]
    if not values["APP_URL"] and not values["HOST"].startswith("https://"):
        problems.append("APP_URL is missing: it is where Shopify and browsers reach the app.")
    return problems


def _forbidden_in_production(values: Mapping[str, str], settings: Settings) -> list[str]:
    problems = [
        f"{name} is for development only: unset it, or set REGULARS_ENV=development."
        for name in ("SHOPIFY_ORIGIN", "SHOPIFY_CDN", "REGULARS_CLOCK_FILE")
        if values[name]
    ]
    problems.extend(
        f"{name} is too short or too simple to be Shopify's: copy it from the Dev Dashboard."
        for name in ("SHOPIFY_API_SECRET", "SHOPIFY_OLD_API_SECRET")
        if values[name] and _is_guessable(values[name])
    )
    problems.extend(
        f"ENCRYPTION_KEYS: the key {key.kid!r} is not random; `openssl rand -base64 32` prints one that is."
        for key in settings.encryption_keys
        if len(set(key.key)) < DISTINCT_CHARACTERS_MIN or key.key.isascii()
    )
    return problems


def _is_guessable(secret: str) -> bool:
    bare = secret.removeprefix("shpss_")
    return len(bare) < SECRET_LENGTH_MIN or len(set(bare)) < DISTINCT_CHARACTERS_MIN or "secret" in bare.lower()


def _with_development_secrets(settings: Settings) -> Settings:
    secret = settings.shopify_api_secret or _kept(settings.home / "shopify_api_secret", fresh=secrets.token_hex(32))
    keys = settings.encryption_keys or _encryption_keys(
        _kept(settings.home / "encryption_keys", fresh=new_encryption_key()), []
    )
    return replace(
        settings,
        shopify_api_key=settings.shopify_api_key or "regulars-development",
        shopify_api_secret=secret,
        encryption_keys=keys,
    )


def _kept(path: Path, *, fresh: str) -> str:
    """What `path` holds; when there is nothing yet, `fresh`, which every process from now on agrees on."""
    path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(fresh, encoding="ascii")
        with contextlib.suppress(FileExistsError):  # another process was first, and its secret counts
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
