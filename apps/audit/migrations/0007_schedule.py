"""Once a day the log is proved whole, shortened if a setting says so, and its head signed."""

from datetime import timedelta

from django.db import migrations
from django.utils import timezone

KEY = "audit.upkeep"


def start(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.get_or_create(
        key=KEY,
        defaults={
            "kind": KEY,
            "title": "Prove the audit log",
            "every": timedelta(days=1),
            "next_run_at": timezone.now() + timedelta(minutes=5),
        },
    )


def stop(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.filter(key=KEY).delete()


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_retention"), ("jobs", "0003_upkeep")]
    operations = [migrations.RunPython(start, stop)]
