"""`manage.py vendor …`: list what vendors can do, and call it."""

import json
import logging
import sys
from collections.abc import Iterable
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser

from apps.connections import cli
from apps.connections.doors import call_door, parameters_of
from apps.connections.encoding import dumps
from apps.vendors.core import matrix
from apps.vendors.core.client import Client
from apps.vendors.core.errors import InvalidParameters, VendorError
from apps.vendors.core.registry import vendors

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "List the vendors' operations, and call them on a connection."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)

        operations = actions.add_parser("operations", help="list every operation, as a table or as JSON")
        operations.add_argument("--vendor", metavar="KEY", help="of this vendor only")
        operations.add_argument("--format", choices=["table", "json"], default="table")

        actions.add_parser("matrix", help="print the support matrix as it stands in the README")

        call = actions.add_parser("call", help="call one operation and print the reply as JSON")
        call.add_argument("connection")
        call.add_argument("operation", help="our name (orders.process) or the vendor's (process_order)")
        self._add_parameters(call)
        self._add_tenant(call)
        call.add_argument("--json", metavar="FILE", help="a JSON object of parameters; - reads standard input")
        call.add_argument("--file", action="append", default=[], metavar="NAME=PATH", help="a file to upload")

        batch = actions.add_parser("batch", help="call an operation for each JSON line on standard input")
        batch.add_argument("connection")
        self._add_tenant(batch)

        capability = actions.add_parser("capability", help="call a vendor-neutral door")
        capability.add_argument("connection")
        capability.add_argument("capability", help="NumberMarket or number_market")
        capability.add_argument("method")
        self._add_parameters(capability)
        self._add_tenant(capability)

    @staticmethod
    def _add_tenant(parser: Any) -> None:
        parser.add_argument("--tenant", metavar="KEY", help="for this tenant: names its customer there, and never another")

    @staticmethod
    def _add_parameters(parser: Any) -> None:
        parser.add_argument("-p", "--param", action="append", default=[], metavar="NAME=VALUE", help="repeat it for a list")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        # Scripts read standard error: a line about a second try has no place there.
        logging.disable(logging.WARNING)
        try:
            getattr(self, f"_{action}")(options)
        except VendorError as error:
            self.stderr.write(cli.error_line(error), str)  # in no colour: scripts read it
            sys.exit(cli.FAILED)
        finally:
            logging.disable(logging.NOTSET)

    def _operations(self, options: dict[str, Any]) -> None:
        try:
            chosen = [vendors.get(options["vendor"])] if options["vendor"] else list(vendors.all())
        except KeyError as error:
            raise InvalidParameters({"--vendor": error.args[0]}) from None
        records = [operation.describe() for vendor in chosen for operation in vendor.operations.values()]
        if options["format"] == "json":
            self.stdout.write(dumps(records, indent=2))
        else:
            columns = ("vendor", "name", "effect", "title")
            self._table([columns, *([record[column] for column in columns] for record in records)])

    def _matrix(self, options: dict[str, Any]) -> None:
        self.stdout.write(matrix.markdown())

    def _call(self, options: dict[str, Any]) -> None:
        client = cli.client(cli.find_connection(options["connection"]), options["tenant"])
        operation = cli.find_operation(client.vendor, options["operation"])
        params = cli.read_json_object(options["json"]) if options["json"] else {}
        params |= cli.read_pairs(options["param"], option="-p")
        params |= cli.read_files(options["file"])
        result = client.call(operation.name, params, confirmation=cli.confirmation())
        self.stdout.write(dumps(operation.mask(result), indent=2))

    def _batch(self, options: dict[str, Any]) -> None:
        client = cli.client(cli.find_connection(options["connection"]), options["tenant"])
        # Bytes where there are any: one line in a wrong encoding must not end the run.
        for line in getattr(sys.stdin, "buffer", sys.stdin):
            if line.strip():
                self.stdout.write(dumps(self._batch_line(client, line)))
                self.stdout.flush()

    def _batch_line(self, client: Client, line: str | bytes) -> dict[str, Any]:
        name = ""
        try:
            asked = _asked(line)
            name = asked["operation"]
            operation = cli.find_operation(client.vendor, name)
            result = client.call(operation.name, asked.get("params") or {}, confirmation=cli.confirmation())
        except VendorError as error:
            failed = {"error": type(error).__name__, "sent": error.sent, "message": error.user_message}
            return {"operation": name, "ok": False, **failed}
        except Exception as error:  # noqa: BLE001  (our own bug in one line must not take the other lines with it)
            log.exception("batch_line_failed", operation=name)
            message = f"Patchbay failed ({type(error).__name__}); the log has the details."
            return {
                "operation": name,
                "ok": False,
                "error": "InternalError",
                "sent": "unknown",
                "message": message,
            }
        return {"operation": name, "ok": True, "result": operation.mask(result)}

    def _capability(self, options: dict[str, Any]) -> None:
        connection = cli.find_connection(options["connection"])
        client = cli.client(connection, options["tenant"])
        given = cli.read_pairs(options["param"], option="-p")
        if options["tenant"] is not None:
            if "tenant" in given:
                raise InvalidParameters({"tenant": "is given by --tenant; name the customer in one way only"})
            if "tenant" in parameters_of(client, options["capability"], options["method"]):
                given["tenant"] = client.customer
        result = call_door(client, options["capability"], options["method"], given, cli.confirmation())
        self.stdout.write(dumps(result, indent=2))

    def _table(self, rows: Iterable[Iterable[Any]]) -> None:
        texts = [[str(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        for row in texts:
            self.stdout.write("  ".join(map(str.ljust, row, widths)).rstrip())


def _asked(line: str | bytes) -> dict[str, Any]:
    """Return one line of a batch as {"operation", "params"}."""
    try:
        asked = json.loads(line)
    except ValueError as error:
        raise InvalidParameters({"": "the line is not JSON"}) from error
    if not isinstance(asked, dict) or not isinstance(asked.get("operation"), str):
        raise InvalidParameters({"": 'a line looks like {"operation": …, "params": {…}}'})
    if not isinstance(asked.get("params") or {}, dict):
        raise InvalidParameters({"params": "must be an object"})
    return asked
