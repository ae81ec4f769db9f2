"""The PBX's whole state: tables of rows by id, as JSON-able data. Not locked: the sandbox's lock is around every use.

A row holds the vendor's columns, all text or None, less its id and tenant; names that begin with an underscore are ours
and never shown.
"""

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A database table: `key` its id column, `owner` the column of its tenant, or "" when it is the system's own."""

    table: str
    key: str
    owner: str = ""


def _of_tenant(table: str, prefix: str) -> Kind:
    return Kind(table, f"{prefix}_id", f"{prefix}_te_id")


KINDS = {
    "tenant": Kind("te_tenants", "te_id"),
    "provider": Kind("pr_providers", "pr_id"),
    "routingprofile": Kind("rp_routingprofiles", "rp_id"),
    "route": Kind("dl_routes", "dl_id"),
    "user": Kind("us_users", "us_id"),
    "customtype": Kind("ct_customtypes", "ct_id"),
    "usergroup": Kind("ug_usergroups", "ug_id"),
    "extension": _of_tenant("ex_extensions", "ex"),
    "did": _of_tenant("di_dids", "di"),
    "phone": _of_tenant("ph_phones", "ph"),
    "phonephonebook": _of_tenant("pp_phonephonebooks", "pp"),
    "ivr": _of_tenant("iv_ivrs", "iv"),
    "queue": _of_tenant("qu_queues", "qu"),
    "huntlist": _of_tenant("hu_huntlists", "hu"),
    "mediafile": _of_tenant("me_mediafiles", "me"),
    "musiconhold": _of_tenant("mu_musiconholds", "mu"),
    "condition": _of_tenant("co_conditions", "co"),
    "conference": _of_tenant("cr_conferencerooms", "cr"),
    "custom": _of_tenant("cu_customs", "cu"),
    "calleridblacklist": _of_tenant("bl_blacklists", "bl"),
    "destination": _of_tenant("de_destinations", "de"),
    "flow": _of_tenant("fl_flows", "fl"),
    "voicemail": Kind("voicemail", "uniqueid", "te_id"),
    "message": Kind("voicemail_messages", "id", "te_id"),
    "campaign": _of_tenant("ca_campaigns", "ca"),
    "campaignnumber": _of_tenant("cn_campaignnumbers", "cn"),
    "phonebook": _of_tenant("pb_phonebooks", "pb"),
    "phonebookentry": _of_tenant("pe_phonebookentries", "pe"),
    "pincode": _of_tenant("pc_pincodes", "pc"),
    "responsepath": _of_tenant("rs_responsepaths", "rs"),
    "variable": _of_tenant("va_variables", "va"),
    "sms": _of_tenant("sm_sms", "sm"),
    "fax": _of_tenant("fa_faxes", "fa"),
    "agent": _of_tenant("qa_queueagents", "qa"),
    "virtual": _of_tenant("vx_virtualextensions", "vx"),
    "event": _of_tenant("queue_log", "ql"),
    "balance": _of_tenant("ba_balances", "ba"),
    "dialled": _of_tenant("or_originates", "or"),
}


class Pbx:
    """Ids are given out once, over all tables. `facts` hold what is no table: settings, changed calls, resets, tokens."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.tables: dict[str, dict[str, Row]] = {}
        self.facts: dict[str, Row] = {}
        self._next_id = 100

    def table(self, kind: str) -> dict[str, Row]:
        return self.tables.setdefault(kind, {})

    def fact(self, name: str) -> Row:
        return self.facts.setdefault(name, {})

    def add(self, kind: str, row: Row, tenant: str = "", ref: str = "") -> str:
        """Keep a row, under a new id unless one is given; return the id."""
        if not ref:
            self._next_id += 1
            ref = str(self._next_id)
        self.table(kind)[ref] = {**row, "_te": tenant}
        return ref

    def of(self, kind: str, tenant: str = "") -> dict[str, Row]:
        """The rows of a tenant, or of all."""
        return {ref: row for ref, row in self.table(kind).items() if tenant in ("", row["_te"])}

    def find(self, kind: str, tenant: str, **wanted: str) -> tuple[str, Row] | None:
        """The first row of a tenant in which all the wanted fields stand."""
        rows = self.of(kind, tenant).items()
        return next(((ref, row) for ref, row in rows if all(row.get(name) == value for name, value in wanted.items())), None)

    def shown(self, kind: str, ref: str) -> Row:
        """A row as the vendor shows it: id, tenant, columns."""
        row, what = self.table(kind)[ref], KINDS[kind]
        head = {what.key: ref, **({what.owner: row["_te"]} if what.owner else {})}
        return {**head, **{name: value for name, value in row.items() if not name.startswith("_") and name != what.key}}

    def code(self, tenant: str) -> str:
        """A tenant's code; "" when the tenant is gone."""
        return str(self.table("tenant").get(tenant, {}).get("te_code", ""))

    def dump(self) -> Row:
        return {"next_id": self._next_id, "tables": self.tables, "facts": self.facts}

    def load(self, data: Row) -> None:
        self._next_id, self.tables, self.facts = data["next_id"], data["tables"], data["facts"]
