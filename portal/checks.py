"""What is weak in this installation, as warnings of `manage.py check` and of every start; and sign-in that cannot work."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from portal.weaknesses import Weakness, of_settings, of_stored


@register(Tags.security)
def check_settings(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of weak settings and of key files that others can read."""
    return _warnings(of_settings())


@register(Tags.database)
def check_stored(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of weak connections and log-ins; only asked for with `--database`, and by `migrate` before there are tables."""
    try:
        return _warnings(of_stored()) if databases else []
    except DatabaseError:
        return []


@register(Tags.security)
def check_saml(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to start with a SAML provider that nobody could sign in through."""
    if not settings.SAML_IDP_METADATA:
        return []
    try:
        from apps.accounts.signin.saml import unreadable
    except Exception as error:  # noqa: BLE001  missing, or xmlsec's own when lxml was built for another libxml2
        hint = "Install what the lock file names: pip install 'patchbay[saml]'"
        return [Error(f"SAML_IDP_METADATA is set, but its library cannot be used: {error}.", hint=hint, id="portal.saml")]
    why = unreadable(settings.SAML_IDP_METADATA)
    hint = "Take the provider's metadata XML as it is; SAML_IDP_METADATA_FILE reads it from a file."
    return [Error(f"SAML_IDP_METADATA cannot be used: {why}.", hint=hint, id="portal.saml")] if why else []


@register(Tags.security)
def check_ldap(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to start with a directory that nobody could sign in through."""
    if not settings.LDAP_URL:
        return []
    from apps.accounts.signin.ldap import wrong_settings

    return [Error(text, id="portal.ldap") for text in wrong_settings()]


def _warnings(found: Iterable[Weakness]) -> list[CheckMessage]:
    return [Warning(one.text, hint=one.hint, id=f"portal.{one.id}") for one in found]
