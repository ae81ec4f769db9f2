"""What MiRTA's records share: the form of a record, its kinds of parameters, its times."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from apps.vendors.core import params, replies, values
from apps.vendors.core.operation import Checked, Effect, Operation, Rule
from apps.vendors.core.params import Param
from apps.vendors.core.replies import Reading, Shape
from apps.vendors.mirta import decode as forms
from apps.vendors.mirta.codec import Wire

# The PBX hands out what its tables hold: SIP secrets, password hashes, second factors, PINs, passwords of mail servers.
SECRETS = (
    "*password*", "*passwd*", "*secret*", "*2fa*", "*token*", "pin", "*_pin", "*lockpin", "*adminpin", "*pincode", "*apikey",
    "*api_key",
)  # fmt: skip
ROWS = replies.rows(secrets=SECRETS)
ONE = replies.obj(secrets=SECRETS)
TREE = replies.value(secrets=SECRETS)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SELECTOR = {"INFO": "info", "PHONEBOOK": "subreqtype", "PHONEBOOKS": "subreqtype"}
_WHOLE_WORD = {"SETTING": str.upper}
# What clients and captures of real systems show; all others are known from the document alone.
_SEEN = frozenset({
    "CHANSIPPEERS", "BLFS", "FLOWS", "CHANNELS", "CDR get", "DIAL", "VOICEMAIL list", "VOICEMAIL messages",
    "RESPONSEPATH getlast", "MANAGEDB did list", "MANAGEDB did add", "MANAGEDB did update", "MANAGEDB destination replace",
    *(f"INFO {name}" for name in (
        "queues", "queue", "agents", "recording", "dids", "extensions", "config", "cdrs", "simplecdrs", "queuelogs", "balance",
    )),
})  # fmt: skip


def record(
    name: str,
    documented: str,
    title: str,
    effect: Effect,
    *parameters: Param,
    area: str,
    decode: Callable[[str], Any] | None = forms.written,
    returns: Shape = ONE,
    form: str = "json",
    fresh: bool = False,
    posted: bool = False,
    hidden: bool = False,
    **options: Any,
) -> Operation:
    """Declare an operation by its documented name, whose words select it: `MANAGEDB did add`, `INFO queues`, `DND get`."""
    reqtype, *words = documented.split()
    return Operation(
        name=name,
        title=title,
        area=area,
        effect=effect,
        wire=Wire(documented, _selectors(reqtype, words), decode, form, fresh, posted, hidden=hidden),
        returns=returns,
        source=f"mirta: {reqtype}{f', object {words[0]}' if reqtype == 'MANAGEDB' else ''}",
        documented_as=(documented,),
        params=parameters,
        checked=Checked.FIELD if documented in _SEEN else Checked.DOCUMENT,
        **options,
    )


def _selectors(reqtype: str, words: list[str]) -> dict[str, str]:
    selectors = {"reqtype": reqtype}
    if reqtype == "MANAGEDB":
        selectors |= {"object": words[0], "action": words[1]}
    elif words:
        selectors[_SELECTOR.get(reqtype, "action")] = _WHOLE_WORD.get(reqtype, str)(words[0])
    return selectors


def read(name: str, documented: str, title: str, *parameters: Param, **options: Any) -> Operation:
    """A read of one thing, unless `decode` and `returns` say otherwise; settled writes by-pass the cache."""
    options.setdefault("decode", forms.one)
    return record(name, documented, title, Effect.READ, *parameters, **options)


def listing(name: str, documented: str, title: str, *parameters: Param, **options: Any) -> Operation:
    """A read of rows."""
    options.setdefault("decode", forms.rows)
    options.setdefault("returns", ROWS)
    return record(name, documented, title, Effect.READ, *parameters, **options)


def told(name: str, documented: str, title: str, *parameters: Param, **options: Any) -> Operation:
    """A read whose answer the document does not describe: JSON or text, as it comes."""
    options.setdefault("decode", forms.anything)
    options.setdefault("returns", TREE)
    return record(name, documented, title, Effect.READ, *parameters, **options)


def fetched(name: str, documented: str, title: str, *parameters: Param, **options: Any) -> Operation:
    """A read that answers with a file."""
    return record(
        name, documented, title, Effect.READ, *parameters,
        decode=None, returns=replies.file(), form="", timeout=60, max_bytes=64 * 1024 * 1024, **options,
    )  # fmt: skip


def write(name: str, documented: str, title: str, *parameters: Param, **options: Any) -> Operation:
    return record(name, documented, title, Effect.WRITE, *parameters, **options)


def destroy(name: str, documented: str, title: str, *parameters: Param, **options: Any) -> Operation:
    return record(name, documented, title, Effect.DESTRUCTIVE, *parameters, **options)


# Parameters.


def text(name: str, help: str = "", **options: Any) -> Param:
    return params.text(name, help=help, **options)


def tenant(*, required: bool = True, wildcard: bool = False, help: str = "", customer: bool = True) -> Param:
    """The tenant by its code. Where the PBX would take all of them, or guess, we insist on it."""
    pattern = r"[A-Za-z0-9_.\-]{1,40}" + (r"|%" if wildcard else "")
    every = " % for all, with the admin key." if wildcard else ""
    return params.text(
        "tenant", pattern=pattern, hint=f"give a tenant code{' or %' if wildcard else ''}", required=required,
        help=help or f"Code of the tenant.{every}", customer=customer,
    )  # fmt: skip


def any_tenant() -> Param:
    """For calls about the whole system, which may be narrowed."""
    return tenant(required=False, help="Code of the tenant; with the admin key, all of them when left out.")


def objectid(help: str = "", **options: Any) -> Param:
    """The id of a row, as the PBX's database has it."""
    options.setdefault("required", True)
    return identifier("id", wire="objectid", help=help, **options)


