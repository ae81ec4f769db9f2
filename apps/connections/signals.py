"""What other floors may want to know about calls to vendors, and may stop."""

from django.dispatch import Signal

# A call that deletes or spends is about to be sent, with
#   connection: Connection, exchange: Exchange (phase "started"), actor: User|None
# A receiver that raises a VendorError of the kind NotSent keeps it from being sent, whoever asked for it.
about_to_send = Signal()
