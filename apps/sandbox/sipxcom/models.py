"""The models of phones and gateways that can be made."""

from dataclasses import dataclass

from .system import Row
from .trees import Listed


@dataclass(frozen=True)
class Model:
    id: str
    label: str
    vendor: str
    versions: tuple[str, ...] = ()

    @property
    def bean(self) -> Row:
        versions = Listed("Version", list(self.versions)) if self.versions else None
        return {"modelId": self.id, "label": self.label, "vendor": self.vendor, "versions": versions}


_POLYCOM = ("4.1.X", "5.9.X")
PHONES = (
    Model("polycomVVX311", "Polycom VVX 311", "polycom", _POLYCOM),
    Model("polycomVVX411", "Polycom VVX 411", "polycom", _POLYCOM),
    Model("yealinkPhoneSIPT46", "Yealink SIP-T46", "yealink"),
    Model("ciscoplus7941G", "Cisco 7941G", "cisco"),
    Model("SPA112_ATA", "Linksys SPA112", "linksys"),
)
TRUNK = "sipTrunkStandard"
GATEWAYS = (
    Model(TRUNK, "SIP trunk", "sipx"),
    Model("audiocodesMP1X4_4_FXO", "AudioCodes MP114 FXO", "audiocodes", ("5.8", "6.0")),
    Model("genericGatewayStandard", "Unmanaged gateway", "generic"),
)


def phone_model(ref: object) -> Model | None:
    return next((model for model in PHONES if model.id == ref), None)


def gateway_model(ref: object) -> Model | None:
    return next((model for model in GATEWAYS if model.id == ref), None)
