"""What every user has from the start: an empty mailbox, no forwarding, preferences as they come."""

from typing import Any

from .system import Row, System

PROFILE: tuple[str, ...] = (
    "jobTitle", "jobDept", "companyName", "assistantName", "location", "cellPhoneNumber", "homePhoneNumber",
    "assistantPhoneNumber", "faxNumber", "didNumber", "imId", "imDisplayName", "alternateImId", "emailAddress",
    "alternateEmailAddress", "avatar",
)  # fmt: skip
ADDRESSES = ("homeAddress", "officeAddress", "branchAddress")
MORE_PROFILE = (
    "authAccountName", "branchName", "manager", "salutation", "employeeId", "twiterName", "linkedinName", "facebookName",
    "xingName", "custom1", "custom2", "custom3",
)  # fmt: skip


def new_user(system: System, **names: Any) -> Row:
    """Add a user of that userName, firstName and lastName."""
    profile: Row = {"imId": names["userName"], "emailAddressAliases": [], "useBranchAddress": False}
    row: Row = {
        "pin": "", "sipPassword": "", "emailAddress": None, "groups": [], "branch": None, "aliases": [], "permissions": {},
        "erl": "", "avatar": "", "did": None, "profile": {**profile, **{name: {} for name in ADDRESSES}},
        "forward": {"rings": [], "expiration": 20},
        "mailbox": {
            "pin": "", "greeting": "NONE", "email": None, "emailAttachType": None, "emailFormat": None,
            "emailIncludeAudioAttachment": None, "altEmail": None, "altEmailAttachType": None, "altEmailFormat": None,
            "altEmailIncludeAudioAttachment": None, "voicemailFormat": "wav",
        },
        "attendant": {"operator": None, "language": None, "overrideLanguage": False, "menu": None, "depositVM": True,
                      "forwardDeleteVM": False, "playVMDefaultOptions": True},
        "im": {"statusPhonePresence": True, "statusCallInfo": False, "otpMessage": "On the phone", "voicemailOnDnd": False},
        "imbot": {"confEnter": True, "confExit": True, "vmBegin": False, "vmEnd": True},
        "speeddial": {"buttons": [], "groupSpeedDial": True}, "book": [], "showContactsOnPhone": True, "messages": [],
        **names,
    }  # fmt: skip
    return system.add("user", row)
