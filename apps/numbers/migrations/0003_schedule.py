from datetime import timedelta

from django.db import migrations
from django.utils import timezone


def every_hour(apps, schema_editor):
    """Read the carriers' lists every hour; the row can be changed or switched off like any other."""
    apps.get_model("jobs", "Schedule").objects.get_or_create(
        key="numbers.sync",
        defaults={
            "kind": "numbers.sync",
            "title": "Read the numbers",
            "every": timedelta(hours=1),
            "next_run_at": timezone.now() + timedelta(hours=1),
        },
    )


def never(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.filter(key="numbers.sync").delete()


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial"), ("numbers", "0002_purchase")]
    operations = [migrations.RunPython(every_hour, never)]
