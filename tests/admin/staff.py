"""A member of staff with App Bridge in the browser: opens documents with an ID token, and fetches with one."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import jwt
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes import StepClock

CLIENT_ID = "3b5d7f9a1c2e4f60718293a4b5c6d7e8"
SECRET = "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a91c05e2f74b4d6c8e3f0b1d2a5c7e94"


@dataclass(frozen=True)
class Staff:
    """Works in one shop's admin."""

    client: FlaskClient
    domain: str
    clock: StepClock

    def token(self, *, secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
        """An ID token of this shop's admin; `claims` replace some, and None leaves one out."""
        now = int(self.clock.now.timestamp())
        payload = {
            "iss": f"https://{self.domain}/admin",
            "dest": f"https://{self.domain}",
            "aud": CLIENT_ID,
            "sub": "70200300401",
            "exp": now + 60,
            "nbf": now,
            "iat": now,
            "jti": "6a1f8c5e-0001-4000-8000-000000000001",
            "sid": "4c1d2e3f-0001-4000-8000-000000000001",
        } | claims
        kept = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(kept, None if algorithm == "none" else secret, algorithm)  # type: ignore[arg-type]

    def open(self, path: str = "/", *, token: str | None = None, **query: str) -> TestResponse:
        """Load a document, as the admin does when the app is opened."""
        known = {"shop": self.domain, "host": "YWRtaW4", "embedded": "1", "id_token": token or self.token()}
        return self.client.get(path, query_string=known | query, headers={"Sec-Fetch-Dest": "iframe"})

    def fetch(self, path: str, *, token: str | None = None) -> TestResponse:
        """What a link does."""
        return self.client.get(path, headers=self._signed(token))

    def send(self, path: str, form: dict[str, Any], *, token: str | None = None) -> TestResponse:
        """What a form does."""
        return self.client.post(path, data=form, headers=self._signed(token))

    def form(self, path: str, form_id: str) -> dict[str, str]:
        """The fields of a page's form as they stand there."""
        page = self.fetch(path).text
        found = re.search(rf'<form id="{form_id}".*?</form>', page, re.DOTALL)
        assert found is not None, f"no form {form_id} at {path}"
        return fields_of(found[0])

    def _signed(self, token: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {token or self.token()}", "Sec-Fetch-Dest": "empty"}


def fields_of(markup: str) -> dict[str, str]:
    """Names and values that FormData would find, unchecked boxes left out."""
    fields = {}
    for tag in re.findall(r"<(?:s-[a-z-]+|input)\b[^>]*\bname=[^>]*>", markup):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if tag.startswith("<s-checkbox") and not re.search(r"\schecked[\s>]", tag):
            continue
        fields[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return fields


def error_at(page: str, name: str) -> str:
    """The words that stand as an error at a field; "" when it has none."""
    tag = re.search(rf'<s-[a-z-]+ name="{re.escape(name)}"[^>]*>', page)
    assert tag is not None, f"no field {name}"
    found = re.search(r'\berror="([^"]*)"', tag[0])
    return html.unescape(found[1]) if found else ""
