"""Whoever writes at a level waits for whoever does."""

from ..levels import Level


def lock_level(*, level: Level):
    """The territory, organization or motif: its row, until the transaction ends. One query."""
    owner = level.owner
    return type(owner).objects.select_for_update(of=("self",), no_key=True).order_by("pk").get(pk=owner.pk)
