from datetime import timedelta

from django.db import migrations
from django.utils import timezone


def every_five_minutes(apps, schema_editor):
    """Look for approvals whose time is over; a job starts only when there are some."""
    apps.get_model("jobs", "Schedule").objects.get_or_create(
        key="approvals.expire",
        defaults={
            "kind": "approvals.expire",
            "title": "Close approvals that ran out",
            "every": timedelta(minutes=5),
            "next_run_at": timezone.now(),
        },
    )


def never(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.filter(key="approvals.expire").delete()


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial"), ("changes", "0003_approval")]
    operations = [migrations.RunPython(every_five_minutes, never)]
