"""Vendors to play with: small HTTP servers that behave as the vendors' documents and the field notes say.

`manage.py sandbox` runs them. In a test:

    with CarrierSandbox() as carrier:
        carrier.url, carrier.credentials        # where, and as whom
        carrier.account.balance                 # look inside
        carrier.faults.set("drop_after", "process_order", times=1)

`core` is what all vendors share, `world` the customers and numbers they have in common, and each vendor has a package
of its own. No Django in here but for the command.
"""
