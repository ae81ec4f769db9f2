"""What the demo sets up: database, static files, people, connections to the sandbox. Every step may run again."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor

from apps.accounts.models import User
from apps.accounts.services import DEMO, DemoPerson, ensure_demo_people
from apps.connections.models import Connection
from apps.connections.services import add_connection, change_connection, probe, sync_connection
from portal import demo_tenants

ACTOR = "demo"
# The name of each demo connection, and the key of its credentials in what the sandbox prints.
ACCOUNTS = {
    "carrier": {"main-carrier": "credentials"},
    "solswitch": {"soft-switch": "credentials"},
    "mirta": {"hosted-pbx": "credentials"},
    "sipxcom": {"campus-pbx": "credentials"},
    "pbxware": {"office-pbx": "credentials"},
}


class NotADemo(Exception):
    """The database belongs to a portal in use."""


def migrate() -> str:
    """Bring the database up to date and return what was done, in a few words."""
    executor = MigrationExecutor(database)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return "up to date"
    call_command("migrate", interactive=False, verbosity=0)
    return f"{len(plan)} migrations applied"


def collect_static() -> str:
    """Collect static files if one is newer than the last collection; return what was done."""
    manifest = Path(settings.STATIC_ROOT, "staticfiles.json")
    found = [Path(storage.path(path)) for finder in get_finders() for path, storage in finder.list([])]
    newest = max((path.stat().st_mtime for path in found), default=0)
    if manifest.exists() and manifest.stat().st_mtime >= newest:
        return "up to date"
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    return f"{len(found)} collected"


def add_people() -> list[DemoPerson]:
    """Add the demo's log-ins where they are missing and return them.

    Their passwords are known to everybody, so NotADemo is raised for a database that people use otherwise.
    """
    names = [person.username for person in DEMO]
    if User.objects.exists() and not User.objects.filter(username__in=names).exists():
        raise NotADemo(
            "This database has people in it, but none of the demo's: it looks like a portal in use. The demo would add "
            "log-ins with well-known passwords, so it stops here. Name another database in DATABASE_URL."
        )
    return [*ensure_demo_people(), *demo_tenants.add_people()]


def connect(sandbox: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Make or correct the connection to each sandbox vendor, and synchronise new ones.

    `sandbox` is what `manage.py sandbox` prints. Yields the name of each connection with what was done.
    """
    for vendor, facts in sandbox.items():
        for name, credentials in ACCOUNTS.get(vendor, {}).items():
            wanted = {"base_url": facts["url"]}
            connection = Connection.objects.filter(name=name).first()
            if connection is None:
                fields = facts[credentials]
                connection = add_connection(name=name, vendor=vendor, fields=fields, actor=None, actor_label=ACTOR, **wanted)
                yield name, f"added, at {facts['url']}"
            elif connection.base_url != facts["url"]:
                change_connection(
                    connection,
                    revision=connection.revision,
                    fields=facts[credentials],
                    actor=None,
                    actor_label=ACTOR,
                    **wanted,
                )
                yield name, f"moved to {facts['url']}"
            if connection.last_ok_at is None:
                trial = probe(connection)
                yield name, trial.problem["title"] if trial.problem else f"answered in {trial.seconds * 1000:.0f} ms"
            if connection.synced_at is None:
                for outcome in sync_connection(connection):
                    yield name, outcome.message
    yield from demo_tenants.connect()


def read_document(text: str) -> dict[str, Any] | None:
    """Return the JSON document that the sandbox prints, or None while it is not complete."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None
