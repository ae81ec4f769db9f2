"""A real HTTP server that answers what a test tells it to, and keeps the requests it got."""

import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

Answer = Callable[[Request], Response]


@dataclass
class Seen:
    """A request as it arrived: path; query, form and JSON fields as they stand, uploads by field, raw body otherwise.

    `target` is path and query undecoded; `basic` user and password of an Authorization header.
    """

    method: str
    path: str
    fields: dict[str, Any]
    files: dict[str, tuple[str, bytes]]
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    target: str = ""
    basic: tuple[str, str] | None = None


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # quiet
        pass


class ReplyServer:
    """Answers each request with the next scripted answer; the last one stays."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._answers: deque[Answer] = deque()
        self._server = make_server("127.0.0.1", 0, self._app, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, *answers: Answer) -> None:
        """Script what comes next, and forget what was seen."""
        self.seen.clear()
        self._answers = deque(answers)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _app(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        body = request.get_data(cache=True, parse_form_data=False) if not request.mimetype.startswith("multipart/") else b""
        self.seen.append(
            Seen(
                request.method,
                request.path,
                {**_fields(request.args), **_fields(request.form), **_json_fields(request)},
                {name: (upload.filename or "", upload.read()) for name, upload in request.files.items()},
                body,
                dict(request.headers),
                environ.get("REQUEST_URI", ""),
                _basic(request),
            )
        )
        answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
        return answer(request)(environ, start_response)


def _basic(request: Request) -> tuple[str, str] | None:
    found = request.authorization
    return (found.username or "", found.password or "") if found is not None and found.type == "basic" else None


def _json_fields(request: Request) -> dict[str, Any]:
    """The fields of a JSON object that was posted."""
    data = request.get_json(silent=True) if request.is_json else None
    return data if isinstance(data, dict) else {}


def _fields(given: MultiDict[str, str]) -> dict[str, Any]:
    """Fields by name; one that came several times as the list of its values."""
    return {name: found[0] if len(found) == 1 else found for name, found in given.to_dict(flat=False).items()}


def says(body: str | bytes, *, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    """Answer with this body."""
    return lambda _: Response(
        body, status=status, content_type=kind, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


def hangs(seconds: float) -> Answer:
    """Take the request and say nothing for a while."""

    def answer(request: Request) -> Response:
        time.sleep(seconds)
        return Response("{}", content_type="application/json")

    return answer


def drops(request: Request) -> Response:
    """Take the request, then reset the connection."""
    request.get_data()
    sock = request.environ["werkzeug.socket"]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.shutdown(socket.SHUT_RDWR)
    sock.close()
    return Response()


def breaks_off(body: str) -> Answer:
    """Promise a whole body and send half of it."""

    def answer(request: Request) -> Response:
        def half() -> Any:
            yield body[: len(body) // 2].encode()
            sock = request.environ["werkzeug.socket"]
            sock.shutdown(socket.SHUT_RDWR)

        return Response(half(), content_type="application/json", headers={"Content-Length": str(len(body))})

    return answer


def endless(request: Request) -> Response:
    """Send without end (well, a gigabyte)."""
    return Response((b" " * 65536 for _ in range(16384)), content_type="application/json")
