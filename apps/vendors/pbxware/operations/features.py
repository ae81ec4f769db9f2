"""Enhanced services of an extension: 25 of them, each with set, get, set_osc and get_osc, half of them with settings."""

from dataclasses import dataclass
from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.operation import Effect, Operation, Rule, equal_length
from apps.vendors.core.params import Param
from apps.vendors.pbxware import decode
from apps.vendors.pbxware.operations.fields import (
    choices,
    count,
    flag,
    identifier,
    items,
    numbered,
    numbers,
    paired,
    record,
    server,
    text,
    words,
)

_DIAL_OPTIONS = "Dial options, like tTr."


@dataclass(frozen=True)
class Service:
    """A service: its name at the vendor, its title and, where it has settings, what they are made of."""

    key: str
    title: str
    settings: tuple[Param, ...] | None = None
    rules: tuple[Rule, ...] = ()


def _flags(name: str, **options: Any) -> Param:
    return items(name, pattern="[01]", hint="give 0 or 1", help="0 or 1 for each, parted by commas.", **options)


def _seconds(name: str, **options: Any) -> Param:
    return items(name, pattern=r"\d{1,5}", hint="give seconds", help="Seconds for each, parted by commas.", **options)


def _last(*confirm: Param) -> tuple[Param, ...]:
    """Where a call ends that nobody took."""
    return text("dopts", _DIAL_OPTIONS), text("lastd", "Last destination."), flag("voicemail", "It is a mailbox."), *confirm


_FORWARDS = (("uncond", "unconditionally"), ("busy", "when busy"), ("noansw", "without an answer"), ("unavail", "unavailable"))
_FORWARD_WHEN = "unconditional|busy|no answer|line unavailable"
_ANONYMOUS_TO = "do_nothing|call forward|privacy manager|always busy|voicemail|not in service|ring tone"

SERVICES = (
    Service(
        "callerid", "Caller ID",
        (
            text("callerid", "System or network caller id.", required=True),
            items("trunks", separator=":", help="Without tenant mode: names of trunks, parted by colons."),
            items("tcallerids", help="Caller id for each trunk, parted by commas."),
            items("tprivacies", separator=":", pattern="[0-4]", hint="give 0 to 4",
                  help="0 anonymous, 1 anonymous_id, 2 anonymous_number, 3 anonymous_number_id, 4 none; parted by colons."),
            text("emergencycid", "Emergency caller id."),
            items("anums", help="Caller ids that are allowed, parted by commas."),
            items("alabels", help="Their labels."),
            items("acodes", help="Their short codes."),
        ),
        (*paired("trunks", "tcallerids"), *paired("anums", "alabels")),
    ),
    Service(
        "callfilters", "Call filters and blocking",
        (
            items("callers", required=True, help="Callers, parted by commas; the first must be anonymous."),
            choices("dtypes", f"{_ANONYMOUS_TO}|call forward number|no answer|busy", required=True),
            items("destinations", required=True, help="A number for each caller, empty where none is needed."),
        ),
        (
            equal_length("callers", "dtypes", "destinations"),
            lambda cleaned: {"callers": "must begin with anonymous"}
            if cleaned.get("callers", ["anonymous"])[0] != "anonymous" else {},
        ),
    ),
    Service(
        "callscreening", "Call screening",
        (
            numbers("destinations", required=True),
            _seconds("delays", required=True),
            _flags("suspends", required=True),
            count("recordlen", "Longest recording of the name, in seconds.", required=True),
            count("timeout", "Seconds."),
            text("dopts", _DIAL_OPTIONS),
            numbered("dtypes", 0, ("Simultaneous", "Sequential")),
            text("replacecid", "Replace the caller id."),
            text("preamble"),
            text("greeting"),
            count("pausebeforerec", "Seconds before recording."),
            text("greetingwithname", "Greeting with the name."),
            text("lastd", "Last destination."),
            flag("voicemail", "The last destination is a mailbox."),
        ),
        (equal_length("destinations", "delays", "suspends"),),
    ),
    Service(
        "dnd", "Do not disturb",
        (
            numbered("dnd", 0, ("Not active", "Temporary", "Permanent")),
            text("dst", "Destination.", pattern=r"\d+", hint="give digits only"),
            words("dsttype", "voicemail|call forward"),
            count("duration", "Hours."),
        ),
    ),
    Service("callpickup", "Call pickup"),
    Service("lastcaller", "Last caller"),
    Service(
        "callfwd", "Call forwarding",
        (
            choices("enabled", _FORWARD_WHEN),
            *(numbers(f"{key}_dests", help=f"Where to, {label}; parted by commas.") for key, label in _FORWARDS),
            *(_seconds(f"{key}_timeouts") for key, _ in _FORWARDS),
            flag("play", "Say that the call is forwarded."),
            flag("cid", "Keep the caller id."),
        ),
        tuple(rule for key, _ in _FORWARDS for rule in paired(f"{key}_dests", f"{key}_timeouts")),
    ),
    Service(
        "followme", "Follow me",
        (
            numbers("destinations", required=True),
            _seconds("timeouts", required=True),
            *_last(flag("confirm_calls", "Whoever answers confirms.")),
        ),
        (equal_length("destinations", "timeouts"),),
    ),
    Service(
        "instrecord", "Instant recording",
        (flag("silent", "Without an announcement.", required=True), flag("emailrec", "E-mail it.", required=True)),
    ),
    Service(
        "remoteaccess", "Remote access",
        (
            numbers("callerids", required=True, help="Caller ids that may dial in, parted by commas."),
            _flags("pins", required=True),
            flag("requirepin", "Ask for the extension's PIN.", required=True),
            count("timeout", "Seconds."),
            text("dopts", _DIAL_OPTIONS),
        ),
        (equal_length("callerids", "pins"),),
    ),
    Service(
        "phonecallback", "Phone callback",
        (
            numbers("callerids", required=True, help="Caller ids, parted by commas."),
            numbers("numbers", required=True, help="The number to call back for each."),
        ),
        (equal_length("callerids", "numbers"),),
    ),
    Service(
        "grouphunt", "Group hunt",
        (
            numbers("destinations", required=True),
            _seconds("delays", required=True),
            _flags("suspends", required=True),
            count("timeout", "Seconds."),
            *_last(flag("confirmcalls", "Whoever answers confirms.")),
        ),
        (equal_length("destinations", "delays", "suspends"),),
    ),
    Service(
        "mobilenumbers", "Mobile numbers",
        (numbers("mobiles", required=True), items("labels", required=True)),
        (equal_length("mobiles", "labels"),),
    ),
    Service("sppage", "Speakerphone page", (numbers("extensions"), flag("quiet", "Quiet mode."))),
    Service(
        "blflist", "BLF list",
        (
            numbers("exts", help="Extensions, parted by commas."),
            items("labels"),
            _flags("blfs"),
            count("blf_start", "First key.", maximum=99),
            flag("blf_cleanup", "Clear unused keys."),
            flag("cart_only"),
        ),
        paired("exts", "labels", "blfs"),
    ),
    Service(
        "speeddial", "Speed dial",
        (numbers("codes", required=True), items("names", required=True), numbers("destinations", required=True)),
        (equal_length("codes", "names", "destinations"),),
    ),
    Service("delrecordings", "Delete recordings"),
    Service("listenrecordings", "Listen to recordings"),
    Service("operationtimes", "System operation times"),
    Service("extoperationtimes", "Extension operation times"),
    Service("callmonitoring", "Call monitoring"),
    Service("wakeupcall", "Wake-up call"),
    Service("opwakeupcall", "Operator wake-up call"),
    Service("sppagegroups", "Speakerphone page groups"),
    Service("smsnotifications", "SMS notifications"),
)  # fmt: skip
KEYS = tuple(service.key for service in SERVICES)


