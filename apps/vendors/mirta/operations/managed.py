"""MANAGEDB: the PBX's database, object by object. It wants the admin key; rows have the columns the tables have.

A list is an object keyed by id; `add` answers with the id in an object, or with a sentence; `update` may echo the statement.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apps.vendors.core import params
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Param
from apps.vendors.mirta import decode
from apps.vendors.mirta.operations import columns as known
from apps.vendors.mirta.operations.fields import (
    columns,
    destroy,
    fetched,
    identifier,
    listing,
    objectid,
    read,
    tag_list,
    tenant,
    text,
    write,
)


@dataclass(frozen=True)
class Object:
    """A kind of object: its name at the PBX, ours, its noun and area, and the columns that are known.

    `own`: it belongs to a tenant, whose code every call must name. `acts`: which of the five common actions it has.
    """

    object: str
    name: str
    noun: str
    area: str
    columns: tuple[Param, ...] = ()
    own: bool = True
    acts: str = "list get add update delete"
    listed_by: tuple[Param, ...] = ()
    help: str = ""

    def tenant(self) -> Param:
        return (
            tenant()
            if self.own
            else tenant(required=False, help="Code of the tenant; this object is the system's.", customer=False)
        )


def _the(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' or noun == 'IVR' else 'a'} {noun}"


def _operations(thing: Object) -> Iterable[Operation]:
    name, noun, listed = thing.name, _the(thing.noun), f"{thing.name}.list"
    for act in thing.acts.split():
        documented = f"MANAGEDB {thing.object} {act}"
        if act == "list":
            plural = f"{thing.noun[:-1]}ies" if thing.noun.endswith("y") else f"{thing.noun}s"
            plural = f"{thing.noun}es" if thing.noun.endswith(("s", "x")) else plural
            yield listing(
                listed,
                documented,
                plural[0].upper() + plural[1:],
                thing.tenant(),
                *thing.listed_by,
                area=thing.area,
                fresh=True,
                timeout=60,
            )
        elif act == "get":
            yield read(f"{name}.get", documented, f"Read {noun}", thing.tenant(), objectid(), area=thing.area, fresh=True)
        elif act == "add":
            yield write(
                f"{name}.add",
                documented,
                f"Add {noun}",
                thing.tenant(),
                columns(*thing.columns, adding=True, open_help=thing.help),
                area=thing.area,
                outcome_from=listed,
            )
        elif act == "update":
            yield write(
                f"{name}.change",
                documented,
                f"Change {noun}",
                thing.tenant(),
                objectid(),
                columns(*thing.columns, open_help=thing.help),
                area=thing.area,
                repeatable=True,
                outcome_from=f"{name}.get",
            )
        else:
            yield destroy(
                f"{name}.remove", documented, f"Delete {noun}", thing.tenant(), objectid(),
                area=thing.area, outcome_from=listed,
            )  # fmt: skip


def _members(name: str, documented: str, title: str, **options: Any) -> Operation:
    """A read of what hangs on an object, in its order."""
    return listing(name, documented, title, tenant(), objectid(), area="routing", decode=decode.tags, fresh=True, **options)


def _audio(name: str, documented: str, title: str, area: str, outcome_from: str) -> Operation:
    """An upload that replaces an object's audio."""
    return write(
        name, documented, title, tenant(), objectid(),
        params.file("file", types=("wav", "mp3", "gsm"), wire="filename", required=True, help="A WAV, MP3 or GSM file."),
        area=area, repeatable=True, outcome_from=outcome_from,
    )  # fmt: skip


_SOURCE = (
    "DID, CONDITION, NOTCONDITION, IVR_0 to IVR_9, IVR_STAR, IVR_SHARP, IVR_WRONG, IVR_TIMEOUT, QUEUE-FULL, QUEUE-TIMEOUT …"
)
_TAGS = (
    "Tags in their order, like PLAYBACK-60, EXT-29379; ids of the database, not dialled numbers. They replace all there are."
)


def _source(*, required: bool) -> tuple[Param, Param]:
    return (
        text("typesrc", f"What is being routed: {_SOURCE}", required=required, pattern=r"[A-Z0-9_\-]{1,40}", hint="like DID"),
        identifier("typeidsrc", "Its id.", required=required),
    )


_USER_TENANT = identifier("tenantid", "Id of the tenant, not its code.", required=True)
_SYSTEM = tenant(required=False, help="Code of the tenant; this object is the system's.", customer=False)
_FILTER = params.text(
    "filter", pattern=r"[a-z]{2}_[a-z_]+='[A-Za-z0-9 _.\-]*'", hint="give one column and a plain value, like te_disabled='on'",
    help="One column and a plain value, like te_disabled='on'. The PBX puts it into its query, so nothing else is sent.",
)  # fmt: skip

