from datetime import timedelta

from django.db import migrations
from django.utils import timezone

SCHEDULES = {
    "connections.probe": ("Look at the connections", timedelta(minutes=1)),
    "jobs.forget": ("Forget old scheduled jobs", timedelta(hours=6)),
}


def start(apps, schema_editor):
    for key, (title, every) in SCHEDULES.items():
        apps.get_model("jobs", "Schedule").objects.get_or_create(
            key=key, defaults={"kind": key, "title": title, "every": every, "next_run_at": timezone.now()}
        )


def stop(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.filter(key__in=SCHEDULES).delete()


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_urgency")]
    operations = [migrations.RunPython(start, stop)]
