"""The pages under /_sandbox/ that tests, the demo and people use to look at a sandbox and to switch its faults.

GET, POST, DELETE faults      list, set (one object or a list of them), clear all
GET               state       what the vendor holds
GET, DELETE       requests    what was asked, secrets masked
POST              reset       back to the seed
POST              refuse      {"seconds": 5}: the port refuses connections for that long
POST              <name>      what the vendor adds (`Sandbox.controls`), given the JSON object that was posted
"""

import threading
from typing import TYPE_CHECKING

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request

from .replies import Reply

if TYPE_CHECKING:
    from .sandbox import Sandbox

PREFIX = "/_sandbox/"


def answer(sandbox: "Sandbox", request: Request) -> Reply:
    """200 with JSON; 404 for an unknown page, 422 with the reason for values that make no sense."""
    page = request.path.removeprefix(PREFIX).strip("/")
    try:
        result = _page(sandbox, page, request)
    except LookupError:
        return Reply.json({"error": f"no page {page!r} for {request.method}"}, 404)
    except (ValueError, TypeError, BadRequest) as error:
        return Reply.json({"error": str(error)}, 422)
    return Reply.json(result)


def _page(sandbox: "Sandbox", page: str, request: Request) -> object:
    match request.method, page:
        case "GET", "faults":
            return {"faults": sandbox.faults.as_json(), "known": sandbox.faults.known}
        case "POST", "faults":
            return {"faults": _set_faults(sandbox, request.get_json(force=True))}
        case "DELETE", "faults":
            sandbox.faults.clear()
            return {"faults": []}
        case "GET", "state":
            with sandbox.lock:
                return sandbox.show_state(request.args)
        case "GET", "requests":
            return {"requests": sandbox.log.as_json()}
        case "DELETE", "requests":
            sandbox.log.clear()
            return {"requests": []}
        case "POST", "reset":
            sandbox.reset()
            return {"reset": True}
        case "POST", "refuse":
            seconds = float(_object(request).get("seconds", 5))
            threading.Timer(0.05, sandbox.refuse, [seconds]).start()  # after this answer has gone out
            return {"refusing": seconds}
        case "POST", name:
            with sandbox.lock:
                result = sandbox.controls[name](_object(request))
            sandbox.changed()
            return result
    raise LookupError(page)


def _object(request: Request) -> dict:
    data = request.get_json(force=True) if request.data else {}
    if not isinstance(data, dict):
        raise ValueError("a JSON object is wanted")
    return data


def _set_faults(sandbox: "Sandbox", data: object) -> list[dict]:
    for switch in data if isinstance(data, list) else [data]:
        if not isinstance(switch, dict):
            raise ValueError("each fault is a JSON object")
        sandbox.faults.set(**switch)
    return sandbox.faults.as_json()
