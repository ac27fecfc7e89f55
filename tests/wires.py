"""A wire that can be cut: a Unix socket in front of a real server's own, so that "the server is down" needs no server to stop."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

POSTGRES_SOCKET = ".s.PGSQL.5432"


class Wire:
    """Hands bytes on between `path` and `target` (both Unix sockets) until it is cut."""

    def __init__(self, path: Path, target: Path) -> None:
        self._path = path
        self._target = target
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()

    def mend(self) -> None:
        """Take connections from now on."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """End every connection; nobody listens any more."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        self._path.unlink()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        with self._lock:
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(self._target))
            with self._lock:
                self._open |= {near, far}
            pumps = [threading.Thread(target=self._pump, args=pair, daemon=True) for pair in ((near, far), (far, near))]
            threading.Thread(target=self._serve, args=(pumps, near, far), daemon=True).start()

    def _serve(self, pumps: list[threading.Thread], *ends: socket.socket) -> None:
        for pump in pumps:
            pump.start()
        for pump in pumps:
            pump.join()
        with self._lock:
            self._open -= set(ends)
        for end in ends:
            end.close()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def wired(database_url: str) -> Iterator[tuple[str, Wire]]:
    """A URL that leads to the same PostgreSQL over a wire, and the wire."""
    known = conninfo_to_dict(database_url)
    with tempfile.TemporaryDirectory(prefix="rgw") as folder:
        wire = Wire(Path(folder) / POSTGRES_SOCKET, Path(str(known["host"])) / POSTGRES_SOCKET)
        wire.mend()
        try:
            yield f"postgresql://{known['user']}@/{known['dbname']}?host={quote(folder, safe='')}", wire
        finally:
            wire.cut()