def _service(service: Service) -> list[Operation]:
    """The records of one service, in the document's order."""
    key, title = service.key, service.title
    of = (server(), identifier(required=True, help="Id of the extension."))
    common: dict[str, Any] = {"area": "extensions", "source": f"Extension Enhanced Services: {title}"}
    state = replies.obj(required=("state",), state=replies.text)
    changed = replies.obj(required=("success",), state=replies.text)

    def read(name: str, verb: str, words_: str) -> Operation:
        return record(f"features.{key}.{name}", f"ext.es.{key}.{verb}", f"{title}: {words_}", Effect.READ, *of,
                      returns=state, **common)  # fmt: skip

    def write(name: str, verb: str, words_: str, accepted: str, settles: str) -> Operation:
        return record(f"features.{key}.{name}", f"ext.es.{key}.{verb}", f"{title}: {words_}", Effect.WRITE, *of,
                      words("state", accepted, required=True), returns=changed, repeatable=True,
                      outcome_from=f"features.{key}.{settles}", **common)  # fmt: skip

    records = [
        read("get", "get", "state"),
        write("set", "set", "set the state", "yes|no|pin", "get"),
        read("get_self_care", "get_osc", "shown in self-care"),
        write("set_self_care", "set_osc", "show in self-care or not", "yes|no", "get_self_care"),
    ]
    if service.settings is not None:
        records += [
            record(f"features.{key}.read", f"ext.es.{key}.configuration", f"{title}: settings", Effect.READ, *of,
                   decode=decode.settings, returns=replies.obj(), **common),
            record(f"features.{key}.change", f"ext.es.{key}.edit", f"{title}: change settings", Effect.WRITE,
                   *of, *service.settings, rules=service.rules, repeatable=True, outcome_from=f"features.{key}.read", **common),
        ]  # fmt: skip
    return records


def _states(name: str, verb: str, title: str, accepted: str, settles: str) -> Operation:
    return record(
        f"features.states.{name}", f"ext.es.states.{verb}", title, Effect.WRITE,
        server(), identifier(required=True, help="Id of the extension."),
        *(words(service.key, accepted, help=service.title) for service in SERVICES),
        words("all", "yes|no", help="All services at once."),
        area="extensions", source=f"Extension Enhanced Services States: states.{verb}",
        repeatable=True, outcome_from=f"features.states.{settles}",
    )  # fmt: skip


def _read_states(name: str, verb: str, title: str) -> Operation:
    return record(
        f"features.states.{name}", f"ext.es.states.{verb}", title, Effect.READ,
        server(), identifier(required=True, help="Id of the extension."),
        choices("services", "|".join(("all", *KEYS)), required=True),
        area="extensions", source=f"Extension Enhanced Services States: states.{verb}", returns=replies.obj(),
    )  # fmt: skip


OPERATIONS = [
    *(record for service in SERVICES for record in _service(service)),
    _states("set", "set", "Set the states of services", "yes|no|pin", "get"),
    _states("set_self_care", "set_osc", "Show services in self-care or not", "yes|no", "get_self_care"),
    _read_states("get", "get", "States of services"),
    _read_states("get_self_care", "get_osc", "Services shown in self-care"),
]
