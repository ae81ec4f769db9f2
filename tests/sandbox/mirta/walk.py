"""What each documented operation is called with, on things that this PBX has: wire names, files as name and content."""

import json
from typing import Any

from apps.sandbox.core.faults import Played
from apps.sandbox.core.pdf import pdf
from apps.sandbox.mirta import MirtaSandbox, traffic
from apps.sandbox.mirta.audio import sound
from apps.sandbox.mirta.calls import Context
from apps.sandbox.mirta.channels import channels_of
from apps.sandbox.mirta.seed import ADMIN, password_of

TENANT, REF = "HARBOR", "1"
NEW: dict[str, dict[str, Any]] = {
    "tenant": {"te_code": "NEWCO", "te_name": "New Company"},
    "mediafile": {"me_name": "Closed"},
    "huntlist": {"hu_name": "Back office", "hu_number": "161"},
    "extension": {"ex_number": "110", "ex_name": "New phone", "ex_tech": "SIP", "secret": "Winter-horse-42"},
    "user": {"us_username": "newcomer", "us_password": "0" * 64},
    "conference": {"cr_number": "171", "cr_name": "Small room", "pin": "4242"},
    "provider": {"pr_name": "Second carrier", "pr_peername": "second"},
    "route": {"dl_rp_id": "", "dl_name": "Local", "dl_regex": "^[2-9][0-9]{6}$"},
    "did": {"di_number": "12065550177"},
    "ivr": {"iv_name": "Night menu"},
    "custom": {"cu_name": "Cabin", "cu_ct_id": "1"},
    "musiconhold": {"mu_name": "Loud"},
    "voicemail": {"mailbox": "110", "password": "2468"},
    "calleridblacklist": {"bl_callerid": "12065550155"},
    "condition": {"co_name": "Holidays", "co_type": "CALENDAR"},
    "phone": {"ph_name": "Lobby", "ph_mac": "00:04:F2:00:00:99"},
    "phonephonebook": {"pp_name": "Lobby"},
    "queue": {"qu_name": "Second line", "qu_number": "151"},
}  # fmt: skip
CHANGED = {
    "tenant": {"te_name": "Renamed"}, "extension": {"ex_name": "Renamed"}, "did": {"di_comment": "Test"},
    "provider": {"pr_name": "Renamed"}, "route": {"dl_usepin": "on"}, "user": {"us_up_id": "3"},
}  # fmt: skip


def params(pbx: MirtaSandbox, documented: str) -> tuple[dict[str, Any], dict[str, tuple[str, bytes]]]:
    """The fields and the files of a call that must succeed."""
    kind, *rest = documented.split()
    if kind == "MANAGEDB":
        return _managed(pbx, rest[0], rest[1])
    fields = {**_COMMON.get(kind, {}), **_of(pbx, documented)}
    return fields, {"filename": ("letter.pdf", pdf("Letter", ["Dear all"]))} if kind == "FAX" else {}


def _ref(pbx: MirtaSandbox, kind: str, **wanted: str) -> str:
    found = pbx.pbx.find(kind, "" if kind in _OF_THE_SYSTEM else REF, **wanted)
    assert found, kind
    return found[0]


_OF_THE_SYSTEM = {"provider", "route", "routingprofile", "user", "usergroup", "customtype"}
_COMMON: dict[str, dict[str, str]] = {
    name: {"tenant": TENANT}
    for name in (
        "BLFS", "FLOWS", "CHANNEL", "GETCURRENTCALLS", "DND", "SETFLOW", "SETTING", "REBOOT", "UNREGISTER", "VIRTUALEXT",
        "DIAL", "HANGUP", "TRANSFER", "ATXTRANSFER", "SMS", "FAX", "BALANCE", "CDR", "AGENT", "QUEUE", "QUEUERESET", "CAMPAIGN",
        "RESPONSEPATH", "PHONEBOOKS", "PHONEBOOK", "INFO", "VOICEMAIL", "MEDIAFILE", "CHANNELS", "COUNTPEERS", "COUNTCHANNELS",
        "CHANSIPPEERS",
    )
}  # fmt: skip


