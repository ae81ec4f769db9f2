"""What other floors may want to know about people; the audit log listens."""

from django.dispatch import Signal

# A person was added or changed. Sent inside the transaction that did it, with
#   person: User      whom it happened to
#   actor: User|None  who did it; None is the portal itself
#   action: str       "person.added", "person.changed", "person.role_changed", "person.deactivated",
#                     "person.reactivated", "person.password_set"
#   before, after     dictionaries of what changed
person_changed = Signal()

# Somebody signed in confirmed who they are, with request, user and proof ("password", "code" or "passkey").
stepped_up = Signal()

# A session ended other than by signing out, with
#   request, user     who did it, or whose session it was when it timed out
#   reason: str       "idle", "absolute" or "revoked"
#   count: int        how many at once
#   of: str           the device and address, when it was one
session_ended = Signal()
