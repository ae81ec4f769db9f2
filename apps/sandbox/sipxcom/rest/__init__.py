"""/sipxconfig/rest: XML first, JSON too, changes answered in an envelope."""

from . import attendants, branches, erls, groups, permissions, phonebooks, users

__all__ = ["attendants", "branches", "erls", "groups", "permissions", "phonebooks", "users"]
