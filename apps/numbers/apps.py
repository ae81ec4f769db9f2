from django.apps import AppConfig


class NumbersConfig(AppConfig):
    name = "apps.numbers"

    def ready(self) -> None:
        """Offer what connections synchronise, and what plans can change."""
        from apps.connections.services import register_sync
        from apps.numbers.services import plans, sync  # noqa: F401  (plans registers its kinds)
        from apps.vendors.core.numbers import NumberInventory
        from apps.vendors.core.routing import Dids

        for key, capability in (("numbers", NumberInventory), ("dids", Dids)):
            register_sync(key, capability, lambda connection: str(sync(connection)))
