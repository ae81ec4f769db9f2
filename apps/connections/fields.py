"""The model field that keeps credentials encrypted."""

from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from apps.connections.vault import Sealed


class _SealOnAssignment(DeferredAttribute):
    """Whatever is assigned is held sealed, so that an instance never carries readable credentials."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class SealedJSONField(models.Field):
    """A JSON dictionary, encrypted at rest and in memory. Assign a dict; read it with `.open()`.

    A row loads even when no key fits: `open()` is what fails, so lists and screens keep working.
    """

    # What type checkers are told of assignment and reading.
    _pyi_private_set_type: Sealed | dict[str, Any]
    _pyi_private_get_type: Sealed

    description = "Encrypted JSON"
    descriptor_class = _SealOnAssignment

    def get_internal_type(self) -> str:
        return "TextField"

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return Sealed(value or "")
        return Sealed.of(value) if isinstance(value, dict) else value

    def from_db_value(self, value: str | None, *_: Any) -> Sealed:
        return Sealed(value or "")

    def get_prep_value(self, value: Any) -> str:
        sealed = self.to_python(value)
        # Conditional updates compare and set stored tokens; expressions pass through untouched.
        return sealed.token if isinstance(sealed, Sealed) else sealed

    def value_to_string(self, obj: models.Model) -> str:
        return self.value_from_object(obj).token

    def formfield(self, **_: Any) -> None:  # type: ignore[override]
        """No form shows this field; `forms.ConnectionForm` asks for each credential by name."""
        return
