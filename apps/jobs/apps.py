from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from prometheus_client import REGISTRY


class JobsConfig(AppConfig):
    name = "apps.jobs"

    def ready(self) -> None:
        """Find the kinds of all apps, and offer figures to Prometheus."""
        from apps.jobs import upkeep  # noqa: F401  (registers its kinds)
        from apps.jobs.auditing import kinds  # noqa: F401  (registers its kinds)
        from apps.jobs.metrics import JobCollector

        autodiscover_modules("kinds")
        REGISTRY.register(JobCollector())
