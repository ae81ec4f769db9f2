"""Why a losing carrier rejects: a closed list, with the industry's codes and what the customer is to do about each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground. `advice` is for the customer; `fields` are the details it asks to correct, `papers` those to renew."""

    key: str
    label: str
    codes: str
    advice: str
    fields: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()


_ADDRESS = ("house_number", "street", "unit", "city", "area", "postcode")
_NAME = ("business_name", "first_name", "last_name")
_ALL = (
    Reason(
        "account", "Account number wrong or missing", "7401, 8A, E17A/B",
        "Your current provider does not know the account number we gave. Look it up on your latest bill, or ask them for it.",
        ("account_number", "wireless_account"), ("bill",),
    ),
    Reason(
        "pin", "PIN or passcode wrong or missing", "7435, 8C, E42PWA/B",
        "The PIN does not match. Ask your current provider for a transfer PIN; some are valid for a few days only.",
        ("wireless_pin",),
    ),
    Reason(
        "name", "Name does not match", "7404, 7429, 8G, E10",
        "Your current provider has the account under another name. Give the name exactly as it stands on their bill.", _NAME,
    ),
    Reason(
        "person", "Authorised person does not match", "7473, 7115, E10a",
        "The person who signed is not authorised on the account. Let somebody sign who is, or have them added there first.",
        ("authorised_person",), ("loa",),
    ),
    Reason(
        "address", "Address or ZIP does not match", "7402, E1, 8D",
        "The service address is not the one your current provider has. Ask them for the customer service record and give the "
        "address as it stands there: the address of the service, not of the bill.",
        _ADDRESS, ("bill",),
    ),
    Reason(
        "btn", "Billing telephone number does not match", "7445, E14",
        "The main number of the account is another one. It stands on your bill, often as the account's first number.",
        ("billing_number",),
    ),
    Reason(
        "all_data", "Nothing matches", "7408, 6C",
        "Your current provider finds none of the details we gave. Send us a recent bill or their customer service record.",
        (*_ADDRESS, *_NAME, "billing_number"), ("bill",),
    ),
    Reason(
        "not_on_account", "Number not on the account, or disconnected", "7409, 7426, 7427, 6A, 6D, E27, E30",
        "A number is not in service with that provider. Leave it out, or have it switched on again before we ask anew.",
    ),
    Reason(
        "several_accounts", "Several accounts in one order", "7485",
        "The numbers stand on more than one account. Tell us which number is on which; we make an order for each.",
    ),
    Reason(
        "pending_order", "Another order is pending on the account", "7407, 6M, 6N, E19",
        "Your current provider is still working on another order of yours. Have them finish or cancel it, then tell us.",
    ),
    Reason(
        "freeze", "Not portable, local service freeze or port-out lock", "7403, 7416, 7425, 6K, 6P, E6d",
        "The number is locked. Only you can have the lock lifted: call your current provider, then tell us.",
    ),
    Reason(
        "partial", "Partial port without saying what stays", "7434, E24, E6h",
        "Some numbers stay with your current provider. Tell us which, and which of them becomes the account's main number.",
        ("partial", "staying", "new_billing_number"),
    ),
    Reason(
        "features", "Features in the way", "7406, 7410, 7411, 7415, 7419, 7421, 7437",
        "A service hangs on the number: internet, an alarm, a hunt group or forwarding. Agree with your provider that it ends, "
        "in writing, or keep that number there.",
    ),
    Reason(
        "pilot", "Pilot number would strand services", "",
        "This is the main number of other services. Name another main number for those that stay.", ("new_billing_number",),
    ),
    Reason(
        "due_date", "Due date not possible", "7412, 7439, 1N, 6E, 6F, E35",
        "Your current provider cannot do it on that day. We ask for a later one, at least three working days on.",
        ("wanted_on",),
    ),
    Reason(
        "loa", "LOA missing, unsigned or too old", "7424, E8",
        "They want the letter of authorisation signed within the last 30 days. Print it anew, sign it and send it to us.",
        (), ("loa",),
    ),
    Reason(
        "newer", "A more recent authorisation exists", "",
        "Somebody has since asked another provider for this number. Settle with them who is to have it.",
    ),
    Reason(
        "elsewhere", "A date is confirmed elsewhere", "17008",
        "The number is already on its way to another provider. Cancel that order first.",
    ),
    Reason(
        "unpaid", "Unpaid balance", "",
        "Your provider says that a bill is open. Settle it; for a landline they may not hold the number back for it.",
    ),
    Reason(
        "tax_id", "Social security or tax number does not match", "7443, 8B",
        "Your provider wants to identify you. We never store such numbers: call us, and we pass it on by telephone.",
    ),
    Reason(
        "not_served", "Rate centre not served, or not portable here", "",
        "We cannot take numbers of this place yet. Keep it with your current provider, perhaps forwarded to one of ours.",
    ),
    Reason(
        "toll_free", "Toll-free: spare, unavailable, denied, disconnected or transitional", "7620 to 7622, 7627, 7654, 7655",
        "The company that controls the toll-free number did not release it. Ask your current provider which company that is.",
    ),
    Reason(
        "other", "Another ground", "",
        "Your current provider rejected the transfer. What they said stands below.",
    ),
)  # fmt: skip
REASONS = {reason.key: reason for reason in _ALL}
NOT_TAKEN = "not_served"  # what the carrier left out when it took the order
