"""/sipxconfig/rest/my: what belongs to whoever is signed in."""

from . import book, calls, conferences, mailbox, preferences

__all__ = ["book", "calls", "conferences", "mailbox", "preferences"]
