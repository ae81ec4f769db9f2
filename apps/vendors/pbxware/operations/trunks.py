"""Trunks, and which tenant may use which."""

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, equal_length
from apps.vendors.core.params import Param
from apps.vendors.pbxware import decode
from apps.vendors.pbxware.operations.extension_fields import codecs
from apps.vendors.pbxware.operations.fields import (
    count,
    identifier,
    items,
    optional,
    record,
    rows,
    server,
    text,
    word,
    words,
)

SECRETS = ("secret", "peer_secret")
_PRIVACY = "none|anonymous|anonymous_id|anonymous_number|anonymous_number_id"
_PTIME = r"(?:[1-9]|[12]\d|30)0"

_TRUNK: tuple[Param, ...] = (
    text("name", required=True),
    identifier("provider_id", required=True, help="Id of the provider: see trunks.providers."),
    words("type", "user|friend|peer", required=True),
    words("dtmfmode", "auto|inband|rfc2833|info|shortinfo", required=True),
    words("status", "active|not active", required=True),
    text("qualify"),
    text("country", "Id of the country: see routes.list.", required=True),
    text("national", "National prefix.", required=True),
    text("international", "International prefix.", required=True),
    text("passthru_mode", "Numbers pass unchanged."),
    text("national_leave", "Leave the national prefix."),
    text("area_code"),
    text("emerg_trunk", "Carries emergency calls.", required=True),
    text("e164a", "E.164 accepted."),
    text("prefix"),
    word("prefix_emerg", "The prefix is set for emergency calls, too."),
    text("testnum", "Test number."),
    text("host", required=True),
    text("username", required=True),
    params.secret("secret", required=True),
    text("peer_host", required=True),
    text("peer_username", required=True),
    params.secret("peer_secret", required=True),
    text("authname"),
    text("auth"),
    text("register"),
    text("register_suffix"),
    text("register_expiration"),
    words("insecure", "port|invite|port,invite|very", required=True),
    text("fromuser"),
    text("fromdomain"),
    text("phoneinuri", "User=phone in the URI."),
    text("outboundproxy"),
    words("looserouting", "yes|no|1|0", required=True),
    items("from_ipaddr", help="Addresses calls come from, parted by commas."),
    words("transport", "udp|tcp|tls"),
    text("encryption"),
    words("direct_media", "no|yes|nonat|update|nonat,update"),
    word("directrtpsetup"),
    text("defaultip"),
    text("trustrpid"),
    text("sendrpid"),
    text("trust_id_outbound", "Send the caller id in RPID for anonymous calls."),
    text("rpid_connectedline", "Connected line updates."),
    text("rpid_update", "RPID with SIP UPDATE."),
    text("sendpai", "Send the PAI header."),
    words("privacy", _PRIVACY),
    text("callerid"),
    text("dialed_num_minimum_length"),
    text("emerg_location_header", "Emergency location header."),
    text("allow_es_callerid", "Allow the caller id of enhanced services."),
    count("incominglimit", "Calls at once.", required=True),
    count("outgoinglimit", "Calls at once.", required=True),
    text("email_on_limit"),
    text("outgoing_dialoptions"),
    text("videosupport"),
    text("autoframing"),
    codecs("codecs", separator=",", required=True),
    items("codecs_ptime", pattern=_PTIME, hint="10, 20 … 300", required=True,
          help="Packet time for each codec: 10, 20 … 300; parted by commas."),
)  # fmt: skip
_PLACES = ("primary_trunk", "secondary_trunk", "tertiary_trunk")
_EMERGENCY = ("primary_emerg_trunk", "secondary_emerg_trunk", "tertiary_emerg_trunk")

OPERATIONS = [
    record(
        "trunks.list", "trunk.list", "Trunks", Effect.READ,
        server(required=False, help="Ignored in tenant mode.", customer=False),
        area="routing", source="Listing Trunks", decode=decode.keyed, returns=rows(provider_id=replies.text),
    ),
    record(
        "trunks.add", "trunk.add", "Add a trunk", Effect.WRITE, server(help="1 in tenant mode.", customer=False), *_TRUNK,
        area="routing", source="Adding Trunks", rules=(equal_length("codecs", "codecs_ptime"),),
        outcome_from="trunks.list", secrets=SECRETS,
    ),
    record(
        "trunks.change", "trunk.edit", "Change a trunk", Effect.WRITE,
        server(help="1 in tenant mode.", customer=False), identifier(required=True), *optional(_TRUNK),
        area="routing", source="Editing Trunks", rules=(equal_length("codecs", "codecs_ptime"),),
        repeatable=True, outcome_from="trunks.list", secrets=SECRETS,
    ),
    record(
        "trunks.remove", "trunk.delete", "Delete a trunk", Effect.DESTRUCTIVE,
        server(help="1 in tenant mode.", customer=False), identifier(required=True),
        area="routing", source="Deleting Trunks", outcome_from="trunks.list",
    ),
    record(
        "trunks.read", "trunk.configuration", "Settings of a trunk", Effect.READ,
        identifier(wire="trunkid", required=True), server(help="1 in tenant mode.", customer=False),
        area="routing", source="Trunk Configuration", decode=decode.one,
        returns=replies.obj(secrets=SECRETS, id=replies.text, provider_id=replies.text),
    ),
    record(
        "trunks.providers", "trunk.providers", "Providers trunks can be made of", Effect.READ,
        server(required=False, customer=False),
        area="routing", source="Listing Providers", decode=decode.providers, returns=rows(),
    ),
    record(
        "tenants.trunks.read", "tenant.trunks.list", "A tenant's trunks", Effect.READ,
        identifier("tenant", required=True, customer=True),
        area="routing", source="Listing Trunks & Tenants", decode=decode.settings, returns=replies.obj(),
    ),
    record(
        "tenants.trunks.set", "tenant.trunks.set", "Set a tenant's trunks", Effect.WRITE,
        identifier("tenant", required=True, customer=True),
        items("trunks", pattern=r"\d+", hint="give ids of trunks", help="Ids of trunks, parted by commas."),
        *(text(name, f"{name.split('_')[0].capitalize()} trunk.") for name in _PLACES),
        *(text(name, f"{name.split('_')[0].capitalize()} trunk for emergency calls.") for name in _EMERGENCY),
        area="routing", source="Setting Trunks & Tenants", repeatable=True, outcome_from="tenants.trunks.read",
    ),
]  # fmt: skip
