"""What a tenant is made of ("Adding Tenants"): one list of parameters for adding and editing."""

from apps.vendors.core import params
from apps.vendors.core.params import Param
from apps.vendors.pbxware.operations.extension_fields import JITTER
from apps.vendors.pbxware.operations.fields import count, flag, identifier, numbered, text, words

_REQUIRED = (
    text("tenant_name", "A domain name that is fully qualified.", required=True,
         pattern=r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", hint="give a domain name, like tenant.example.com"),
    params.code("tenant_code", "3", required=True, help="Three digits, unique."),
    identifier("package", required=True, help="Id of the tenant package: see packages.list."),
    params.integer("ext_length", minimum=2, maximum=16, required=True, help="Digits of an extension; fixed for good."),
    identifier("country", required=True, help="Id of the country: see routes.list."),
    text("national", "National code.", required=True),
    text("international", "International code.", required=True),
)  # fmt: skip
_GENERAL = (
    text("area_code"),
    text("glocom_dns_srv_lookup", "The app uses DNS SRV."),
    text("glocomproxy", "SIP proxy of the app."),
    text("apusername", "HTTP user name for provisioning."),
    params.secret("appassword", help="HTTP password for provisioning."),
    text("defaultserver"),
    text("announcetrunks", "Announce trunks."),
    text("absolutetimeout", "Longest call in seconds."),
    numbered("cdrvoicemail", 0, ("As answered calls", "As calls not answered", "As voicemail")),
    words("faxformat", "letter|legal|A4|auto"),
    numbered("faxfiletype", 1, ("Both PDF and TIFF", "Only PDF", "Only TIFF")),
    numbered("default_location", 1, ("Local", "Remote"), help="Of new extensions."),
    text("enabletcalls", "Calls from tenant to tenant."),
    text("disabletcid", "Do not rewrite caller ids between tenants."),
    text("tenantcid", "Default caller id."),
    text("tenant_faxcid", "Default caller id of faxes."),
    text("usedefaultcid", "Use the default caller id between tenants."),
    text("usedidcid", "Use DIDs as caller id between tenants."),
    text("finde164", "Find E.164 numbers in DIDs."),
    text("recordlimit", "Objects a page; 10 unless given."),
    text("showdirosc", "Show the directory in self-care."),
)
_RECORDING = (
    text("recordglobal", "Record calls unless said otherwise."),
    text("recordsilent", "Record without saying so."),
    text("mp3_auto_conv", "Turn recordings into MP3."),
    text("recordbeep", "Beep while recording."),
    words("recordformat", "gsm|wav|wav49|g729|ogg"),
    text("audiolang", "Audio language."),
)
_PARKING = (
    text("cspark_timeout", "Seconds a call may stay parked."),
    text("cspark_dial", "Extension parked calls are announced at."),
    text("cspark_goto", "Extension parked calls go to."),
)
_PLAN = (
    text("limitsound", "Play a sound at a limit."),
    text("limitemail", "E-mail at a limit."),
    text("notifyemail", "E-mail for notices."),
    text("leavenational", "Leave the national code."),
    text("currency", "Symbol or ISO code."),
    words("currencypos", "left|right"),
    text("dialed_num_minimum_length"),
    text("pstn_mode", "Numbering mode."),
    text("callgroups", "Call and pickup groups, parted by commas."),
    text("localcodecs"),
    text("remote_codecs"),
    text("networkcodecs"),
)
_HOT_DESKING = (
    text("hdcheck", "Check attempts to log in."),
    text("hdlockext", "Lock an extension after so many attempts."),
    text("hdlockdevice", "Lock a phone after so many locked extensions."),
    text("hdautologout", "Automatic logout."),
    text("hdlogoutinactive", "Log out after so many hours."),
)
_CALLER_ID = (
    text("ringtone_local"),
    text("hidecallerid", "Hide the caller id in self-care."),
    text("allowescallerid", "Allow the caller id of enhanced services for forwarding."),
    text("enablecnamlookup"),
    text("setcidforgrouphunt"),
    text("cidmatchdid", "Only allow trunk caller ids within the DID range."),
    text("dropanonymous", "Drop anonymous calls."),
    text("didsaveupdatecid", "Saving a DID updates caller ids and trunks."),
    text("forceunknown", "People may not send any caller id."),
    text("hideextnodir", "The app hides extensions without a department."),
    text("custompresenceetime", "Minutes until the app shows offline."),
    text("usedynfeatures", "Use dynamic features."),
    text("nobillingfwd", "Deprecated; use cf_call_rating_disable."),
    text("cf_call_rating_disable", "Do not rate forwarded calls."),
)
_MEDIA = (
    words("jbimpl", JITTER, help="Jitter buffer."),
    text("jbmaxsize", "Greatest length in ms."),
    text("jbresyncthreshold"),
    text("jbtargetextra"),
    flag("allowextipauth", "Extensions may authenticate by address."),
    flag("voiceskippin", "Skip the PIN prompt of mailboxes."),
    text("email_from"),
    text("vm_email_from"),
)
# Replies call these incominglimit, outgoinglimit, conch, quech, aach, zapch. The PBX ignores names it does not know.
_CHANNELS = tuple(
    count(name, help)
    for name, help in (
        ("local_channels", "Local channels."), ("remote_channels", "Remote channels."), ("conferences", "Conferences."),
        ("queues", "Queues."), ("auto_attendants", "Auto attendants."), ("dahdi", "DAHDI channels."),
    )
)  # fmt: skip
_MORE = (
    text("dids_notify_email"),
    text("dids_notify_order"),
    text("es_ambulance", "Emergency number: ambulance."),
    text("es_fire", "Emergency number: fire."),
    text("es_police", "Emergency number: police."),
    text("es_notification_email", "E-mail for emergency calls."),
    flag("ldap_enabled"),
    text("ldap_local_exts", "Include system extensions: 1, 0, or nothing."),
    text("ldap_hotdesking", "LDAP for hot desking: 1, 0, or nothing."),
    flag("ldap_tls"),
    params.secret("ldap_password"),
    text("ldap_search_type"),
    text("emerg_location_header", "Emergency location header."),
    text("max_contacts", "Devices at once."),
)
TENANT: tuple[Param, ...] = (
    *_REQUIRED, *_GENERAL, *_RECORDING, *_PARKING, *_PLAN, *_HOT_DESKING, *_CALLER_ID, *_MEDIA, *_CHANNELS, *_MORE,
)  # fmt: skip
