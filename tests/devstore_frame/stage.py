"""What the tests play on: the admin of the shop "brew" with a small app on another site inside it."""

from dataclasses import dataclass, field
from typing import Any

import jwt
from flask import Flask, Response, redirect, request
from playwright.sync_api import Frame, Page

from devstore.config import Config
from devstore.world import World

NAV = """
<s-app-nav>
  <s-link href="/" rel="home">Home</s-link><s-link href="/members">Members</s-link><s-link href="/settings">Settings</s-link>
</s-app-nav>"""


@dataclass
class Site:
    """The app in the frame: pages by path, and everything it was asked."""

    pages: dict[str, str] = field(default_factory=dict)
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    refusals_left: int = 0
    origin: str = ""

    def clear(self) -> None:
        """Forget pages and requests; the address stays."""
        self.pages.clear()
        self.forms.clear()
        self.tokens.clear()
        self.refusals_left = 0


@dataclass
class Stage:
    """Where a test plays: the admin page of the shop "brew", the app's frame in it, and the app."""

    page: Page
    site: Site
    world: World
    port: int

    def open(self, path: str = "/") -> Frame:
        """Open the app at `path` in the admin; returns its frame once its elements stand."""
        self.page.goto(f"http://admin.localhost:{self.port}/store/brew/apps/regulars{path}")
        frame = self.page.frame(name="app-frame")
        assert frame is not None
        frame.wait_for_selector("s-page")
        frame.evaluate("shopify.ready")
        return frame

    def show(self, body: str) -> Frame:
        """Open a page of the app with this body."""
        self.site.pages["/"] = f"<s-page heading='Home'>{body}</s-page>"
        return self.open()


def make_app(site: Site, config: Config, cdn: str) -> Flask:
    """An app as Shopify wants one: documents need a good ID token in the address, fetches one in the Authorization header."""
    app = Flask("site")
    head = (
        f'<!doctype html><meta name="shopify-api-key" content="{config.client_id}">'
        f'<script src="{cdn}/app-bridge.js"></script><script src="{cdn}/polaris.js"></script>'
    )

    @app.get("/bounce")
    def bounce() -> str:
        return head

    @app.get("/api")
    def api() -> Any:
        site.tokens.append(request.headers.get("Authorization", ""))
        if site.refusals_left:
            site.refusals_left -= 1
            return Response("", 401, {"X-Shopify-Retry-Invalid-Session-Request": "1"})
        return {"ok": True}

    @app.post("/", defaults={"path": ""})
    @app.post("/<path:path>")
    def submit(path: str) -> Response:
        site.forms.append(request.form.to_dict(flat=False))
        return Response("<p>thanks</p>", content_type="text/html")

    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    def page(path: str) -> Any:
        try:
            options: Any = {"require": ["exp"]}
            jwt.decode(
                request.args.get("id_token", ""), config.client_secret, ["HS256"], options, audience=config.client_id
            )
        except jwt.InvalidTokenError:
            return redirect(f"/bounce?shopify-reload=/{path}")
        body = site.pages.get(f"/{path}", f"<s-page heading='{path.title() or 'Home'}'></s-page>")
        return head + NAV + body

    return app