TENANTS = Object("tenant", "tenants", "tenant", "system", known.TENANT, own=False, listed_by=(_FILTER,))
MEDIA = Object("mediafile", "media", "media file", "routing", known.MEDIAFILE)
HUNTLISTS = Object("huntlist", "huntlists", "hunt list", "routing", known.HUNTLIST)
EXTENSIONS = Object(
    "extension", "extensions", "extension", "extensions", known.EXTENSION, help="secret is SIP's, password PJSIP's."
)
USERS = Object("user", "users", "user", "system", known.USER, own=False)
CONFERENCES = Object("conference", "conferences", "conference", "routing", known.CONFERENCE)
PROVIDERS = Object("provider", "providers", "provider", "routing", known.PROVIDER, own=False)
ROUTES = Object(
    "route", "routes", "route", "routing", known.ROUTE, own=False,
    listed_by=(identifier("routingprofileid", "Only those of this routing profile."),),
)  # fmt: skip
DIDS = Object("did", "dids", "DID", "numbers", known.DID)
IVRS = Object("ivr", "ivrs", "IVR", "routing", known.IVR, help="Keys are set with destinations.replace.")
CUSTOMS = Object("custom", "customs", "custom destination", "routing", known.CUSTOM)
MUSIC = Object("musiconhold", "music", "music on hold class", "routing", known.MUSICONHOLD)
MAILBOXES = Object("voicemail", "mailboxes", "mailbox", "extensions", known.VOICEMAIL)
BLACKLIST = Object("calleridblacklist", "caller_rules", "blocked caller", "routing", help="The columns are not documented.")
CONDITIONS = Object("condition", "conditions", "condition", "routing", known.CONDITION)
REGISTRATIONS = Object("sipregs", "registrations", "SIP registration", "devices", acts="list")
PHONES = Object("phone", "phones", "phone", "devices", known.PHONE, acts="list get update add")
PHONE_BOOKS = Object("phonephonebook", "phone_books", "phone book of phones", "devices", help="The columns are not documented.")
QUEUES = Object("queue", "queues", "queue", "routing", known.QUEUE)
CUSTOM_TYPES = Object("customtype", "custom_types", "custom destination type", "routing", own=False, acts="list get")
PROFILES = Object("routingprofile", "routing_profiles", "routing profile", "routing", own=False, acts="list get")

OPERATIONS = [
    *_operations(TENANTS),
    *_operations(MEDIA),
    _audio("media.upload", "MANAGEDB mediafile updatebinary", "Replace a media file's audio", "routing", "media.get"),
    fetched(
        "media.fetch", "MANAGEDB mediafile getbinary", "Audio of a media file, by the admin key", tenant(), objectid(),
        area="routing",
    ),
    *_operations(HUNTLISTS),
    _members("huntlists.members.list", "MANAGEDB huntlist getextensions", "Members of a hunt list"),
    write(
        "huntlists.members.set", "MANAGEDB huntlist setextensions", "Set the members of a hunt list",
        tenant(), objectid(), tag_list(_TAGS), area="routing", repeatable=True, outcome_from="huntlists.members.list",
    ),
    *_operations(EXTENSIONS),
    *_operations(USERS),
    listing(
        "users.tenants.list", "MANAGEDB user listtenants", "Tenants of a user", _SYSTEM, objectid(),
        area="system", fresh=True,
    ),
    write(
        "users.tenants.add", "MANAGEDB user addtenant", "Let a user see a tenant", _SYSTEM, objectid(), _USER_TENANT,
        area="system", outcome_from="users.tenants.list",
    ),
    destroy(
        "users.tenants.remove", "MANAGEDB user deltenant", "Take a tenant from a user", _SYSTEM, objectid(), _USER_TENANT,
        area="system", outcome_from="users.tenants.list",
    ),
    *_operations(CONFERENCES),
    *_operations(PROVIDERS),
    listing(
        "providers.routes", "MANAGEDB provider listroutes", "Routes to a provider", _SYSTEM, objectid(),
        area="routing", fresh=True,
    ),
    *_operations(ROUTES),
    *_operations(DIDS),
    *_operations(IVRS),
    _members("ivrs.destinations", "MANAGEDB ivr getdestinations", "Where an IVR's keys lead, with its prompts"),
    *_operations(CUSTOMS),
    *_operations(MUSIC),
    *_operations(MAILBOXES),
    listing(
        "mailboxes.messages", "MANAGEDB voicemail listmessages", "Messages of a mailbox, by its row", tenant(), objectid(),
        area="extensions", fresh=True,
    ),
    fetched(
        "mailboxes.messages.fetch", "MANAGEDB voicemail getmessagerecording", "Audio of a message, by its row",
        tenant(), objectid("Id of the message's row."), area="extensions",
    ),
    _audio(
        "mailboxes.messages.upload", "MANAGEDB voicemail putmessagerecording", "Replace a message's audio", "extensions", "",
    ),
    listing(
        "destinations.list", "MANAGEDB destination list", "Where something leads", tenant(), *_source(required=False),
        area="routing", decode=decode.tags, fresh=True,
    ),
    write(
        "destinations.replace", "MANAGEDB destination replace", "Set where something leads",
        tenant(), *_source(required=True), tag_list(_TAGS),
        area="routing", repeatable=True, outcome_from="destinations.list",
    ),
    *_operations(BLACKLIST),
    *_operations(CONDITIONS),
    _members("conditions.destinations", "MANAGEDB condition getdestinations", "Where a condition leads"),
    listing(
        "conditions.periods.list", "MANAGEDB condition getextendedinfos", "Times of a condition", tenant(), objectid(),
        area="routing", fresh=True,
    ),
    write(
        "conditions.periods.set", "MANAGEDB condition replaceextendedinfos", "Set the times of a condition",
        tenant(), objectid(),
        columns(*known.OPEN_HOURS, many=True, adding=True, open_help="A list of them; they replace all there are."),
        area="routing", repeatable=True, outcome_from="conditions.periods.list",
    ),
    *_operations(REGISTRATIONS),
    *_operations(PHONES),
    *_operations(PHONE_BOOKS),
    *_operations(QUEUES),
    *_operations(CUSTOM_TYPES),
    *_operations(PROFILES),
]  # fmt: skip
