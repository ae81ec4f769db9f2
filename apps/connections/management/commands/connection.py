"""`manage.py connection …`: add, list, test and synchronise connections."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.connections import cli, services
from apps.connections.models import Connection
from apps.vendors.core.errors import InvalidParameters, VendorError

COLUMNS = ("name", "vendor", "base_url", "health", "last_ok_at", "latency_ms")


class Command(BaseCommand):
    help = "Add, list, test and synchronise connections to vendor systems."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="store a new connection")
        add.add_argument("name")
        add.add_argument("--vendor", required=True, metavar="KEY")
        add.add_argument("--url", required=True)
        add.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="one of the vendor's fields; @PATH reads a file, - standard input, @@ stands for @",
        )
        add.add_argument("--verify-tls", action=argparse.BooleanOptionalAction, default=True)
        add.add_argument("--ca-file", type=Path, metavar="PATH", help="PEM certificates to trust")
        add.add_argument("--connect-timeout", type=float, default=5, metavar="SECONDS")
        add.add_argument("--read-timeout", type=float, default=30, metavar="SECONDS")
        add.add_argument("--rate", type=float, metavar="CALLS_PER_SECOND")
        add.add_argument("--concurrency", type=int, default=8, metavar="CALLS_AT_ONCE")
        for action, text in (
            ("list", "show connections and their health"),
            ("test", "call each vendor's cheapest read"),
            ("sync", "copy what the vendors hold into Patchbay"),
        ):
            chosen = actions.add_parser(action, help=text)
            chosen.add_argument("name", nargs="?", help="this one only")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(options)
        except InvalidParameters as error:
            raise CommandError("\n".join(f"{name}: {fault}" for name, fault in error.fields.items())) from error
        except VendorError as error:
            raise CommandError(error.user_message) from error

    def _add(self, options: dict[str, Any]) -> None:
        try:
            connection = services.add_connection(
                name=options["name"],
                vendor=options["vendor"],
                fields=_fields(options["set"]),
                actor=None,
                actor_label=cli.ACTOR,
                base_url=options["url"],
                verify_tls=options["verify_tls"],
                ca_pem=_read(options["ca_file"]) if options["ca_file"] else "",
                connect_timeout=options["connect_timeout"],
                read_timeout=options["read_timeout"],
                rate_per_second=options["rate"],
                concurrency=options["concurrency"],
            )
        except LookupError as error:
            raise CommandError(str(error.args[0])) from error
        except ValidationError as error:
            faults = [f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items()]
            raise CommandError("\n".join(faults)) from error
        self.stdout.write(f"{connection.name} is stored. Try it with: manage.py connection test {connection.name}")

    def _list(self, options: dict[str, Any]) -> None:
        rows = [COLUMNS, *([_cell(connection, name) for name in COLUMNS] for connection in _chosen(options))]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(map(str.ljust, row, widths)).rstrip())

    def _test(self, options: dict[str, Any]) -> None:
        failed = []
        for connection in _chosen(options, enabled_only=True):
            trial = services.probe(connection)
            if trial.problem is None:
                self.stdout.write(f"{connection.name}: OK in {trial.seconds * 1000:.0f} ms ({trial.tried})")
            else:
                told = trial.problem
                self.stdout.write(f"{connection.name}: {told['title']}. {told['words']} {told['next_step']}")
                failed.append(connection.name)
        if failed:
            raise CommandError(f"The test failed for: {', '.join(failed)}")

    def _sync(self, options: dict[str, Any]) -> None:
        failed = []
        for connection in _chosen(options, enabled_only=True):
            for outcome in services.sync_connection(connection):
                self.stdout.write(f"{connection.name}: {outcome.key}: {outcome.message}")
                if not outcome.ok:
                    failed.append(f"{connection.name} ({outcome.key})")
        if failed:
            raise CommandError(f"The synchronisation failed for: {', '.join(failed)}")


def _chosen(options: dict[str, Any], *, enabled_only: bool = False) -> list[Connection]:
    """Return the named connection, or all; a disabled one only when it is named."""
    if options["name"]:
        return [cli.find_connection(options["name"])]
    return services.enabled_connections() if enabled_only else list(Connection.objects.all())


def _cell(connection: Connection, name: str) -> str:
    value = getattr(connection, name)
    if value is None:
        return "-"
    return value.isoformat(timespec="seconds") if name == "last_ok_at" else str(value)


def _fields(pairs: list[str]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in cli.read_pairs(pairs, option="--set").items()}


def _value(name: str, value: Any) -> Any:
    """Return what a --set value stands for: @PATH a file's content, - standard input, else itself."""
    if not isinstance(value, str):
        raise InvalidParameters({name: "is given twice"})
    if value == "-":
        return sys.stdin.read().strip()
    if value.startswith("@@"):
        return value[1:]
    return _read(Path(value[1:])).strip() if value.startswith("@") else value


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error