def identifier(name: str, help: str = "", **options: Any) -> Param:
    return params.text(name, pattern=r"\d{1,20}", hint="give the PBX's id: digits only", help=help, **options)


def reference(name: str = "id", help: str = "Unique id of the call, or the id that dialling gave.", **options: Any) -> Param:
    """A call's unique id (node-seconds.sequence) or an originate id: without one the PBX does not answer at all."""
    options.setdefault("required", True)
    return params.text(
        name, pattern=r"[A-Za-z0-9_.:\-]{1,80}", hint="give an id: letters, digits, dash and dot", help=help, **options
    )


def number(name: str = "number", help: str = "", **options: Any) -> Param:
    return params.text(
        name, pattern=r"[0-9*#+]{1,40}", hint="give a number: digits, * and #", help=help, **options
    )  # fmt: skip


def peer(name: str = "extension", help: str = "Number, or number-TENANT.", **options: Any) -> Param:
    """An extension by its number or by its peer name."""
    return params.text(
        name, pattern=r"[A-Za-z0-9_.*#@+\-]{1,80}", hint="give a number or a name like 103-TENANT", help=help, **options
    )


def words(name: str, choices: str, help: str = "", **options: Any) -> Param:
    """A choice among bare words, parted by | in `choices`."""
    return params.choice(name, {choice: choice for choice in choices.split("|")}, help=help, **options)


def flag(name: str, help: str = "", *, true: str = "yes", false: str = "no", **options: Any) -> Param:
    return params.boolean(name, true=true, false=false, help=help, **options)


def when(name: str, help: str, *, last: bool = False) -> Param:
    """A day or a moment, for a range. A bare `end` day is its midnight at the PBX: a day is added, so that it is whole."""

    def clean(value: Any) -> date | datetime:
        if isinstance(value, date):
            return value
        given = str(value).strip()
        if _DAY.fullmatch(given):
            return values.to_day(given)
        try:
            return datetime.fromisoformat(given)
        except ValueError:
            raise ValueError("give a day, like 2026-03-31, or a day and a time, like 2026-03-31 14:30:00") from None

    def encode(value: Any) -> date | datetime:
        return value + timedelta(days=1) if last and not isinstance(value, datetime) else value

    zone = "A time without an offset is the PBX's own, not UTC."
    return Param(name, "datetime", clean, encode=encode, help=f"{help} {zone}")


