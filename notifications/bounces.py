"""A mail that came back, as mail servers report it (RFC 3464), read without trust: anybody may write to us."""

import email
import re
from dataclasses import dataclass
from enum import StrEnum

from .bounce_addresses import message_id_in
from .mail_statuses import enhanced_status

LONGEST = 1_000_000  # Bytes. Ours are short, and what comes back of them is shorter.

# Where servers write to whom a mail was addressed on its envelope; `To` is the last that would say so.
_ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")


class Action(StrEnum):
    FAILED = "failed"
    DELAYED = "delayed"


@dataclass(frozen=True)
class Bounce:
    """`status` is a number as 5.1.1; empty where the server gave none."""

    message_id: int
    action: Action
    status: str


def read_bounce(raw: bytes, *, recipient: str = "") -> Bounce | None:
    """What the mail says of one of ours. `recipient` is its envelope's, where the mail server tells.

    None for what is no report (somebody is out of the office), reports a success, or was not sent to an address that
    we gave out.
    """
    try:
        mail = email.message_from_bytes(raw)
        message_id = message_id_in("\n".join([recipient, *_headers(mail)]))
        reports = list(_reports(mail)) if message_id else []
    except RecursionError:  # Parts in parts in parts: nobody who reports writes so.
        return None
    # Failed for one of several recipients: ours has one, and whatever else is said is older.
    for action in Action:
        for said, status in reports:
            if said == action:
                return Bounce(message_id, action, status)
    return None


def _headers(mail):
    return [str(value) for name in _ADDRESSED for value in mail.get_all(name, [])]


def _reports(mail):
    """(action, status) for each recipient of the report; nothing where it is none, or looks like none."""
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return
    for part in mail.get_payload():
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        for block in part.get_payload():
            if action := _word(block.get("Action", "")):
                yield action, _status(block)


def _word(value):
    match = re.match(r"\s*([A-Za-z]+)", str(value))
    return match[1].lower() if match else ""


def _status(block):
    """What the other server said in its own words is often more exact: « 5.0.0 », and « smtp; 550 5.1.1 unknown »."""
    status = enhanced_status(str(block.get("Status", "")))
    said = enhanced_status(str(block.get("Diagnostic-Code", "")))
    return said if said and (not status or status.endswith(".0.0")) else status
