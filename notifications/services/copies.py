"""What a copied motif takes over from its original: everything of notifications that is kept by motif."""

from datetime import datetime

from django.db import transaction

from organizations.models import Motif

from ..levels import Level
from ..models import MessageSwitch, MessageText
from ..models.levels import LevelName


@transaction.atomic
def copy_messages_of_motif(*, original: Motif, copy: Motif, now: datetime) -> None:
    """Give the copy, which has nothing of its own yet, what the original has of its own. Four queries.

    One line for each thing kept by motif: what is added to a motif's messages has its line here, too.
    """
    _copy_texts(original, copy, now)
    _copy_switches(original, copy, now)


def _copy_texts(original, copy, now):
    """The texts in force, in every language; not their history. Whoever wrote the words stays their author."""
    organization = copy.organization
    level = Level(organization.territory, organization, copy)
    rows = MessageText.objects.in_force().filter(level=LevelName.MOTIF, motif=original).order_by("pk")
    MessageText.objects.bulk_create(
        MessageText(
            **level.columns,
            kind=row.kind,
            channel=row.channel,
            language=row.language,
            subject=row.subject,
            body=row.body,
            written_at=now,
            written_by_id=row.written_by_id,
        )
        for row in rows
    )


def _copy_switches(original, copy, now):
    """What is on or off for the motif itself."""
    organization = copy.organization
    level = Level(organization.territory, organization, copy)
    rows = MessageSwitch.objects.filter(level=LevelName.MOTIF, motif=original).order_by("pk")
    MessageSwitch.objects.bulk_create(
        MessageSwitch(
            **level.columns,
            kind=row.kind,
            channel=row.channel,
            is_on=row.is_on,
            changed_at=now,
            changed_by_id=row.changed_by_id,
        )
        for row in rows
    )