def period() -> tuple[Param, Param]:
    return when("start", "First day or moment; today when left out."), when("end", "Last day or moment.", last=True)


def in_period(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
    """`start` may not lie after `end`, where the two can be compared."""
    low, high = cleaned.get("start"), cleaned.get("end")
    if low is None or high is None:
        return {}
    if not isinstance(low, datetime) or not isinstance(high, datetime):
        wrong = _day_of(low) > _day_of(high)
    else:
        wrong = (low.tzinfo is None) == (high.tzinfo is None) and low > high
    return {"end": "must not lie before start"} if wrong else {}


def _day_of(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


PERIOD: tuple[Rule, ...] = (in_period,)


def columns(
    *known: Param, wire: str = "jsondata", many: bool = False, adding: bool = False, open_help: str = ""
) -> Param:  # fmt: skip
    """Columns and their values, given as an object or as JSON; with `many`, also a list of such objects.

    `known` columns are checked, and required ones demanded when `adding`; other names are passed on as they are: the PBX has
    more columns than its document names.
    """
    by_name = {param.name: param for param in known}

    def clean_one(given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping) or not given:
            raise ValueError('give columns and their values, like {"name": "value"}')
        faults, cleaned = [], {}
        for name, value in given.items():
            try:
                cleaned[str(name)] = _column(str(name), value, by_name)
            except ValueError as error:
                faults.append(f"{name}: {error}")
        if adding:
            faults += [f"{param.name}: is required" for param in known if param.required and not cleaned.get(param.name)]
        if faults:
            raise ValueError("; ".join(faults))
        return cleaned

    def clean(value: Any) -> Any:
        found = _from_json(value)
        if many and isinstance(found, list):
            return [clean_one(item) for item in found]
        return clean_one(found)

    return Param(
        wire, "json", clean, encode=lambda value: json.dumps(value, ensure_ascii=False), required=True,
        help=_columns_help(known, adding, open_help),
    )  # fmt: skip


def _column(name: str, value: Any, known: Mapping[str, Param]) -> Any:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name):
        raise ValueError("no name of a column")
    if isinstance(value, (Mapping, list)):
        raise ValueError("give one value")
    if value is None or value == "" or name not in known:
        return value
    param = known[name]
    return param.encoded(param.cleaned(value))


def _columns_help(known: tuple[Param, ...], adding: bool, open_help: str) -> str:
    if not known:
        return f"A JSON object of columns and values. {open_help}".strip()
    listed = ", ".join(f"{param.name}{' (required)' if adding and param.required else ''}" for param in known)
    return f"A JSON object of columns and values. Known: {listed}. Others are passed on unchecked. {open_help}".strip()


def tag_list(help: str) -> Param:
    """Destinations in their order, as tags `TYPE-ID` (ids of the database, not dialled numbers)."""

    def clean(value: Any) -> list[str]:
        found = _from_json(value) if not isinstance(value, str) or value.lstrip().startswith("[") else value.split(",")
        if not isinstance(found, list):
            raise ValueError('give tags, like ["EXT-12", "VOICEMAIL-7"]')
        tags = [str(tag).strip().upper() for tag in found if str(tag).strip()]
        wrong = [tag for tag in tags if not re.fullmatch(r"[A-Z_]+(?:-[A-Z0-9_.]+)+", tag)]
        if wrong or not tags:
            raise ValueError(f"{', '.join(wrong[:5]) or 'nothing given'}: a tag is TYPE-ID, like EXT-12")
        return tags

    return Param("jsondata", "json", clean, encode=json.dumps, required=True, help=help)


def _from_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError('give JSON, like {"name": "value"}') from None


# Reply fields.


def moment(value: Any, reading: Reading) -> datetime | None:
    """A time in the PBX's zone; the database's empty date is none."""
    given = str(value or "").strip()
    return values.to_moment(given, reading.zone) if given and not given.startswith("0000-00-00") else None
