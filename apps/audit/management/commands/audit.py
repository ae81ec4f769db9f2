"""`manage.py audit verify|export|checkpoint|cut|restrict`: prove the log whole, take it elsewhere, look after it."""

import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit import retention
from apps.audit.checkpoints import read_checkpoints, write_checkpoint
from apps.audit.export import lines, moment
from apps.audit.roles import NotPossible, restrict
from apps.audit.services import record
from apps.audit.verify import Head, Verification

MOST_FINDINGS = 20


class Command(BaseCommand):
    help = "Verify, export, sign or shorten the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the subcommands."""
        commands = parser.add_subparsers(dest="command", required=True)
        verify = commands.add_parser("verify", help="Walk the chain; exit 1 and say where if it is broken.")
        verify.add_argument(
            "--head",
            type=_read(Head.parse),
            metavar="NUMBER:HASH",
            help="a head that an earlier run printed and that was kept elsewhere",
        )
        verify.add_argument("--checkpoints", type=Path, metavar="FOLDER", help="instead of AUDIT_CHECKPOINT_DIR")
        export = commands.add_parser("export", help="Write entries as JSON lines, oldest first.")
        export.add_argument("--output", type=Path, metavar="FILE", help="write there instead of standard output")
        export.add_argument("--from", dest="since", type=_read(moment), metavar="TIME", help="2026-11-21 or with time")
        export.add_argument("--to", dest="until", type=_read(_end), metavar="TIME", help="up to and with this day")
        export.add_argument("--action", action="append", help='"vendor.call", or "sign_in." for all; may repeat')
        commands.add_parser("checkpoint", help="Sign the head of the log into a file of AUDIT_CHECKPOINT_DIR.")
        commands.add_parser("cut", help="Cut off entries older than AUDIT_RETENTION_DAYS, and sign what was cut.")
        narrow = commands.add_parser("restrict", help="PostgreSQL: take a role's right to change or delete entries.")
        narrow.add_argument("role", help="the role that the portal runs as; run this as the tables' owner")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        """Run the subcommand."""
        match command:
            case "verify":
                self._verify(options["head"], options["checkpoints"])
            case "export":
                self._export(options["output"], options["since"], options["until"], options["action"])
            case "checkpoint":
                self._checkpoint()
            case "cut":
                self._cut()
            case "restrict":
                self._restrict(options["role"])

    def _checkpoint(self) -> None:
        try:
            path = write_checkpoint()
        except OSError as error:
            raise CommandError(f"The checkpoint cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Written to {path}." if path else "The log is empty; there is nothing to sign.")

    def _cut(self) -> None:
        try:
            anchor = retention.cut()
        except retention.Broken as fault:
            raise CommandError(f"Nothing was cut, because the log is broken: {fault}") from fault
        self.stdout.write(f"#{anchor.first} to #{anchor.through} are cut off." if anchor else "There is nothing to cut off.")

    def _restrict(self, role: str) -> None:
        try:
            restrict(role)
        except NotPossible as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{role} may read and append audit entries; it may not change or delete them.")

    def _verify(self, known: Head | None, folder: Path | None) -> None:
        walk = Verification(known, read_checkpoints(folder))
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
        if walk.cut:
            self.stdout.write(f"Up to #{walk.cut} it was cut off by retention, as signed anchors say.")
        if walk.checkpoints:
            self.stdout.write(f"{len(walk.checkpoints)} signed checkpoint{'s' if len(walk.checkpoints) > 1 else ''} agree.")
        if walk.count:
            self.stdout.write(f"Head: {walk.head}  (keep it elsewhere, then check with --head)")

    def _export(self, output: Path | None, since: datetime | None, until: datetime | None, actions: list[str] | None) -> None:
        found = lines(since, until, actions)
        if output is None:
            count = 0
            try:
                for line in found:
                    self.stdout.write(line)
                    count += 1
                self.stdout.flush()
            except BrokenPipeError:
                # The reader (say `head`) has had enough; Python must not complain about it again at exit.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            _told(count, "standard output", actions)
            return
        try:
            with output.open("w", encoding="utf-8") as file:
                count = sum(1 for line in found if file.write(line + "\n"))
        except OSError as error:
            raise CommandError(f"Cannot write {output}: {error.strerror}.") from error
        _told(count, str(output), actions)
        self.stderr.write(f"{count:,} entries written to {output}.")


def _told(count: int, target: str, actions: list[str] | None) -> None:
    """Leave an entry that says what left the log."""
    params = {"entries": count, "actions": actions, "format": "json lines"}
    record("audit.exported", actor=None, actor_label="command line", target=target, params=params)


def _end(text: str) -> datetime:
    return moment(text, end=True)


def _read(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    return read
