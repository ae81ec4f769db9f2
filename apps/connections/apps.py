from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "apps.connections"

    def ready(self) -> None:
        from apps.connections import checks, receivers  # noqa: F401  (registers the start-up checks, and listens)
