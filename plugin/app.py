"""create_app(): the one place where doors are wired."""

from __future__ import annotations

from flask import Flask, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from jobs import Bell, Tally
from plugin import admin, api, storefront
from plugin.db import DatabaseUnavailable
from plugin.services import shops
from plugin.services.perform import World
from plugin.settings import Settings
from plugin.storefront import extensions, sample, till, unsubscribe
from plugin.storefront.pace import Pace
from webhooks.door import BODY_MAX, Door
from webhooks.mount_flask import create_blueprint as create_webhooks


def create_app(world: World, settings: Settings, bell: Bell, door: Door | None = None) -> Flask:
    """The Flask application with every door. `door` is shared with the ASGI mount when there is one."""
    door = door or Door(settings, world.database, world.cipher, world.clock)
    app = Flask("regulars", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX
    app.register_blueprint(create_webhooks(world, door, bell))
    pace = Pace(settings.derived_key("pace"), Tally(settings.redis_url))
    app.register_blueprint(storefront.create_blueprint(world, settings, bell, pace=pace), url_prefix="/proxy")
    for blueprint, address in extensions.create_blueprints(world, settings, bell, pace=pace):
        app.register_blueprint(blueprint, url_prefix=address)
    app.register_blueprint(till.create_blueprint(world, settings, bell, pace=pace), url_prefix=till.ADDRESS)
    app.register_blueprint(unsubscribe.create_blueprint(world))
    app.register_blueprint(sample.create_blueprint(world, settings, bell), url_prefix=sample.ADDRESS)
    app.register_blueprint(api.create_blueprint(world, settings, bell), url_prefix="/api/v1")
    app.register_blueprint(admin.create_blueprint(world, settings, bell))
    app.extensions["regulars.read_again"] = door.read_again
    _add_probes(app, world, bell)
    return app


def _add_probes(app: Flask, world: World, bell: Bell) -> None:
    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(ok=True)

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        state = {"web": True, "database": world.database.is_alive(), "redis": bell.is_alive()}
        return jsonify(state), 200 if all(state.values()) else 503

    @app.get("/metrics")
    def metrics() -> ResponseReturnValue:
        waiting = _WaitingCollector(world)
        body = generate_latest(REGISTRY) + generate_latest(waiting)
        return Response(body, content_type=CONTENT_TYPE_LATEST)

    @app.errorhandler(DatabaseUnavailable)
    def unavailable(_: DatabaseUnavailable) -> ResponseReturnValue:
        return jsonify(
            error={"code": "unavailable", "message": "The database cannot be reached; try again in a moment."}
        ), 503


class _WaitingCollector(Collector):
    """What waits now, over all shops."""

    def __init__(self, world: World) -> None:
        self._world = world

    def collect(self) -> list[GaugeMetricFamily]:
        """Read when scraped."""
        now = self._world.clock()
        with self._world.database.transaction() as session:
            rows = shops.waiting_since(session, now=now)
        count = GaugeMetricFamily("regulars_shops_waiting", "Shops with work that is due, by kind", labels=["kind"])
        age = GaugeMetricFamily(
            "regulars_waiting_age_seconds", "Age of the oldest work that is due, by kind", labels=["kind"]
        )
        for kind, shops_waiting, since in rows:
            count.add_metric([kind], shops_waiting)
            age.add_metric([kind], max(0.0, (now - since).total_seconds()))
        return [count, age]
