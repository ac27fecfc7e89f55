"""The plain mount: a Flask route for tests and WSGI hosts; one commit a delivery."""

from __future__ import annotations

from flask import Blueprint, Response, request

from jobs import Bell
from plugin.db import DatabaseRefused, DatabaseUnavailable
from plugin.db.inbox import record
from plugin.services.perform import World
from webhooks.door import BODY_MAX, Door


def create_blueprint(world: World, door: Door, bell: Bell) -> Blueprint:
    """POST /webhooks."""
    blueprint = Blueprint("webhooks", __name__)

    @blueprint.post("/webhooks")
    def receive() -> Response:
        if (request.content_length or 0) > BODY_MAX:
            return Response(status=413)
        body = request.get_data(cache=True)
        try:
            answer = door.judge(request.headers, body)
            if answer.delivery is not None:
                try:
                    with world.database.transaction() as session:
                        record(session.raw, [answer.delivery])
                except DatabaseUnavailable:
                    raise
                except DatabaseRefused:
                    with world.database.transaction() as session:
                        record(session.raw, [door.unreadable(answer.delivery, body, "could not be stored")])
        except (DatabaseUnavailable, *DatabaseRefused):  # not even raw: the table refuses, not the delivery
            return Response(status=503)
        if answer.delivery is not None and answer.delivery.reason is None:
            bell.ring("inbox", answer.delivery.shop_id, answer.domain)
        return Response(status=answer.status)

    return blueprint