def _of(pbx: MirtaSandbox, documented: str) -> dict[str, str]:
    """What an operation wants besides the tenant."""
    kind, _, action = documented.partition(" ")
    extension, queue = "102", _ref(pbx, "queue")
    by_kind: dict[str, dict[str, str]] = {
        "DND": {"number": extension, "value": "on"} if action == "set" else {"number": extension},
        "SETFLOW": {"number": "185", "state": "INUSE"},
        "SETTING": {"name": "VMAUTORECOVER", "value": "no"} if action == "set" else {"name": "VMAUTORECOVER"},
        "REBOOT": {"peer": extension}, "UNREGISTER": {"peer": extension},
        "VIRTUALEXT": {"number": "190", **({"extension": "101"} if action in ("add", "del") else {})},
        "DIAL": {"source": extension, "dest": "12065550142"},
        "SMS": {"source": "12062194100", "dest": "12065550142", "message": "Hello"},
        "FAX": {"source_number": "12062194117", "dest_number": "12065550142"},
        "BALANCE": {"amount": "20", "description": "Deposit"},
        "AGENT": {"extension": extension, **({} if action == "listqueues" else {"queue": queue})},
        "QUEUE": {"id": queue, **({"extension": extension} if action in ("add", "del") else {}),
                  **({"event": "NOTE"} if action == "log" else {})},
        "QUEUERESET": {"queueid": queue},
        "CAMPAIGN": _campaign(pbx, action),
        "PHONEBOOK": {"phonebook": "Default", **_PHONEBOOK.get(action, {})},
        "CHECKAUTH": {"username": ADMIN, "password": password_of(pbx.seed, ADMIN)},
        "GETWEBRTCAUTH": {"username": f"101-{TENANT}", "password": password_of(pbx.seed, f"101-{TENANT}")},
        "AUTHTOKEN": {"user": ADMIN, **({"validity": "ONCE"} if action == "generate" else {})},
        "USERGROUP": _usergroup(pbx, action),
        "MEDIAFILE": {"objectid": _ref(pbx, "mediafile")},
    }  # fmt: skip
    if action == "delete" and kind == "PHONEBOOK":
        by_kind[kind] |= {"peid": _ref(pbx, "phonebookentry")}
    if kind in by_kind:
        return by_kind[kind]
    if kind == "VOICEMAIL":
        message = pbx.pbx.find("message", REF)
        assert message
        return {
            "mailbox": message[1]["mailboxuser"],
            **({} if action in ("list", "messages") else {"msgid": message[1]["msgid"]}),
        }
    if kind in ("CHANNEL", "GETCURRENTCALLS", "HANGUP", "TRANSFER", "ATXTRANSFER"):
        return _live(pbx, kind)
    return _reported(pbx, documented)


_PHONEBOOK = {
    "query": {"field": "name", "value": "contact%"},
    "add": {"values": json.dumps({"NAME": "Ross", "PHONE1": "12065550133"})},
}


def _campaign(pbx: MirtaSandbox, action: str) -> dict[str, str]:
    ref = _ref(pbx, "campaign", ca_type="ONDEMAND")
    row = pbx.pbx.table("campaign")[ref]
    row["ca_status"] = {"pause": "STARTED", "resume": "PAUSED"}.get(action, row["ca_status"])
    number = {"addnumber": "12065550188", "delnumber": "12065550142"}.get(action)
    return {"campaign": ref, **({"number": number} if number else {})}


def _usergroup(pbx: MirtaSandbox, action: str) -> dict[str, str]:
    ref, row = next(iter(pbx.pbx.table("usergroup").items()))
    more = {"addtenant": {"tenantid": REF}, "deltenant": {"tenantid": REF}, "adduser": {"userid": _ref(pbx, "user")},
            "deluser": {"userid": next(iter(row["_users"]), "")}}  # fmt: skip
    return {} if action == "list" else {"usergroupid": ref, **more.get(action, {})}


