"""A small threaded HTTP/1.1 server with keep-alive, whose replies may be broken on purpose.

Werkzeug's own server closes every connection after one reply; a vendor that is called a thousand times in a
row must not, so the socket work is `http.server`'s and Werkzeug reads the request.
"""

import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import IO, Any, cast
from urllib.parse import unquote

from werkzeug.serving import DechunkedInput
from werkzeug.wrappers import Request

from .replies import Reply

MAX_REQUEST = 64 * 1024 * 1024
Responder = Callable[[Request], Reply]


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, asks the sandbox, sends what it answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Server"

    def answer(self) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            Reply(b"Request too large", status=413, content_type="text/plain").send(self)
            return
        self.server.respond(Request(self._environ(body))).send(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = DechunkedInput(cast(IO[bytes], self.rfile)).read(MAX_REQUEST + 1)
            return body if len(body) <= MAX_REQUEST else None
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > MAX_REQUEST:
            return None
        return self.rfile.read(int(length)) if length != "0" else b""

    def _environ(self, body: bytes) -> dict:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": self.path,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": self.server.scheme,
        }
        for name, value in self.headers.items():
            environ.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        return environ

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: addresses may hold a vendor's key; the sandbox keeps its own masked log."""


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serves `respond` on host:port in threads until `stop`; port 0 takes a free one.

    Raises OSError when the port is taken.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, respond: Responder, *, tls: ssl.SSLContext | None = None) -> None:
        self.respond = respond
        self.scheme = "https" if tls else "http"
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((host, port), Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, then end every open connection."""
        self.shutdown()
        self.server_close()
        with self._guard:
            open_connections = list(self._connections)
        for connection in open_connections:
            self.hang_up(connection)

    @staticmethod
    def hang_up(connection: socket.socket) -> None:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other side was quicker

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no event; anything else is a fault of ours and is shown."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError, ssl.SSLError)):
            super().handle_error(request, client_address)
