"""What those who guess see of an answer, so that two answers are the same in all of it or are told apart."""

import re
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, transaction

from notifications.models import Message
from tests.booking_portal.conftest import without_tokens


@dataclass
class Answer:
    """`statements` are the queries without their values: the same ones take the same time."""

    status: int
    location: str
    cookies: list[str]
    page: str
    statements: list[str] = field(repr=False)


def ask(client, method, address, data=None, *, hide=()) -> Answer:
    """One request, no redirect followed. What is in `hide` was typed, and may be answered as it was."""
    with statements() as executed:
        response = getattr(client, method)(address, data or {})
    return Answer(
        status=response.status_code,
        location=hidden(response.headers.get("Location", ""), hide),
        cookies=sorted(response.cookies),
        page=hidden(without_tokens(response), hide),
        statements=executed,
    )


def hidden(text, words) -> str:
    for word in words:
        text = text.replace(str(word), "…")
    return text


@contextmanager
def statements():
    """The SQL that is executed meanwhile, without its values; how many there are in a list of values does not count."""
    executed = []

    def note(execute, sql, params, many, context):
        executed.append(re.sub(r"(?:%s(?:, )?)+", "?", re.sub(r'"s\d+_x\d+"', "savepoint", str(sql))))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield executed


def code_messages(*, hide=()) -> list[tuple]:
    """All that was sent with a code, without its digits."""
    return [
        (each.channel, hidden(each.recipient, hide), each.subject, re.sub(r"\d{6}", "######", each.body))
        for each in Message.objects.filter(kind=Message.Kind.CODE).order_by("pk")
    ]


@contextmanager
def undone():
    """What is written meanwhile is taken back. What insists on its own transaction takes this one for a test's."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)
