"""`manage.py keys rotate`: re-encrypt all stored credentials and second factors with the first of CREDENTIAL_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.signin import factors
from apps.connections.services import rotate_keys


class Command(BaseCommand):
    help = "Look after the keys that encrypt vendor credentials."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("rotate", help="re-encrypt all credentials and second factors with the first key")

    def handle(self, *args: Any, **options: Any) -> None:
        done = rotate_keys()
        self.stdout.write(f"{done.rotated} re-encrypted, {done.already_current} already with the first key.")
        sealed, lost = factors.rotate_keys()
        if sealed or lost:
            self.stdout.write(f"{sealed} secrets of second factors re-encrypted.")
        if done.unreadable:
            raise CommandError(
                f"No key can read the credentials of: {', '.join(done.unreadable)}. "
                "Put the key they were stored with back into CREDENTIAL_KEYS and run this again, "
                "or enter their credentials anew."
            )
        if lost:
            raise CommandError(
                f"No key can read the second factors of: {', '.join(lost)}. Put the key they were stored with back and run "
                "this again, or take their second factors away so that they set up new ones."
            )
