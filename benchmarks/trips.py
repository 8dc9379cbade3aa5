"""Round trips, counted on the wire between a client and a PostgreSQL server."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from sqlalchemy import make_url

from benchmarks.by_hand import asking

CHUNK = 1 << 16


class Wire:
    """Passes on what a client and a server say; each answer to something said is a trip.

    `url` is that of the database on this wire. One client at a time.
    """

    def __init__(self, database: str, listening: socket.socket) -> None:
        self.trips = 0
        self._listening = listening
        host, port = listening.getsockname()
        url = make_url(database)
        self.url = url.set(host=host, port=port, query={}).render_as_string(hide_password=False)
        with asking(database) as cursor:
            self._host, self._port = cursor.connection.info.host, cursor.connection.info.port

    def serve(self) -> None:
        """Serve one client after another until nobody listens any more."""
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                with client, self._connected() as server:
                    self._pass_on(client, server)

    def _connected(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._host}/.s.PGSQL.{self._port}")
        return server

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        asked = False
        while True:
            for ready in select.select([client, server], [], [])[0]:
                message = ready.recv(CHUNK)
                if not message:
                    return
                if ready is client:
                    server.sendall(message)
                else:
                    self.trips += asked
                    client.sendall(message)
                asked = ready is client


@contextmanager
def wire(database: str) -> Iterator[Wire]:
    """A wire to the database of a URL, as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        passing = Wire(database, listening)
        thread = Thread(target=passing.serve)
        thread.start()
        yield passing
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()
