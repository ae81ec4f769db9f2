"""What an extension is made of ("Adding Extensions"): one list of parameters for adding and editing."""

from datetime import date
from typing import Any

from apps.vendors.core import params
from apps.vendors.core.params import Param
from apps.vendors.pbxware.operations.fields import count, extension, flag, identifier, items, numbered, text, words

CODECS = "ulaw|alaw|g723.1|g726|g729|gsm|ilbc|speex|lpc10|h261|h263|h263p"
FORCED_CODECS = "ulaw|alaw|g722|opus|g723.1|g726|g726aal2|g729|gsm|ilbc|speex|speex16|speex32"
JITTER = "inherit|disabled|fixed|adaptive"
_STRENGTH = "At least 8 characters: upper and lower case, a digit, and one of % * ! _ -"


def codecs(name: str, accepted: str = CODECS, *, separator: str = ":", **options: Any) -> Param:
    pattern = "(?:" + accepted.replace(".", r"\.") + "|opus|g722)"
    listed = accepted.replace("|", separator)
    return items(name, separator=separator, pattern=pattern, hint="no such codec", help=f"Such as {listed}.", **options)


def _dashed(value: date) -> str:
    return value.strftime("%d-%m-%Y")


_IDENTITY = (
    text("title"),
    text("name", "Full name.", required=True),
    text("email", required=True),
    extension(help="The number; the next free one where it is left out."),
    numbered("location", 1, ("Local", "Remote"), required=True),
    identifier("ua", required=True, help="Id of the device type; they differ from PBX to PBX: see devices.list."),
    text("uad_sipheaders", "SIP headers the device is checked for."),
    text("label"),
    text("user_location", "Location of the person."),
    text("user_language", "Like en."),
    numbered("status", 0, ("Not active", "Active"), required=True),
    text("authname", "Name for authentication."),
    text("auth", "Kind of authentication."),
    params.secret("pin", required=True, help="The PIN of mailbox and features."),
    count("incominglimit", "Calls at once towards it.", maximum=999, required=True),
    count("outgoinglimit", "Calls at once from it.", maximum=999, required=True),
    flag("voicemail", "Has a mailbox.", required=True),
    words("prot", "sip|iax", required=True, help="Protocol."),
    params.secret("secret", required=True, help=_STRENGTH),
    params.secret("password", help="Password of the person."),
    flag("sso_enabled", "Single sign-on."),
)
_MONEY = (
    flag("billing", "Deprecated; use call_rating."),
    flag("call_rating", "Calls are rated."),
    flag("sms_rating", "Messages are rated."),
    count("creditlimit", "At most 12 digits; required with call rating.", maximum=999_999_999_999),
    count("reminderbalance", "At most 5 digits; required with call rating.", maximum=99_999),
    identifier("service_plan", help="Required with call rating."),
)
_DEVICE = (
    numbered("nat", 0, ("No", "Yes", "Never")),
    flag("canreinvite", "SIP re-INVITE support."),
    count("qualify", "Milliseconds.", maximum=9999),
    count("ringtime", "Seconds.", maximum=99),
    text("incoming_dialoptions", "Like tr."),
    text("outgoing_dialoptions"),
    flag("autoprovisiong", "Provision the phone automatically."),
    flag("dhcp"),
    params.ip("staticip", help="Address of the phone."),
    text("netmask"),
    params.ip("gateway"),
    params.ip("dns1"),
    params.ip("dns2"),
    text("macaddress", "MAC address of the phone.", pattern=r"[0-9A-Fa-f:.\-]{12,17}", hint="give twelve hex digits"),
    text("sn", "Serial number of the phone."),
)
_VOICEMAIL = (
    text("voicemail_timezone", "Like USA or Germany."),
    numbered("vm_greeting_message", 0, ("Unavailable", "Busy", "None")),
    flag("setcallerid", "Set the caller id."),
    codecs("acodecs"),
    text("page_custom", "SIP header for paging; found from the device where it is left out."),
    flag("recordcalls"),
    flag("recordsilent", "Record without saying so."),
    flag("vmailsend", "Send an e-mail for each message."),
    flag("vmailattach", "Attach the message."),
    flag("vmaildelete", "Delete the message after e-mailing it."),
)
_LIMITS = (
    flag("acc_slave", "Calls are charged to a master account."),
    text("slave_accountcode", "Account code of the master."),
    flag("send_email", "Send the account's details by e-mail."),
    params.day("service_plan_date", encode=_dashed),
    flag("limitenable", "Limit what calls may cost."),
    words("limittype", "Daily|Monthly"),
    count("softlimit", maximum=99_999),
    count("hardlimit", maximum=99_999),
    flag("rating_info_osc", "Show rating in self-care."),
    text("notification_email"),
    text("cf_billing_disable", "Deprecated; use cf_call_rating_disable."),
    text("cf_call_rating_disable", "Do not rate forwarded calls."),
)
_SIP = (
    text("webrtc", "WebRTC enabled."),
    text("defaultip", "Default IP."),
    text("max_contacts", "Devices at once."),
    words("encryption", "yes|offer"),
    text("directrtpsetup", "Direct RTP setup."),
    text("callingpres", "Presentation of the caller id."),
    text("cid_anon", "Hide the caller id for anonymous calls."),
    text("ringtoneforlocalcalls"),
    text("ringtonefortransferredcalls"),
    text("cidmatchdid", "Only allow trunk caller ids within the DID range."),
    text("dropanonymous", "Drop anonymous calls."),
    text("trustrpid", "Trust Remote-Party-ID."),
    text("sendrpid", "Send Remote-Party-ID."),
    text("trust_id_outbound", "Send the caller id in RPID for anonymous calls."),
    text("rpid_connectedline", "Connected line updates."),
    text("rpid_update", "RPID with SIP UPDATE."),
    text("pai_header", "Send the PAI header."),
    text("callgroup"),
    text("pickupgroup"),
)
_TRUNKS = tuple(
    text(f"{place}_{kind}", f"{place.capitalize()} {'emergency ' if 'emerg' in kind else ''}trunk.")
    for kind in ("trunk", "emerg_trunk")
    for place in ("primary", "secondary", "tertiary")
)
_MORE = (
    text("busylevel", "Calls at once from which it counts as busy."),
    text("limit_notify_play_sound", "Play a sound when a limit is exceeded."),
    text("limit_notify_send_email", "Send an e-mail when a limit is exceeded."),
    text("busyvoicemail", "Greeting mode."),
    items("mailboxes", help="Extensions whose messages light the lamp, parted by commas."),
    text("vmailpager", "Pager e-mail."),
    text("vmailskipinst", "Skip instructions."),
    text("vmailskippin", "Skip the PIN prompt."),
    text("vmailsaycid", "Say the caller id."),
    text("vmailreview", "Callers may review their message."),
    text("vmailoperator", "Callers may reach the operator."),
    text("vmailenvelope", "Say date and time of a message."),
    text("vmailhidefromdir", "Hide from the directory."),
    text("videosupport"),
    text("autoframing", "RTP packetization."),
    text("vmaildelay", "Voicemail delay."),
    text("vmailopext", "Extension of the operator."),
    text("vmailnrings", "Rings to answer."),
    words("force_codec", FORCED_CODECS, help="Codec forced on the outbound trunk."),
    text("hd_logout_time", "Automatic logout of hot desking."),
    text("record_beep_ext", "Beep while recording."),
    params.secret("pbd_pin", help="PIN of PIN based dialling; needs the licence for it."),
    text("areacode"),
    flag("busylevel_incoming", "The busy level counts for incoming calls."),
    words("jbimpl", JITTER, help="Jitter buffer."),
    text("jbmaxsize", "Greatest length in ms."),
    text("jbresyncthreshold", "Threshold to synchronise anew."),
    text("jbtargetextra"),
    flag("show_in_dir", "Show in the directory."),
    flag("show_in_app", "Show in the desktop and mobile app."),
    flag("disable_fax_for_app"),
    flag("disable_my_dialer_for_app", "No personal dialler in the app."),
    text("app_default_client_phone"),
    flag("app_hide_meeting_icon"),
    text("max_connected_apps"),
    text("ms_teams_presence_sync"),
    text("additional_config", "Further lines of configuration."),
    text("ua_autoprov", "Provisioning template of the device."),
    text("department", "Ids of departments, parted by commas."),
    text("override_lcr", "Override least-cost routing."),
    words("dtmfmode", "auto|inband|rfc2833|info"),
)
EXTENSION = (*_IDENTITY, *_MONEY, *_DEVICE, *_VOICEMAIL, *_LIMITS, *_SIP, *_TRUNKS, *_MORE)
