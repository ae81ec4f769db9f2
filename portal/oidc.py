"""The OpenID Connect provider that people may sign in through, as allauth wants to read it."""

from typing import Any

PROVIDER = "sso"  # stands in the address that the provider sends people back to


def providers(issuer: str, client_id: str, secret: str, name: str, scopes: list[str]) -> dict[str, Any]:
    """Return SOCIALACCOUNT_PROVIDERS for one provider; empty without an issuer."""
    if not issuer:
        return {}
    # PKCE: an intercepted code is worth nothing without what the portal kept.
    settings = {"server_url": issuer, "oauth_pkce_enabled": True, "scope": ["openid", "profile", "email", *scopes]}
    app = {"provider_id": PROVIDER, "name": name, "client_id": client_id, "secret": secret, "settings": settings}
    return {"openid_connect": {"APPS": [app]}}
