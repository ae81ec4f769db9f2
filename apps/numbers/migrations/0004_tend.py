from datetime import timedelta

from django.db import migrations
from django.utils import timezone


def every_minute(apps, schema_editor):
    """Look every minute for purchases that a dead process left; a job starts only when there is one."""
    apps.get_model("jobs", "Schedule").objects.get_or_create(
        key="numbers.tend",
        defaults={
            "kind": "numbers.tend",
            "title": "Take up purchases that were cut off",
            "every": timedelta(minutes=1),
            "next_run_at": timezone.now(),
        },
    )


def never(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.filter(key="numbers.tend").delete()


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial"), ("numbers", "0003_schedule")]
    operations = [migrations.RunPython(every_minute, never)]
