from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "apps.changes"

    def ready(self) -> None:
        from apps.changes.approvals import receivers  # noqa: F401  (listens)
