"""What belongs to the signed-in user: voicemail, phone book, contact data, instant messages, speed dial, fax."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from apps.vendors.core import errors, replies
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.params import Param, boolean
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import NOTHING, as_json, as_xml
from apps.vendors.sipxcom.operations.fields import (
    REST,
    choice,
    count,
    each,
    flag,
    nested,
    plain,
    record,
    rows_of,
    secret,
    segment,
    text,
)

AREA = "extensions"
_VOICEMAIL: dict[str, Any] = {"area": AREA, "source": "Voicemail", "base": REST, "acting": True}
_MESSAGES: dict[str, Any] = {"area": "messaging", "source": "Voicemail", "base": REST, "acting": True}
_IM: dict[str, Any] = {"area": "messaging", "source": "Preferences", "base": REST, "acting": True}
_PREFERENCES: dict[str, Any] = {"area": AREA, "source": "Preferences", "base": REST, "acting": True}
_BOOK: dict[str, Any] = {"area": AREA, "source": "Phonebook", "base": REST, "acting": True}
# A shorter one is refused by the server, and could not be masked in the address.
_PIN = segment(
    "pin", "It is part of the address.", secret=True, pattern=r"[^/]{4,}", hint="give 4 characters or more, without slashes"
)
_COPIED = "405: a copying error of the document; the PIN can only be set."
_SILENT: dict[str, Any] = {"read": readers.nothing, "repeatable": True}
_YES_NO, _FORMAT = "YES|NO", "FULL|MEDIUM|BRIEF"
GREETINGS = "NONE|STANDARD|OUT_OF_OFFICE|EXTENDED_ABSENCE"


def _moment(value: Any, _: replies.Reading) -> Any:
    try:
        return parsedate_to_datetime(value) if value else None
    except (TypeError, ValueError):
        return None


def _keys(value: Any) -> dict[str, str]:
    """Keys with the extensions they transfer to: {"1": "101"}, or 1=101, 2=102."""
    if isinstance(value, str):
        pairs = [part.split("=") for part in value.split(",") if part.strip()]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError("write key=extension, parted by commas")
        value = {key.strip(): number.strip() for key, number in pairs}
    if not isinstance(value, Mapping) or any(str(key) not in [*"0123456789*#"] for key in value):
        raise ValueError("keys are 0 to 9, * and #")
    return {str(key): str(number) for key, number in value.items()}


def _voicemail() -> list[Operation]:
    return [
        record("my.voicemail.pin.read", "GET /my/voicemail/pin/{pin}", "Documented by mistake", Effect.READ, _PIN,
               not_callable=_COPIED, **_VOICEMAIL),
        record("my.voicemail.pin.set", "PUT /my/voicemail/pin/{pin}", "Set one's voicemail PIN", Effect.WRITE, _PIN,
               body=NOTHING,
               **_SILENT, **_VOICEMAIL),
        record("my.voicemail.pin.remove", "DELETE /my/voicemail/pin/{pin}", "Documented by mistake", Effect.DESTRUCTIVE, _PIN,
               not_callable=_COPIED, **_VOICEMAIL),
        record(
            "my.voicemail.preferences.read", "GET /my/vmprefs", "One's voicemail preferences", Effect.READ,
            returns=replies.obj(required=("greeting",)), **_VOICEMAIL,
        ),
        record(
            "my.voicemail.preferences.set", "PUT /my/vmprefs",
            "Set one's voicemail preferences; without the permission nothing happens, and success is told", Effect.WRITE,
            choice("greeting", GREETINGS), text("email"), choice("email_attach", _YES_NO, wire="emailAttachType"),
            choice("email_format", _FORMAT, wire="emailFormat"), flag("email_audio", wire="emailIncludeAudioAttachment"),
            text("alternate_email", wire="altEmail"), choice("alternate_attach", _YES_NO, wire="altEmailAttachType"),
            choice("alternate_format", _FORMAT, wire="altEmailFormat"),
            flag("alternate_audio", wire="altEmailIncludeAudioAttachment"), body=as_json(),
            outcome_from="my.voicemail.preferences.read", **_SILENT, **_VOICEMAIL,
        ),
        record(
            "my.voicemail.attendant.read", "GET /my/voicemail/attendant", "One's personal attendant", Effect.READ,
            returns=replies.obj(required=("personalAttendantPermission",)), **_VOICEMAIL,
        ),
        record(
            "my.voicemail.attendant.set", "PUT /my/voicemail/attendant", "Set one's personal attendant; others stay",
            Effect.WRITE, text("operator"), text("language"),
            flag("override_language", "To be given with the language.", wire="overrideLanguage"),
            Param("menu", "object", _keys, encode=dict, help="All keys: 1=101, 2=102."), flag("deposit", wire="depositVM"),
            flag("forward_delete", "Given alone, it is not kept.", wire="forwardDeleteVM"),
            flag("play_default_options", wire="playVMDefaultOptions"), body=as_json(),
            outcome_from="my.voicemail.attendant.read", **_SILENT, **_VOICEMAIL,
        ),
        record(
            "my.voicemail.operator.set", "PUT /my/voicemail/operator/{operator}", "Set the operator of one's mailbox",
            Effect.WRITE, plain("operator"), body=NOTHING, outcome_from="my.voicemail.attendant.read", **_SILENT, **_VOICEMAIL,
        ),
        record(
            "my.voicemail.operator.clear", "PUT /my/voicemail/operator", "Clear the operator of one's mailbox", Effect.WRITE,
            at="/rest/my/voicemail/operator/", body=NOTHING, outcome_from="my.voicemail.attendant.read", **_SILENT,
            **_VOICEMAIL,
        ),
        record(
            "my.voicemail.greeting.set", "PUT /my/mailbox/{user}/preferences/activegreeting/{greeting}",
            "Set the greeting of a mailbox; whose it is, is not checked", Effect.WRITE, plain("user"),
            choice("greeting", "none|standard|outofoffice|extendedabsence", required=True), body=NOTHING, **_SILENT,
            **_VOICEMAIL,
        ),
        record(
            "my.voicemail.messages", "GET /my/feed/voicemail/{folder}", "The messages in a folder of one's mailbox",
            Effect.READ, plain("folder", "inbox, saved, deleted or conference."), read=readers.feed,
            returns=replies.rows(secrets=("link", "url", "guid"), pubDate=_moment), **_MESSAGES,
        ),
    ]  # fmt: skip


_ADDRESS = (
    text("street"), text("city"), text("country"), text("state"), text("zip"),
    text("office_designation", wire="officeDesignation"),
)  # fmt: skip
_CONTACT = (
    text("job_title", wire="jobTitle"),
    text("department", wire="jobDept"),
    text("company", wire="companyName"),
    text("assistant", wire="assistantName"),
    text("location"),
    nested("home_address", *_ADDRESS, wire="homeAddress"),
    nested("office_address", *_ADDRESS, wire="officeAddress"),
    nested("branch_address", *_ADDRESS, wire="branchAddress"),
    text("cell_phone", wire="cellPhoneNumber"),
    text("home_phone", wire="homePhoneNumber"),
    text("assistant_phone", wire="assistantPhoneNumber"),
    text("fax", wire="faxNumber"),
    text("did", wire="didNumber"),
    text("im_id", wire="imId"),
    text("im_name", wire="imDisplayName"),
    text("alternate_im_id", wire="alternateImId"),
    text("email", wire="emailAddress"),
    text("alternate_email", wire="alternateEmailAddress"),
    text("avatar"),
)
_PROFILE = (
    text("first_name", wire="firstName"),
    text("last_name", wire="lastName"),
    *_CONTACT,
    flag("use_branch_address", wire="useBranchAddress"),
    text("branch_name", wire="branchName"),
    text("manager", "Kept as it is."),
    text("salutation", "Kept as it is."),
    text("employee_id", "Kept as it is.", wire="employeeId"),
    text("twitter", wire="twiterName"),
    text("linkedin", wire="linkedinName"),
    text("facebook", wire="facebookName"),
    text("xing", wire="xingName"),
    *[text(f"custom{place}") for place in (1, 2, 3)],
)


def _preferences() -> list[Operation]:
    im = ("statusPhonePresence", "statusCallInfo", "otpMessage", "voicemailOnDnd")
    bot = ("confEnter", "confExit", "vmBegin", "vmEnd")
    return [
        record(
            "my.contact.read", "GET /my/contact-information", "One's contact data", Effect.READ,
            read=readers.tree("contact-information"), returns=replies.obj(), **_PREFERENCES,
        ),
        record(
            "my.contact.set", "PUT /my/contact-information", "Set one's contact data; what is left out is cleared",
            Effect.WRITE,
            *_PROFILE, body=as_xml("contact-information"), outcome_from="my.contact.read", **_SILENT, **_PREFERENCES,
        ),
        record("my.im.read", "GET /my/im/prefs", "One's instant message preferences", Effect.READ,
               returns=replies.obj(required=im[:1]), **_IM),
        record(
            "my.im.set", "PUT /my/im/prefs", "Set one's instant message preferences; others stay", Effect.WRITE,
            flag("phone_presence", wire=im[0]), flag("call_info", wire=im[1]), text("phone_message", wire=im[2]),
            flag("voicemail_on_dnd", wire=im[3]), body=as_json(), outcome_from="my.im.read", **_SILENT, **_IM,
        ),
        record("my.imbot.read", "GET /my/imbot/prefs", "What My Buddy tells one", Effect.READ,
               returns=replies.obj(required=bot[:1]), **_IM),
        record(
            "my.imbot.set", "PUT /my/imbot/prefs", "Set what My Buddy tells one; others stay", Effect.WRITE,
            flag("conference_entry", wire=bot[0]), flag("conference_exit", wire=bot[1]), flag("voicemail_begin", wire=bot[2]),
            flag("voicemail_end", wire=bot[3]), body=as_json(), outcome_from="my.imbot.read", **_SILENT, **_IM,
        ),
        record(
            "my.speeddial.read", "GET /my/speeddial", "One's speed dial keys", Effect.READ,
            returns=replies.obj(required=("buttons",)), **_PREFERENCES,
        ),
        record(
            "my.speeddial.set", "PUT /my/speeddial", "Set all of one's speed dial keys", Effect.WRITE,
            rows_of("buttons", text("number", required=True), text("label"), flag("blf")),
            flag("group_keys", "Take the group's keys instead.", wire="groupSpeedDial"),
            flag("update_phones", "Restart the user's phones.", wire="updatePhones"), body=as_json(start={"buttons": []}),
            outcome_from="my.speeddial.read", **_SILENT, **_PREFERENCES,
        ),
        record("my.fax.read", "GET /my/faxprefs", "One's fax extension and DID", Effect.READ, returns=replies.obj(), area=AREA,
               source="System", base=REST, acting=True),
    ]  # fmt: skip


_ENTRY = plain("entry", "Id of the entry.", wire="entryId")
_ENTRY_FIELDS = (
    text("first_name", wire="first-name", also=("firstName",), required=True),
    text("last_name", wire="last-name", also=("lastName",), required=True),
    text("number", required=True),
    nested("contact", *_CONTACT, wire="contact-information"),
)
_ENTRY_BODY = as_xml("entry", start={"contact-information": {}})  # the server fails without it
_TAKEN = {747: (errors.Conflict, "Such an entry is there already")}


def _phone_book() -> list[Operation]:
    shared: dict[str, Any] = {"refusals": _TAKEN, "read": readers.nothing, **_BOOK}
    book = readers.tree("phonebook", whole=True)
    return [
        record("my.phonebook.list", "GET /my/phonebook", "One's phone book, the shared ones counted in", Effect.READ, read=book,
               returns=replies.rows(), **_BOOK),
        record(
            "my.phonebook.page", "GET /my/pagedphonebook", "Rows of one's phone book", Effect.READ,
            count("start", "First row, from 0.", required=True), count("end", "The row behind the last.", required=True),
            text("filter", "Entries with this text."), query=("start", "end", "filter"),
            read=readers.tree("phonebook", lists="entries"),
            returns=replies.obj(required=("size",), size=replies.integer, entries=each()), **_BOOK,
        ),
        record("my.phonebook.search", "GET /my/search/phonebook", "Search one's phone book", Effect.READ,
               text("query", required=True), query=("query",), read=book, returns=replies.rows(), **_BOOK),
        record(
            "my.phonebook.read", "GET /my/phonebook/entry/{entryId}", "Read an entry of one's own", Effect.READ, _ENTRY,
            read=readers.tree("entry"), returns=replies.obj(required=("number",)), **_BOOK,
        ),
        record(
            "my.phonebook.change", "PUT /my/phonebook/entry/{entryId}", "Change an entry", Effect.WRITE, _ENTRY, *_ENTRY_FIELDS,
            body=_ENTRY_BODY, repeatable=True, outcome_from="my.phonebook.read", **shared,
        ),
        record(
            "my.phonebook.add", "POST /my/phonebook/entry/{entryId}", "Add an entry; its id is the server's", Effect.WRITE,
            plain("entry", "Anything; the server gives its own.", wire="entryId"), *_ENTRY_FIELDS, body=_ENTRY_BODY,
            outcome_from="my.phonebook.list", **shared,
        ),
        record(
            "my.phonebook.remove", "DELETE /my/phonebook/entry/{entryId}", "Delete an entry", Effect.DESTRUCTIVE, _ENTRY,
            outcome_from="my.phonebook.list", **shared,
        ),
        record(
            "my.vcards.set", "PUT /my/phonebookentry/{internalid}", "Store a vCard in a user's phone book", Effect.WRITE,
            plain("internal_id", "The caller's own id for it.", wire="internalid"),
            text("vcard", "It needs an N.", required=True),
            text("user_name", "Whose book; not checked by the server.", wire="userName", required=True),
            text("uid", "Id of the entry to write over."),
            body=as_xml("pb", start={"internalId": "", "uid": ""}, rename={"internalid": "internalId"}), keep=("internalid",),
            repeatable=True, outcome_from="my.phonebook.list", read=readers.nothing, **_BOOK,
        ),
        record(
            "my.vcards.remove", "DELETE /my/phonebookentry/{internalid}", "Delete an entry by one's own id for it",
            Effect.DESTRUCTIVE, plain("internal_id", wire="internalid"), outcome_from="my.phonebook.list", read=readers.nothing,
            **_BOOK,
        ),
        record(
            "my.phonebook.on_phone", "PUT /my/phonebook/showContactsOnPhone/{value}",
            "Show one's contacts on the phone, or not",
            Effect.WRITE, boolean("value", true="true", false="false", required=True), body=NOTHING, **_SILENT, **_BOOK,
        ),
        record(
            "my.phonebook.import_google", "POST /my/phonebook/googleImport",
            "Import contacts from Google, whose interface for it no longer exists", Effect.WRITE,
            text("account", required=True),
            secret("password", required=True), body=as_xml("credentials"), outcome_from="my.phonebook.list",
            read=readers.nothing, **_BOOK,
        ),
    ]  # fmt: skip


OPERATIONS: list[Operation] = [*_voicemail(), *_preferences(), *_phone_book()]
