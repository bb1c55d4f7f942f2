"""What an upgrade makes of the messages that are there."""

import importlib

import pytest
from django.db import connection

from notifications.models import Message
from notifications.services.claims import CLAIM_LASTS, recover_abandoned
from tests.factories import NOW

pytestmark = pytest.mark.django_db

Status = Message.Status


@pytest.mark.parametrize("status", [Status.SENDING, Status.SENT])
def test_what_an_earlier_version_was_sending_counts_as_handed_over(make_message, status):
    """It wrote down nothing of that: it would go again, and STOP would not know who had written."""
    migration = importlib.import_module("notifications.migrations.0011_paces_and_urgency")
    message = make_message(channel="sms", recipient="+33612345678", subject="", status=status, claimed_at=NOW)
    waiting = make_message(territory=message.territory)

    with connection.cursor() as cursor:
        cursor.execute(migration.HANDED_OVER_BEFORE)
    recover_abandoned(now=NOW + CLAIM_LASTS)

    message.refresh_from_db()
    waiting.refresh_from_db()
    assert (message.status, message.handed_at, waiting.handed_at) == (status, NOW, None)
