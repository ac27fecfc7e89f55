"""The version most people write: Flask checks the signature and enqueues one RQ job for each order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from flask import Flask, Response, request
from redis import Redis
from rq import Queue

app = Flask(__name__)
queue = Queue("naive", connection=Redis.from_url(os.environ["REDIS_URL"]))
secret = os.environ["SHOPIFY_API_SECRET"].encode()


@app.post("/webhooks")
def receive() -> Response:
    """Verify, enqueue the whole order, 200."""
    body = request.get_data()
    digest = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest())
    if not hmac.compare_digest(digest, request.headers.get("X-Shopify-Hmac-Sha256", "").encode()):
        return Response(status=401)
    queue.enqueue("order_job.award", request.headers["X-Shopify-Shop-Domain"], request.get_json(), result_ttl=0)
    return Response(status=200)


@app.get("/healthz")
def healthz() -> Response:
    """Up."""
    return Response(status=200)
