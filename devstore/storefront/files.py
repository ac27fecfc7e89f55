"""Small files as answers: read whole, with an ETag, so that browsers ask again cheaply and nothing stays open."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from flask import Response, abort, request
from werkzeug.security import safe_join


def file_answer(folder: Path, name: str) -> Response:
    """Answer with the file `name` below `folder`; 404 when it is not there or lies outside."""
    found = safe_join(str(folder), name)
    if found is None or not Path(found).is_file():
        abort(404)
    response = Response(Path(found).read_bytes(), mimetype=mimetypes.guess_type(found)[0] or "application/octet-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