def _live(pbx: MirtaSandbox, kind: str) -> dict[str, str]:
    context = Context(pbx.pbx, {}, {}, Played(), pbx.now(), REF)
    channel = next(channel for channel in channels_of(context, REF) if channel.extension)
    if kind == "GETCURRENTCALLS":
        return {"phone": channel.extension}
    return {"channel": channel.name, **({"dest": "103"} if "TRANSFER" in kind else {})}


def _reported(pbx: MirtaSandbox, documented: str) -> dict[str, str]:
    kind, _, action = documented.partition(" ")
    now = pbx.now()
    calls = [call for call in traffic.begun(pbx.pbx, REF, now, now.replace(hour=0), now) if call.recorded]
    call = calls[0].uniqueid
    if kind == "CDR":
        return {"uniqueid": call, "field": "src"} if action == "get" else {"uniqueid": call, "field": "userfield", "value": "x"}
    if kind == "RESPONSEPATH":
        queued = [
            one
            for one in traffic.begun(pbx.pbx, REF, now, now.replace(day=1), now)
            if one.way == traffic.QUEUE and one.answered
        ]
        return {"id": _ref(pbx, "responsepath"), **({"rrid": queued[0].uniqueid} if action == "getid" else {})}
    by_action = {
        "queue": {"id": _ref(pbx, "queue")}, "queuecallers": {"id": _ref(pbx, "queue")}, "flow": {"id": _ref(pbx, "flow")},
        "variable": {"id": _ref(pbx, "variable")}, "extstate": {"id": "101"}, "regstate": {"id": "101"},
        "voicemail": {"id": _ref(pbx, "message")}, "voicemailtranscript": {"id": _ref(pbx, "message")},
    }  # fmt: skip
    if action == "fax":
        row = {"fa_datetime": "2026-03-11 09:00:00", "fa_source": "12062194117", "fa_dest": "12065550142", "fa_pages": "1"}
        return {"id": pbx.pbx.add("fax", row, REF)}
    if action in ("call", "inforecording", "recording", "transcript", "playrecording"):
        return {"id": call}
    return by_action.get(action, {})


def _managed(pbx: MirtaSandbox, kind: str, action: str) -> tuple[dict[str, Any], dict[str, tuple[str, bytes]]]:
    fields: dict[str, Any] = {"tenant": TENANT} if kind not in _OF_THE_SYSTEM and kind != "tenant" else {}
    if kind == "destination":
        return {**fields, **_destination(pbx, action)}, {}
    message = kind == "voicemail" and action in ("getmessagerecording", "putmessagerecording")
    if action not in ("list", "add"):
        fields["objectid"] = REF if kind == "tenant" else _ref(pbx, "message" if message else kind)
    if action in ("addtenant", "deltenant"):
        fields["tenantid"] = REF
    if action == "add":
        route = {"dl_rp_id": _ref(pbx, "routingprofile"), "dl_pr_id": _ref(pbx, "provider")} if kind == "route" else {}
        fields["jsondata"] = json.dumps({**NEW[kind], **route})
    if action == "update":
        name = next(iter(NEW[kind]))
        fields["jsondata"] = json.dumps(CHANGED.get(kind, {name: NEW[kind][name]}))
    if action == "setextensions":
        fields["jsondata"] = json.dumps([f"EXT-{_ref(pbx, 'extension', ex_number='103')}"])
    if action == "replaceextendedinfos":
        fields["jsondata"] = json.dumps([{"param1": "6", "param2": "9:00", "param3": "13:00"}])
    uploads = action in ("updatebinary", "putmessagerecording")
    return fields, {"filename": ("new.mp3", sound("New"))} if uploads else {}


def _destination(pbx: MirtaSandbox, action: str) -> dict[str, str]:
    source = {"typesrc": "DID", "typeidsrc": _ref(pbx, "did")}
    tags = [f"EXT-{_ref(pbx, 'extension', ex_number='103')}"]
    return {**source, **({"jsondata": json.dumps(tags)} if action == "replace" else {})}
