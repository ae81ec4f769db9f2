"""SAML 2.0: the request that sends a browser to the provider, and judging the answer that comes back.

python3-saml checks the signature, the schema, the issuer and the times, and refuses DTDs and entities. What it lets a provider
leave out is required here: an audience, a destination, a recipient, an end of validity, and which request is answered.
"""

import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from apps.accounts.provider import saml_provider

MOST_CHARACTERS = 200_000  # an answer is a few thousand; groups can make it longer
_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_CLOCK_SECONDS = 60  # how far the provider's clock may be off


class NotConfirmed(Exception):
    """The answer does not prove who came; the message is for the log."""


@dataclass(frozen=True)
class Asked:
    """A request on its way to the provider."""

    id: str
    url: str
    again_at: float  # when the provider was told to ask the person anew; 0 when it was not


@dataclass(frozen=True)
class Assertion:
    """What the provider says of a person, after everything about it was checked but whose browser brought it."""

    id: str
    answers: str  # the request of ours
    until: float
    authenticated_at: float
    name_id: str
    name_id_format: str
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def get_attributes(self) -> dict[str, list[str]]:
        """For allauth."""
        return self.attributes

    def get_nameid(self) -> str:
        """For allauth."""
        return self.name_id

    def get_nameid_format(self) -> str:
        """For allauth."""
        return self.name_id_format


def ask(request: HttpRequest, *, again: bool) -> Asked:
    """Return a request to the provider; `again` wants the person asked though they are signed in there."""
    auth = OneLogin_Saml2_Auth(_as_read_by_the_library(request), _config(request))
    url = auth.login(return_to="", force_authn=again)
    return Asked(auth.get_last_request_id(), url, time.time() if again else 0)


def judge(request: HttpRequest, answer: str) -> Assertion:
    """Return what a posted answer says.

    Raises:
        NotConfirmed: it is not signed by the provider, not for us, not for now, or not what it should be.
    """
    if not answer or len(answer) > MOST_CHARACTERS:
        raise NotConfirmed(f"an answer of {len(answer)} characters")
    auth = OneLogin_Saml2_Auth(_as_read_by_the_library(request, answer), _config(request))
    try:
        auth.process_response()
        if auth.get_errors() or not auth.is_authenticated():
            raise NotConfirmed(auth.get_last_error_reason() or ", ".join(auth.get_errors()))
        return _strictly(request, auth)
    except (ValueError, SyntaxError, OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError) as error:
        raise NotConfirmed(f"{type(error).__name__}: {error}") from error


def metadata(request: HttpRequest) -> bytes:
    """Return what the provider has to know of this portal, as XML."""
    auth = OneLogin_Saml2_Auth(_as_read_by_the_library(request), _config(request))
    found: str | bytes = auth.get_settings().get_sp_metadata()
    return found.encode() if isinstance(found, str) else found


def unreadable(text: str) -> str:
    """Return why the provider's metadata cannot be used, "" when they can."""
    try:
        idp = _idp_of(text)
    except (ValueError, SyntaxError, OneLogin_Saml2_Error) as error:
        return f"they are no metadata: {error}"
    wanted = {"entityId": "an entity ID", "singleSignOnService": "an address for sign-in over HTTP-Redirect"}
    missing = [words for name, words in wanted.items() if name not in idp]
    if not {"x509cert", "x509certMulti"} & idp.keys():
        missing.append("a certificate for signatures")
    return f"they lack {', '.join(missing)}" if missing else ""


def _strictly(request: HttpRequest, auth: OneLogin_Saml2_Auth) -> Assertion:
    """Return the one assertion, with what SAML's web profile demands and the library leaves open checked."""
    acs = _address(request, "saml_acs")
    response = OneLogin_Saml2_XML.to_etree(auth.get_last_response_xml())
    if response.get("Destination") != acs:
        raise NotConfirmed(f"meant for {response.get('Destination')!r}")
    (assertion,) = OneLogin_Saml2_XML.query(response, "/samlp:Response/saml:Assertion")
    audiences = [one.text for one in _below(assertion, "saml:Conditions/saml:AudienceRestriction/saml:Audience")]
    if _address(request, "saml_metadata") not in audiences:
        raise NotConfirmed(f"for the audience {audiences!r}")
    answered = response.get("InResponseTo")
    for one in _below(assertion, f"saml:Subject/saml:SubjectConfirmation[@Method='{_BEARER}']/saml:SubjectConfirmationData"):
        if answered and one.get("InResponseTo") == answered and one.get("Recipient") == acs and one.get("NotOnOrAfter"):
            until = float(OneLogin_Saml2_Utils.parse_SAML_to_time(one.get("NotOnOrAfter")))
            break
    else:
        raise NotConfirmed("no confirmation that names its recipient, its end and the request it answers")
    if auth.get_nameid_format() == _TRANSIENT:
        raise NotConfirmed("a transient NameID, which is another one each time; let the provider send a persistent one")
    (statement,) = _below(assertion, "saml:AuthnStatement")
    authenticated_at = float(OneLogin_Saml2_Utils.parse_SAML_to_time(statement.get("AuthnInstant")))
    return Assertion(
        id=assertion.get("ID"),
        answers=answered,
        until=until,
        authenticated_at=authenticated_at,
        name_id=auth.get_nameid() or "",
        name_id_format=auth.get_nameid_format() or "",
        attributes={name: [str(value) for value in values] for name, values in auth.get_attributes().items()},
    )


def was_asked_again(assertion: Assertion, since: float) -> bool:
    """Return whether the provider asked the person after `since`, as a step-up wants it."""
    return assertion.authenticated_at >= since - _CLOCK_SECONDS


def _below(element: Any, path: str) -> list[Any]:
    return OneLogin_Saml2_XML.query(element, f"./{path}")


def _address(request: HttpRequest, name: str) -> str:
    return request.build_absolute_uri(reverse(name))


def _as_read_by_the_library(request: HttpRequest, answer: str = "") -> dict[str, Any]:
    """Return the request, as if it had come to the address that answers are sent to."""
    return {
        "https": "on" if request.is_secure() else "off",
        "http_host": request.get_host(),
        "script_name": reverse("saml_acs"),
        "get_data": {},
        "post_data": {"SAMLResponse": answer} if answer else {},
    }


def _config(request: HttpRequest) -> dict[str, Any]:
    service = {"url": _address(request, "saml_acs"), "binding": _POST}
    return {
        "strict": True,
        "sp": {"entityId": _address(request, "saml_metadata"), "assertionConsumerService": service},
        "idp": _idp_of(saml_provider(request).app.settings["metadata"]),
        "security": {
            "rejectDeprecatedAlgorithm": True,  # SHA-1
            "requestedAuthnContext": False,
            "wantAttributeStatement": False,
            "allowRepeatAttributeName": True,
            "allowSingleLabelDomains": True,
        },
    }


@lru_cache(maxsize=4)
def _idp_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = OneLogin_Saml2_IdPMetadataParser.parse(text)
    return found.get("idp", {})
