"""Trees of settings and prompt files, which many of sipXcom's services keep in the same way."""

from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.errors import Conflict, NotFound
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.params import Param, file
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import UPLOAD, as_text
from apps.vendors.sipxcom.operations.fields import API, SECRET_SETTING, record, segment, text, tree_path

SETTINGS = replies.rows("settings", required=("path",))
PROMPTS = replies.rows("files", required=("name",), size=replies.integer)
ALL = "list read set reset"
REFUSED_UPLOAD = (Conflict, "These files are there already, or could not be stored")
_VALUE = text("value", "An unknown path is answered like a known one: read the setting back.", required=True)


def settings(
    name: str,
    documented: str,
    *of: Param,
    area: str,
    source: str,
    acts: str = ALL,
    leaf: str = "",
    at: str = "",
    path: Param | None = None,
) -> list[Operation]:
    """Records of one tree of settings: list, read one (or a group), set one, set one back to its default.

    `documented` is the document's address; `leaf` what it writes below for one setting, "" if it leaves the path out;
    `at` the server's address where the document's differs.
    """
    base = at or (documented if documented.startswith(API) else API + documented)
    setting = path or tree_path()
    one = f"{base}/{{{setting.wire}}}"
    shared: dict[str, Any] = {"area": area, "source": source, "hidden": SECRET_SETTING}
    below = documented + leaf
    known = "read" if "read" in acts else "list"
    made = {
        "list": lambda: record(
            f"{name}.list", f"GET {documented}", f"List the settings ({source})", Effect.READ, *of,
            at=base, read=readers.settings, returns=SETTINGS, **shared,
        ),
        "read": lambda: record(
            f"{name}.read", f"GET {below}", f"Read a setting, or a group of them ({source})", Effect.READ, *of, setting,
            at=one, read=readers.settings, returns=SETTINGS, **shared,
        ),
        "set": lambda: record(
            f"{name}.set", f"PUT {below}", f"Set a setting ({source})", Effect.WRITE, *of, setting, _VALUE,
            at=one, body=as_text("value"), read=readers.nothing, repeatable=True, outcome_from=f"{name}.{known}", **shared,
        ),
        "reset": lambda: record(
            f"{name}.reset", f"DELETE {below}", f"Set a setting back to its default ({source})", Effect.DESTRUCTIVE, *of,
            setting, at=one, read=readers.nothing, outcome_from=f"{name}.{known}",
            refusals={"NullPointerException": (NotFound, "There is no such setting")}, **shared,
        ),
    }  # fmt: skip
    return [made[act]() for act in acts.split()]


def prompts(name: str, documented: str, *, area: str, source: str, remove: bool = False) -> list[Operation]:
    """Records of one store of sound files; a file that is there is not written over."""
    shared: dict[str, Any] = {"area": area, "source": source, "base": API}
    which = segment("prompt", wire="promptName", help="Name of the file.")
    found = [
        record(
            f"{name}.list", f"GET {documented}", f"List the sound files ({source})", Effect.READ, returns=PROMPTS, **shared
        ),
        record(
            f"{name}.add", f"POST {documented}", f"Add a sound file ({source})", Effect.WRITE,
            file("file", required=True, help="A name that is there already is refused."),
            body=UPLOAD, read=readers.nothing, outcome_from=f"{name}.list",
            refusals={500: REFUSED_UPLOAD}, **shared,
        ),
        record(
            f"{name}.fetch", f"GET {documented}/{{promptName}}", f"Download a sound file ({source})", Effect.READ, which,
            read=readers.download, returns=replies.file(), **shared,
        ),
        record(
            f"{name}.stream", f"GET {documented}/{{promptName}}/stream", f"Stream a sound file ({source})", Effect.READ,
            which, read=readers.download, returns=replies.file(), **shared,
        ),
    ]  # fmt: skip
    if remove:
        found.append(
            record(
                f"{name}.remove", f"DELETE {documented}/{{promptName}}", f"Delete a sound file ({source})",
                Effect.DESTRUCTIVE, which, read=readers.nothing, outcome_from=f"{name}.list", **shared,
            )
        )  # fmt: skip
    return found
