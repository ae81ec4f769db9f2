"""What other floors may want to know about people; the audit log listens."""

from django.dispatch import Signal

# A person was added or changed. Sent inside the transaction that did it, with
#   person: User      whom it happened to
#   actor: User|None  who did it; None is the portal itself
#   action: str       "person.added", "person.changed", "person.role_changed", "person.deactivated",
#                     "person.reactivated", "person.password_set"
#   before, after     dictionaries of what changed
person_changed = Signal()
