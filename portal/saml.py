"""The SAML provider that people may sign in through, as allauth wants to read it."""

from typing import Any

# What providers call the facts about a person, the most common first.
_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
ATTRIBUTES = {
    "uid": ["urn:oasis:names:tc:SAML:attribute:subject-id"],
    "username": ["uid", "username", "urn:oid:0.9.2342.19200300.100.1.1", f"{_CLAIMS}name"],
    "email": ["email", "mail", "urn:oid:0.9.2342.19200300.100.1.3", f"{_CLAIMS}emailaddress"],
    "first_name": ["givenName", "first_name", "urn:oid:2.5.4.42", f"{_CLAIMS}givenname"],
    "last_name": ["sn", "surname", "last_name", "urn:oid:2.5.4.4", f"{_CLAIMS}surname"],
}


def providers(metadata: str, name: str, attributes: dict[str, str]) -> dict[str, Any]:
    """Return SOCIALACCOUNT_PROVIDERS for one provider; empty without its metadata.

    `attributes` names the attribute of a fact where the usual names do not fit.
    """
    if not metadata:
        return {}
    mapping = {fact: [attributes[fact]] if fact in attributes else usual for fact, usual in ATTRIBUTES.items()}
    settings = {"attribute_mapping": mapping, "metadata": metadata}
    return {"saml": {"APPS": [{"provider_id": "saml", "client_id": "saml", "name": name, "settings": settings}]}}
