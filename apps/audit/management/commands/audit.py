"""`manage.py audit verify|export`: prove the log whole, and take it elsewhere."""

import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.export import lines, moment
from apps.audit.verify import Head, Verification

MOST_FINDINGS = 20


class Command(BaseCommand):
    help = "Verify or export the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the two subcommands."""
        commands = parser.add_subparsers(dest="command", required=True)
        verify = commands.add_parser("verify", help="Walk the chain; exit 1 and say where if it is broken.")
        verify.add_argument(
            "--head",
            type=_read(Head.parse),
            metavar="NUMBER:HASH",
            help="a head that an earlier run printed and that was kept elsewhere",
        )
        export = commands.add_parser("export", help="Write entries as JSON lines, oldest first.")
        export.add_argument("--output", type=Path, metavar="FILE", help="write there instead of standard output")
        export.add_argument("--from", dest="since", type=_read(moment), metavar="TIME", help="2026-11-21 or with time")
        export.add_argument("--to", dest="until", type=_read(_end), metavar="TIME", help="up to and with this day")
        export.add_argument("--action", action="append", help='"vendor.call", or "sign_in." for all; may repeat')

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        """Run the subcommand."""
        if command == "verify":
            self._verify(options["head"])
        else:
            self._export(options["output"], options["since"], options["until"], options["action"])

    def _verify(self, known: Head | None) -> None:
        walk = Verification(known)
        broken = 0
        for finding in walk.findings():
            broken += 1
            if broken <= MOST_FINDINGS:
                self.stderr.write(str(finding))
        if broken > MOST_FINDINGS:
            self.stderr.write(f"and {broken - MOST_FINDINGS} more")
        entries = f"{walk.count:,} {'entry' if walk.count == 1 else 'entries'}"
        if broken:
            faults = f"{broken} {'fault' if broken == 1 else 'faults'}"
            raise CommandError(f"The audit log is broken: {entries} read, {faults}.")
        self.stdout.write(f"The audit log is whole: {entries}.")
        if walk.count:
            self.stdout.write(f"Head: {walk.head}  (keep it elsewhere, then check with --head)")

    def _export(self, output: Path | None, since: datetime | None, until: datetime | None, actions: list[str] | None) -> None:
        found = lines(since, until, actions)
        if output is None:
            try:
                for line in found:
                    self.stdout.write(line)
                self.stdout.flush()
            except BrokenPipeError:
                # The reader (say `head`) has had enough; Python must not complain about it again at exit.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        try:
            with output.open("w", encoding="utf-8") as file:
                count = sum(1 for line in found if file.write(line + "\n"))
        except OSError as error:
            raise CommandError(f"Cannot write {output}: {error.strerror}.") from error
        self.stderr.write(f"{count:,} entries written to {output}.")


def _end(text: str) -> datetime:
    return moment(text, end=True)


def _read(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    return read
