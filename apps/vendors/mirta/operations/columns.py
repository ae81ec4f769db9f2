"""Columns of the PBX's objects that are known; the objects have more, which pass unchecked."""

import re
from typing import Any

from apps.vendors.core import params
from apps.vendors.core.params import Param
from apps.vendors.mirta.operations.fields import flag, identifier, number, text, words

_DIGITS = re.compile(r"[^0-9a-f]")


def _on(name: str, help: str = "") -> Param:
    """A flag: `on` or empty."""
    return flag(name, help, true="on", false="")


def _texts(names: str) -> tuple[Param, ...]:
    """Plain texts, parted by blanks."""
    return tuple(text(name) for name in names.split())


def _ids(names: str) -> tuple[Param, ...]:
    return tuple(identifier(name) for name in names.split())


def _counts(names: str) -> tuple[Param, ...]:
    return tuple(params.integer(name, minimum=0) for name in names.split())


def _flags(names: str) -> tuple[Param, ...]:
    return tuple(_on(name) for name in names.split())


def _mac(name: str) -> Param:
    """Twelve hex digits, sent with colons; the manual's own sample has sixteen."""

    def clean(value: Any) -> str:
        digits = _DIGITS.sub("", str(value).lower())
        if len(digits) != 12 or re.sub(r"[0-9A-Fa-f:.\- ]", "", str(value)):
            raise ValueError("give twelve hex digits")
        return ":".join(digits[place : place + 2] for place in range(0, 12, 2)).upper()

    return Param(name, "text", clean, required=True)


TENANT = (
    text("te_code", required=True, pattern=r"[A-Za-z0-9_.\-]{1,40}", hint="give letters and digits"),
    text("te_name", required=True),
    *_counts("pk_start pk_end"),
    *_ids("te_rp_id te_campaign_rp_id te_fax_rp_id"),
    *_texts("te_billingcode te_timezone te_payment_type"),
    _on("te_disabled"),
)
CUSTOM = (text("cu_name", required=True), *_ids("cu_ct_id"), *_texts("cu_param1 cu_param2 cu_param3"))
PHONE = (text("ph_name", required=True), _mac("ph_mac"), *_ids("ph_pm_id"))
MEDIAFILE = (
    text("me_name", required=True),
    *_texts("me_format me_type me_text me_engine me_language me_volume"),
)
HUNTLIST = (
    text("hu_name", required=True),
    number("hu_number"),
    *_texts("hu_type"),
    *_counts("hu_ringtime hu_dialtimeout"),
    *_flags("hu_checkinuse hu_checkoffline hu_requestconfirm"),
)
EXTENSION = (
    number("ex_number", required=True),
    text("ex_name", required=True),
    words("ex_tech", "SIP|PJSIP|CUSTOM|VIRTUAL", required=True),
    text("secret", "The SIP secret."),
    text("password", "The PJSIP password."),
    *_texts("ex_callgroup ex_pickupgroup ex_email ex_mailbox ex_cidnum ex_cidname ex_emergencycidnum ex_recording"),
    words("ex_callallowed", "all|none"),
    *_ids("ex_rp_id"),
)
PROVIDER = (
    text("pr_name", required=True),
    text("pr_peername", required=True),
    *_texts("pr_tech pr_host host pr_callerid"),
    text("allow", "Codec and packet time, like alaw:20."),
    *_flags("pr_userealtime pr_disabled"),
    *_counts("pr_penalty pr_maxoutchannels"),
)
DID = (
    number("di_number", required=True),
    *_texts("di_country di_area di_comment di_admincomment di_fax di_provider_info di_provider_number di_cnam"),
    *_texts("di_allowemergency di_emergencynotes di_smsemail di_branch di_department di_emailrecording"),
    flag("di_recording", true="yes", false=""),
    *_counts("di_maxchannels"),
    *_ids("di_fax_rp_id"),
)
MUSICONHOLD = (
    text("mu_name", required=True),
    *_texts("mu_custom mu_volume"),
    *_flags("mu_default mu_randomizeorder"),
)
USER = (
    text("us_username", required=True),
    text("us_password", "The SHA-256 of the password.", pattern="[0-9a-fA-F]{64}", hint="give the SHA-256, 64 hex digits"),
    *_ids("us_up_id"),
)
CONFERENCE = (
    number("cr_number", required=True),
    text("cr_name", required=True),
    text("pin", pattern=r"\d{0,20}", hint="digits"),
)
ROUTINGPROFILE = (text("rp_name", required=True), text("rp_type", "Like VOICE."), text("rp_description"))
ROUTE = (
    identifier("dl_rp_id", required=True),
    text("dl_name", required=True),
    text("dl_regex", required=True),
    identifier("dl_pr_id"),
    *_flags("dl_emergencyroute dl_usepin"),
)
IVR = (
    text("iv_name", required=True),
    *_ids("iv_me_id"),
    *_counts("iv_timeout iv_digittimeout iv_maxloops"),
    *_flags("iv_allowdisa iv_allowfeatures iv_loopontimeout iv_looponwrongkeypress"),
    *_texts("iv_language"),
)
CONDITION = (
    text("co_name", required=True),
    text("co_type", "Like WEEKTIME.", required=True),
    *_texts("co_timezone " + " ".join(f"co_param{place}" for place in range(1, 23))),
)
VOICEMAIL = (
    number("mailbox", required=True),
    text("password", pattern=r"\d{1,20}", hint="give digits"),
    text("fullname"),
    text("email", pattern=r"[^@\s]+@[^@\s]+", hint="give an e-mail address"),
)
QUEUE = (
    text("qu_name", required=True),
    number("qu_number"),
    text("strategy", "Like RINGALL."),
    *_counts("timeout"),
)
OPEN_HOURS = (
    text("param1", "Weekday.", required=True),
    text("param2", "From, like 8:00.", required=True, pattern=r"\d{1,2}:\d{2}", hint="give a time, like 8:00"),
    text("param3", "To, like 13:00.", required=True, pattern=r"\d{1,2}:\d{2}", hint="give a time, like 13:00"),
)
