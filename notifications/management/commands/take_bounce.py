"""`take_bounce < mail`: what a mail server's pipe hands over that came back to us."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from notifications.bounces import LONGEST, read_bounce
from notifications.services.bounces import take_bounce


class Command(BaseCommand):
    help = (
        "Reads one mail that came back on standard input. Exit codes are those of sysexits.h: "
        "0 taken, or of no concern; 65 no mail or too long; 75 try again later; 78 no BOUNCE_ADDRESS."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "--recipient", default="", help="the address on its envelope, where the mail server knows it"
        )

    def handle(self, *, recipient, **options):
        # What is of no concern is taken, too: the mail server would send a refusal to whoever forged the sender.
        sys.exit(self._code(recipient))

    def _code(self, recipient):
        if not settings.BOUNCE_ADDRESS:
            self.stderr.write("BOUNCE_ADDRESS is not set: no mail of ours can come back here.")
            return os.EX_CONFIG
        raw = sys.stdin.buffer.read(LONGEST + 1)
        if not raw.strip() or len(raw) > LONGEST:
            self.stderr.write("No mail, or one that is too long.")
            return os.EX_DATAERR
        bounce = read_bounce(raw, recipient=recipient)
        if bounce is None:
            return os.EX_OK
        try:
            take_bounce(bounce=bounce, now=timezone.now())
        except DatabaseError as error:
            self.stderr.write(f"The database did not take it: {error}")
            return os.EX_TEMPFAIL
        return os.EX_OK
