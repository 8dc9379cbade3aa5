"""A wire between clients and a PostgreSQL server that can be cut at the worst moment.

It passes bytes on, and looks into them only for the end of a transaction.
"""

from __future__ import annotations

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Literal, Self

from sqlalchemy import URL

Cut = Literal["before commit", "after commit", "in a message", "before an answer"]

CHUNK = 1 << 16
_SOCKETS = "/var/run/postgresql"
_PORT = 5432

_COMMIT = re.compile(rb"\bCOMMIT\b", re.IGNORECASE)
_QUERY = b"Q"
_READY = b"Z\x00\x00\x00\x05"
_COMMITTED = b"COMMIT\x00"


@dataclass
class Wire:
    """Listens on a port of its own as long as the block lasts, for clients of a server."""

    server: URL
    port: int = 0
    fired: Event = field(default_factory=Event)
    _cut: Cut | None = None
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    def __enter__(self) -> Self:
        ready: Future[None] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._run(ready)))
        self._thread.start()
        ready.result()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join()

    def cut(self, where: Cut) -> None:
        """Cut the first connection that comes to such a place; `fired` is set once it was."""
        self.fired.clear()
        self._cut = where

    async def _run(self, ready: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        except OSError as error:
            ready.set_exception(error)
            return
        self.port = server.sockets[0].getsockname()[1]
        ready.set_result(None)
        await self._ending.wait()
        server.close()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            with suppress(OSError):
                await _Pair(self, reader, writer, *await self._connect()).pass_on()
        finally:
            writer.transport.abort()

    async def _connect(self) -> tuple[StreamReader, StreamWriter]:
        host = str(self.server.query.get("host", self.server.host or _SOCKETS))
        port = int(str(self.server.query.get("port", self.server.port or _PORT)))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    @property
    def url(self) -> str:
        """The URL of the same database, through the wire."""
        plain = self.server.set(host="127.0.0.1", port=self.port).difference_update_query(
            ["host", "port"]
        )
        through = plain.update_query_dict({"sslmode": "disable", "gssencmode": "disable"})
        return through.render_as_string(hide_password=False)

    def due(self, place: Cut) -> bool:
        """Whether this is the place to cut at; it will not be another time."""
        if self._cut != place:
            return False
        self._cut = None
        return True


@dataclass
class _Pair:
    """One connection of a client, and the one to the server that answers it."""

    wire: Wire
    client: StreamReader
    to_client: StreamWriter
    server: StreamReader
    to_server: StreamWriter
    held: bytearray | None = None
    awaiting: Cut | None = None

    async def pass_on(self) -> None:
        ways = [asyncio.create_task(way) for way in (self._ask(), self._answer())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self.to_server.transport.abort()
            self.to_client.transport.abort()

    async def _ask(self) -> None:
        """From the client to the server, until one of them is gone or the wire is cut."""
        with suppress(OSError):
            while message := await self.client.read(CHUNK):
                commits = _COMMIT.search(message) is not None
                if commits and self.wire.due("before commit"):
                    return self.wire.fired.set()
                if message.startswith(_QUERY) and self.wire.due("in a message"):
                    self.to_server.write(message[: len(message) // 2])
                    await self.to_server.drain()
                    return self.wire.fired.set()
                self._expect(message, commits=commits)
                self.to_server.write(message)
                await self.to_server.drain()
        return None

    def _expect(self, message: bytes, *, commits: bool) -> None:
        """Hold back the answer to a message, if this is the one to lose."""
        if self.held is None and commits and self.wire.due("after commit"):
            self.held, self.awaiting = bytearray(), "after commit"
        if self.held is None and message.startswith(_QUERY) and self.wire.due("before an answer"):
            self.held, self.awaiting = bytearray(), "before an answer"

    async def _answer(self) -> None:
        """From the server to the client, but for an answer that is to be lost."""
        with suppress(OSError):
            while message := await self.server.read(CHUNK):
                if self.held is not None:
                    self.held += message
                    if _READY not in self.held:
                        continue
                    if self.awaiting == "before an answer" or _COMMITTED in self.held:
                        return self.wire.fired.set()
                    message, self.held = bytes(self.held), None
                    self.wire.cut("after commit")
                self.to_client.write(message)
                await self.to_client.drain()
        return None
