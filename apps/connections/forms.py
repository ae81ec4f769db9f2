"""Forms of connections and of the operation console. Credentials go in and never come out."""

import uuid
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from apps.accounts.models import User
from apps.accounts.tickets import TicketForm
from apps.connections.models import Connection
from apps.connections.param_fields import field_for, value_of
from apps.connections.services import check_fields, readable_credentials, split_fields
from apps.vendors.core.errors import InvalidParameters
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.params import Param
from apps.vendors.core.registry import Vendor

FIELD = "field_"  # the vendor's own fields
PARAM = "param_"  # an operation's parameters
ADVANCED = ("verify_tls", "ca_pem", "connect_timeout", "read_timeout", "rate_per_second", "concurrency")

OWN = ("name", "base_url", *ADVANCED)


class ConnectionForm(forms.ModelForm):
    """A connection of one vendor: its address, the vendor's declared fields, TLS and limits.

    `vendor_fields()` returns what was typed for the vendor's fields, `settings()` the rest.
    """

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Connection
        fields = OWN
        labels = {
            "connect_timeout": "Wait for a connection",
            "read_timeout": "Wait for an answer",
            "rate_per_second": "Calls a second",
            "concurrency": "Calls at once",
        }
        help_texts = {
            "verify_tls": "Switch this off only for a system you reach over a network you trust.",
            "ca_pem": "PEM certificates to trust besides the usual ones, for a system with its own authority.",
            "connect_timeout": "Seconds until we give up reaching it.",
            "read_timeout": "Seconds until we give up waiting for its answer.",
            "rate_per_second": "The most it takes; empty for no limit of ours.",
            "concurrency": "More wait for their turn.",
        }
        widgets = {
            "base_url": forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
            "name": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            "ca_pem": forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "font-monospace"}),
        }

    def __init__(self, data: Mapping[str, Any] | None = None, *, vendor: Vendor, instance: Connection | None = None) -> None:
        super().__init__(data, instance=instance or Connection(vendor=vendor.key))
        self.vendor = vendor
        self.fields["base_url"].widget.attrs["placeholder"] = vendor.url_example
        if instance:
            # A name stands in scripts and in the audit log: it stays.
            del self.fields["name"]
            self.fields["revision"].initial = instance.revision
        stored = readable_credentials(self.instance)
        known = {**stored, **self.instance.options}
        for param in vendor.fields:
            field = field_for(param, kept=param.secret and bool(stored.get(param.name)))
            if instance and not param.secret and param.name in known:
                field.initial = _shown(known[param.name])
            self.fields[FIELD + param.name] = field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        try:
            if self.instance.pk:
                check_fields(self.instance, self.vendor_fields(), base_url=cleaned.get("base_url"))
            else:
                split_fields(self.vendor.key, self.vendor_fields())
        except InvalidParameters as error:
            place_faults(self, error.fields, FIELD)
        return cleaned

    def vendor_fields(self) -> dict[str, Any]:
        """Return what was typed for the vendor's fields, by their names."""
        return {param.name: value_of(param, self.cleaned_data.get(FIELD + param.name)) for param in self.vendor.fields}

    def settings(self) -> dict[str, Any]:
        """Return the connection's own settings."""
        return {name: self.cleaned_data[name] for name in OWN if name in self.fields}

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields as the screen groups them."""
        of_vendor = [self[FIELD + param.name] for param in self.vendor.fields]
        return [
            ("Where it is", [self[name] for name in ("name", "base_url") if name in self.fields]),
            ("How to sign in there", of_vendor),
        ]

    def advanced(self) -> list[forms.BoundField]:
        """Return the fields that seldom need a look."""
        return [self[name] for name in ADVANCED]

    def advanced_wrong(self) -> bool:
        """Return whether one of them is wrong, and must be seen."""
        return any(name in self.errors for name in ADVANCED)


class OperationForm(TicketForm):
    """The console's form of one operation, built from its record.

    When it is valid, `values` holds the cleaned parameters. What deletes, spends or acts on a live call wants a name
    typed: the vendor's name of the operation, ours, or the connection's; what changes anything takes a ticket and a reason.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, operation: Operation, connection: Connection, worker: User | None = None) -> None:
        super().__init__(*args, worker=worker)
        if operation.effect is Effect.READ:
            del self.fields["ticket"], self.fields["reason"]
        self.operation = operation
        self.values: dict[str, Any] = {}
        self.fields["form_token"].initial = uuid.uuid4
        for param in operation.params:
            self.fields[PARAM + param.name] = field_for(param)
        self.confirm_with = operation.documented_as[0] if operation.documented_as else operation.name
        self._accepted = {*operation.documented_as, operation.name, connection.name}
        if wants_confirmation(operation):
            self.fields["confirmation"] = forms.CharField(
                label=f"Type {self.confirm_with} to confirm",
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
                error_messages={"required": f"Type {self.confirm_with} to confirm."},
            )

    def clean_confirmation(self) -> str:
        typed = self.cleaned_data["confirmation"].strip()
        if typed not in self._accepted:
            raise ValidationError(f"That is not it: type {self.confirm_with} to confirm.")
        return typed

    def clean(self) -> dict[str, Any]:
        given = {param.name: value_of(param, self.cleaned_data.get(PARAM + param.name)) for param in self.operation.params}
        try:
            self.values = self.operation.validate(given)
        except InvalidParameters as error:
            place_faults(self, error.fields, PARAM)
        return self.cleaned_data

    def parameters(self) -> list[tuple[Param, forms.BoundField]]:
        """Return each parameter with its field."""
        return [(param, self[PARAM + param.name]) for param in self.operation.params]

    def renew(self) -> None:
        """Make what was typed ready to be sent again: a token of its own, and the confirmation to be typed anew."""
        data = cast(QueryDict, self.data).copy()
        data["form_token"] = str(uuid.uuid4())
        data["confirmation"] = ""
        self.data = data


def wants_confirmation(operation: Operation) -> bool:
    """Return whether a person must type a name before this operation is sent."""
    return operation.effect in {Effect.DESTRUCTIVE, Effect.PURCHASE, Effect.LIVE}


def place_faults(form: forms.BaseForm, faults: Mapping[str, str], prefix: str) -> None:
    """Put each fault beside its field, or above the form when it has none there."""
    for name, fault in faults.items():
        field = prefix + name
        if field not in form.fields:
            form.add_error(None, f"{name}: {fault}" if name else _sentence(fault))
        elif field not in form.errors:
            form.add_error(field, _sentence(fault))


def _sentence(fault: str) -> str:
    text = f"This {fault}" if fault.startswith(("is ", "must ", "cannot ")) else fault[:1].upper() + fault[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _shown(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value
