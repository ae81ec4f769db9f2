from django.apps import AppConfig


class NumbersConfig(AppConfig):
    name = "apps.numbers"

    def ready(self) -> None:
        """Offer what connections synchronise, and what plans can change."""
        from apps.connections.services import register_sync
        from apps.numbers.services import plans, sync  # noqa: F401  (plans registers its kinds)
        from apps.vendors.core.numbers import NumberInventory

        register_sync("numbers", NumberInventory, lambda connection: str(sync(connection)))
