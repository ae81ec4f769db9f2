"""What hops are called, for people who run the systems and for those who are their customers."""

from collections.abc import Iterable

from apps.numbers.journey.graph import Hop, Mark

# Kind → (for staff, for tenants, icon).
KINDS = {
    "number": ("Number", "Your number", "hash"),
    "carrier": ("Carrier", "Carrier", "building-broadcast-tower"),
    "trunk_group": ("Trunk group", "Trunk group", "route"),
    "switch_trunk": ("Switch trunk", "Switch trunk", "plug-connected"),
    "switch": ("System", "Phone system", "server"),
    "did": ("DID", "Number", "hash"),
    "schedule": ("Schedule", "Opening hours", "clock"),
    "condition": ("Schedule", "Opening hours", "clock"),
    "flow": ("Switch", "Switch", "toggle-left"),
    "ivr": ("IVR", "Menu", "list-numbers"),
    "ring_group": ("Ring group", "Rings together", "users-group"),
    "enhanced_ring_group": ("Ring group", "Rings together", "users-group"),
    "virtual_extension": ("Ring group", "Rings together", "users-group"),
    "queue": ("Queue", "Waiting line", "hourglass"),
    "agent": ("Agent", "Person", "headset"),
    "extension": ("Extension", "Extension", "user"),
    "device": ("Device", "Phone", "device-landline-phone"),
    "voicemail": ("Voicemail", "Voicemail", "record-mail"),
    "conference": ("Conference", "Conference room", "users"),
    "paging_group": ("Paging group", "Loudspeakers", "speakerphone"),
    "parking_orbit": ("Parking", "Parked calls", "parking"),
    "external": ("Outside number", "Outside number", "phone-outgoing"),
    "dialled": ("Inside number", "Inside number", "hash"),
    "fax": ("Fax", "Fax", "printer"),
    "media": ("Announcement", "Announcement", "volume"),
    "custom": ("Custom destination", "Special destination", "settings"),
    "route": ("Route", "Route", "route"),
    "none": ("No destination", "No destination", "ban"),
}
MARKS = {
    Mark.LOOP: ("Loop", "repeat"),
    Mark.DEAD_END: ("Dead end", "ban"),
    Mark.SILENT: ("Not told", "help-circle"),
    Mark.FAILED: ("Not read", "plug-connected-x"),
    Mark.AGAIN: ("See above", "arrow-back-up"),
    Mark.CUT: ("Not followed", "scissors"),
}


def noun(kind: str) -> str:
    """Return what staff call a thing of this kind, in the middle of a sentence."""
    label = "mailbox" if kind == "voicemail" else KINDS.get(kind, (kind.replace("_", " "),))[0]
    return label if label.isupper() else label[:1].lower() + label[1:]


def dress(hops: Iterable[Hop], *, plain: bool) -> None:
    """Give each hop the words and the icon of its kind; `plain` for tenants, who are not told where it was read."""
    for start in hops:
        for hop in start.all():
            staff, tenant, hop.icon = KINDS.get(hop.kind, (hop.kind.replace("_", " ").capitalize(),) * 2 + ("circle-dot",))
            hop.label = tenant if plain else staff
            if hop.mark:
                hop.mark_label, hop.mark_icon = MARKS[hop.mark]
