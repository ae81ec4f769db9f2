from django.apps import AppConfig


class NumbersConfig(AppConfig):
    name = "apps.numbers"

    def ready(self) -> None:
        """Offer what connections synchronise, and what plans can change."""
        from apps.connections.services import register_sync
        from apps.numbers.emergency import inventory, receivers  # noqa: F401  (receivers listens)
        from apps.numbers.emergency import plans as _emergency  # noqa: F401  (registers its kinds)
        from apps.numbers.services import plans, sync  # noqa: F401  (plans registers its kinds)
        from apps.vendors.core.numbers import NumberInventory
        from apps.vendors.core.routing import Dids, Emergency

        for key, capability in (("numbers", NumberInventory), ("dids", Dids)):
            register_sync(key, capability, lambda connection: str(sync(connection)))
        register_sync("emergency", Emergency, lambda connection: str(inventory.sync(connection)))
