"""/sipxconfig/rest: XML first, JSON too, changes answered in an envelope."""

from . import attendants, branches, erls, groups, people, permissions, phonebooks

__all__ = ["attendants", "branches", "erls", "groups", "people", "permissions", "phonebooks"]
