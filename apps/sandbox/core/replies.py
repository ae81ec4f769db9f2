"""Replies as they go onto the wire: whole ones, and the kinds that real systems break."""

import json
import os
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import responses
from http.server import BaseHTTPRequestHandler

JSON = "application/json"
HTML = "text/html; charset=utf-8"


@dataclass
class Reply:
    """A whole reply. `send` writes head and body in one go, so that a small reply is one packet.

    `reason` are the words beside the status, where they differ from the usual ones.
    """

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    @classmethod
    def json(cls, data: object, status: int = 200, **headers: str) -> "Reply":
        return cls(json.dumps(data).encode(), status, JSON, headers)

    def head(self, handler: BaseHTTPRequestHandler, **more: str) -> bytes:
        reason = self.reason or responses.get(self.status, "Unknown")
        lines = [f"HTTP/1.1 {self.status} {reason}", "Server: nginx", f"Date: {handler.date_time_string()}"]
        lines.append(f"Content-Type: {self.content_type}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in {**self.headers, **more}.items()]
        if handler.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        head = self.head(handler, Content_Length=str(len(self.body)))
        handler.wfile.write(head if handler.command == "HEAD" else head + self.body)


@dataclass
class Dropped(Reply):
    """No reply at all: the connection ends, in order or, with `reset`, with a TCP RST."""

    reset: bool = False

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        if self.reset:
            # Closed with a linger of zero seconds a socket sends RST; detached, nobody says goodbye politely first.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(handler.connection.detach())


@dataclass
class Truncated(Reply):
    """The head promises the whole body, half of it comes, the connection ends."""

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        head = self.head(handler, Content_Length=str(len(self.body)))
        handler.wfile.write(head + self.body[: len(self.body) // 2])


@dataclass
class Dripping(Reply):
    """The whole body, in `pieces` with `pause` seconds before each: alive, but slow."""

    pause: float = 0.5
    pieces: int = 10

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(self.head(handler, Content_Length=str(len(self.body))))
        size = -(-len(self.body) // self.pieces) or 1
        for start in range(0, len(self.body), size):
            time.sleep(self.pause)
            handler.wfile.write(self.body[start : start + size])


@dataclass
class Endless(Reply):
    """A chunked JSON list that never ends: stops when the client hangs up or `stopping` says so."""

    stopping: Callable[[], bool] = lambda: False

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(self.head(handler, Transfer_Encoding="chunked"))
        self._chunk(handler, b'{"status": "200", "data": [')
        while not self.stopping():
            self._chunk(handler, b'"XX",' * 4_000)
            time.sleep(0.002)

    @staticmethod
    def _chunk(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


def huge(size: int) -> Reply:
    """A well-formed JSON object of about `size` bytes."""
    return Reply(b'{"status": "200", "data": ["%s"]}' % (b"X" * size))
