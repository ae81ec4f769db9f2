"""What is typed about approvals: the rules."""

from typing import Any

from django import forms

from apps.changes.approvals.policy import RULES
from apps.changes.models import ApprovalPolicy


class PolicyForm(forms.ModelForm):
    """The rules, one field each."""

    class Meta:
        model = ApprovalPolicy
        fields = list(RULES)
        help_texts = {
            "cancellation": "A cancelled number goes back to the carrier and may be sold to anybody.",
            "emergency": "Whatever changes the address or the route of a 911 call.",
            "bulk": "More than 30 % of the numbers of a connection with ten or more, in one plan.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["spend_limit"].widget.attrs["step"] = "0.01"
